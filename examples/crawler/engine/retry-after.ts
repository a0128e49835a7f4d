const longest = 24 * 60 * 60 * 1000;

/** The moment that a Retry-After header names, in seconds or as a date; in `Date.now()` milliseconds. */
export function retryAfter(header: string | null, now: number): number | undefined {
	if (header === null) return undefined;
	const text = header.trim();
	const until = /^\d+$/.test(text) ? now + 1000 * Number(text) : Date.parse(text);
	// Longer than a day is more likely a mistake than a wish.
	return Number.isNaN(until) ? undefined : Math.min(Math.max(until, now), now + longest);
}
