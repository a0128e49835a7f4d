const seconds = 10;

/** Pages and bytes per second, of the last ten seconds of active time. */
export class Meter {
	readonly #buckets = new Map<number, {pages: number; bytes: number}>();

	/** `at` in active milliseconds. */
	count(at: number, bytes: number): void {
		const second = Math.floor(at / 1000);
		const bucket = this.#buckets.get(second) ?? {pages: 0, bytes: 0};
		bucket.pages++;
		bucket.bytes += bytes;
		this.#buckets.set(second, bucket);
		for (const old of this.#buckets.keys()) if (old <= second - seconds) this.#buckets.delete(old);
	}

	rates(now: number): {pagesPerSecond: number; bytesPerSecond: number} {
		const oldest = Math.floor(now / 1000) - seconds;
		const recent = [...this.#buckets].filter(([second]) => second > oldest).map(([, bucket]) => bucket);
		// Until it has run for so long, or after it stood still, what there is counts.
		const span = Math.max(0.1, Math.min(now / 1000, seconds - 1 + (now % 1000) / 1000));
		const sum = (key: 'pages' | 'bytes'): number => recent.reduce((total, bucket) => total + bucket[key], 0);
		return {pagesPerSecond: sum('pages') / span, bytesPerSecond: sum('bytes') / span};
	}
}
