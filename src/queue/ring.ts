interface Bucket<T> {
	readonly priority: number;
	items: T[];
	head: number;
}

/** First in, first out among equals; a higher priority goes first. */
export class Ring<T> {
	readonly #buckets: Bucket<T>[] = [];

	push(item: T, priority: number): void {
		let index = this.#buckets.findIndex((bucket) => bucket.priority <= priority);
		if (index === -1) index = this.#buckets.length;
		let bucket = this.#buckets[index];
		if (bucket === undefined || bucket.priority !== priority) {
			bucket = {priority, items: [], head: 0};
			this.#buckets.splice(index, 0, bucket);
		}
		bucket.items.push(item);
	}

	shift(): T | undefined {
		const bucket = this.#buckets[0];
		if (bucket === undefined) return undefined;
		const item = bucket.items[bucket.head];
		bucket.head++;
		if (bucket.head === bucket.items.length) {
			this.#buckets.shift();
		} else if (bucket.head > 1000 && bucket.head * 2 > bucket.items.length) {
			bucket.items = bucket.items.slice(bucket.head);
			bucket.head = 0;
		}
		return item;
	}
}
