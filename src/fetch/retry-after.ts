/** The milliseconds that a server asks us to wait, given in seconds or as a date; 0 if it does not ask. */
export function retryAfterOf(headers: Headers, now: number = Date.now()): number {
	const value = headers.get('retry-after')?.trim() ?? '';
	if (/^\d+(?:\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1000);
	// Date.parse would make a date of some century of a number with a sign, or of two numbers.
	if (!/^[a-z]{3}/i.test(value)) return 0;
	const due = Date.parse(value);
	return due > now ? due - now : 0;
}
