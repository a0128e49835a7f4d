/** What tells one version of a resource from another. */
export interface Version {
	/** As the server sent it, weak or strong. */
	readonly etag: string | null;
	readonly lastModified: string | null;
	/** Whether the date tells versions apart, too: not if the resource had just been written. */
	readonly isDateStrong: boolean;
}

/** How many milliseconds older than the answer a resource must be: two changes within them share a date. */
const dateResolution = 1000;

export function versionOf(headers: Headers): Version {
	const lastModified = headers.get('last-modified');
	const age = Date.parse(headers.get('date') ?? '') - Date.parse(lastModified ?? '');
	return {etag: headers.get('etag'), lastModified, isDateStrong: age >= dateResolution};
}

/** Whether a tag stands for exactly these bytes. A tag without quotes is not valid. */
export function isStrong(etag: string | null): etag is string {
	return etag !== null && /^"[^"]*"$/.test(etag);
}

/** The values for `If-Range`, best first. */
export function validatorsOf({etag, lastModified, isDateStrong}: Version): string[] {
	const validators: string[] = [];
	if (isStrong(etag)) validators.push(etag);
	if (lastModified !== null && isDateStrong) validators.push(lastModified);
	return validators;
}

/** Whether the headers of a later answer name another version. A missing header counts as equal. */
export function differs(version: Version, headers: Headers): boolean {
	const {etag, lastModified} = versionOf(headers);
	return isOther(version.etag, etag) || isOther(version.lastModified, lastModified);
}

function isOther(before: string | null, now: string | null): boolean {
	return before !== null && now !== null && before !== now;
}
