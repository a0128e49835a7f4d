/** Milliseconds before the next attempt: an exponential limit, and a random value in its upper half. */
export function backoff(attempt: number, baseMs: number, maxDelayMs: number = Infinity): number {
	// Not Infinity: times a base of 0 that would be NaN.
	const factor = Math.min(2 ** attempt, Number.MAX_VALUE);
	const ms = Math.min(maxDelayMs, factor * baseMs);
	return Math.round((ms * (1 + Math.random())) / 2);
}
