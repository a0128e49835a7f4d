/** What tells one version of a resource from another. */
export interface Version {
	/** As it came, weak or strong. */
	readonly etag: string | null;
	readonly lastModified: string | null;
	/** Whether the date tells versions apart, too: it is not if the resource was written just then. */
	readonly isDateStrong: boolean;
}

/** How much older than the answer a resource must be: two changes within it have the same date. */
const dateResolution = 1000;

export function versionOf(headers: Headers): Version {
	const lastModified = headers.get('last-modified');
	const age = Date.parse(headers.get('date') ?? '') - Date.parse(lastModified ?? '');
	return {etag: headers.get('etag'), lastModified, isDateStrong: age >= dateResolution};
}

/** An opaque tag that stands for exactly these bytes. A tag without quotes is none. */
export function isStrong(etag: string | null): etag is string {
	return etag !== null && /^"[^"]*"$/.test(etag);
}

/** What may stand in `If-Range`, best first. */
export function validatorsOf({etag, lastModified, isDateStrong}: Version): string[] {
	const validators: string[] = [];
	if (isStrong(etag)) validators.push(etag);
	if (lastModified !== null && isDateStrong) validators.push(lastModified);
	return validators;
}

/** Whether the headers of a later answer speak of another version. What they leave out counts as equal. */
export function differs(version: Version, headers: Headers): boolean {
	const {etag, lastModified} = versionOf(headers);
	return isOther(version.etag, etag) || isOther(version.lastModified, lastModified);
}

function isOther(before: string | null, now: string | null): boolean {
	return before !== null && now !== null && before !== now;
}
