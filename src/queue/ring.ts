/** Two stacks, so that neither end ever moves the rest: items come onto one, and go from the other. */
interface Bucket<T> {
	readonly priority: number;
	coming: T[];
	/** The next one last. */
	going: T[];
}

/** First in, first out among equals; a higher priority goes first. */
export class Ring<T> {
	readonly #buckets: Bucket<T>[] = [];

	push(item: T, priority: number): void {
		let index = this.#buckets.findIndex((bucket) => bucket.priority <= priority);
		if (index === -1) index = this.#buckets.length;
		let bucket = this.#buckets[index];
		if (bucket === undefined || bucket.priority !== priority) {
			bucket = {priority, coming: [], going: []};
			this.#buckets.splice(index, 0, bucket);
		}
		bucket.coming.push(item);
	}

	shift(): T | undefined {
		const bucket = this.#buckets[0];
		if (bucket === undefined) return undefined;
		if (bucket.going.length === 0) {
			bucket.going = bucket.coming.toReversed();
			bucket.coming = [];
		}
		const item = bucket.going.pop();
		if (bucket.going.length + bucket.coming.length === 0) this.#buckets.shift();
		return item;
	}
}
