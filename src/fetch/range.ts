/** The part of a resource that a 206 brings. */
export interface ContentRange {
	readonly first: number;
	readonly last: number;
	readonly total: number | undefined;
}

/** Reads `Content-Range: bytes 5-9/10`; undefined for anything that makes no sense. */
export function contentRangeOf(headers: Headers): ContentRange | undefined {
	const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/i.exec(headers.get('content-range')?.trim() ?? '');
	if (match === null) return undefined;
	const [first, last] = [Number(match[1]), Number(match[2])];
	const total = match[3] === '*' ? undefined : Number(match[3]);
	if (first > last || (total !== undefined && last >= total)) return undefined;
	return {first, last, total};
}

/** The length of the whole resource, which a 416 gives as `bytes`, a star, a slash and the length. */
export function unsatisfiedTotalOf(headers: Headers): number | undefined {
	const match = /^bytes \*\/(\d+)$/i.exec(headers.get('content-range')?.trim() ?? '');
	return match === null ? undefined : Number(match[1]);
}

export function contentLengthOf(headers: Headers): number | undefined {
	const length = headers.get('content-length');
	return length !== null && /^\d+$/.test(length) ? Number(length) : undefined;
}
