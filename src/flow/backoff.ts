/** Milliseconds before the next attempt: exponential, of which the upper half is random. */
export function backoff(attempt: number, baseMs: number, maxDelayMs: number = Infinity): number {
	// Not Infinity, which a base of 0 would make NaN.
	const factor = Math.min(2 ** attempt, Number.MAX_VALUE);
	const ms = Math.min(maxDelayMs, factor * baseMs);
	return Math.round((ms * (1 + Math.random())) / 2);
}
