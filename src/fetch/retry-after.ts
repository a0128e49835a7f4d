/** The milliseconds that a server asks to be left alone, in seconds or as a date; 0 where it does not. */
export function retryAfterOf(headers: Headers, now: number = Date.now()): number {
	const value = headers.get('retry-after')?.trim() ?? '';
	if (/^\d+(?:\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1000);
	// A number with a sign, or two of them, would make a date of some century.
	if (!/^[a-z]{3}/i.test(value)) return 0;
	const due = Date.parse(value);
	return due > now ? due - now : 0;
}
