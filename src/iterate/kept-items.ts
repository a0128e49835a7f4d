/** An item from a source, or the source's end. */
export type Arrival<T> = {readonly value: T} | {readonly error: unknown} | typeof end;

export const end = {isEnd: true} as const;

/** Makes one item of several, in their order. */
export type Join<T> = (items: readonly T[]) => T;

/** Items, in order, that arrived before the sink could take them; the end may come after them. */
export class KeptItems<T> {
	readonly #list: Arrival<T>[] = [];
	readonly #join: Join<T> | undefined;
	#size = 0;

	/** With `join`, `take()` makes one item of all that are kept. */
	constructor(join?: Join<T>) {
		this.#join = join;
	}

	get isEmpty(): boolean {
		return this.#list.length === 0;
	}

	/** Bytes, or items if they have no `byteLength`. */
	get size(): number {
		return this.#size;
	}

	add(arrival: Arrival<T>): void {
		this.#list.push(arrival);
		this.#size += sizeOf(arrival);
	}

	addFirst(arrival: Arrival<T>): void {
		this.#list.unshift(arrival);
		this.#size += sizeOf(arrival);
	}

	/** Removes and returns the next one. */
	take(): Arrival<T> {
		const first = this.#list.shift() as Arrival<T>;
		this.#size -= sizeOf(first);
		if (this.#join === undefined || !('value' in first) || !this.#isNextAnItem) return first;
		const items = [first.value];
		while (this.#isNextAnItem) items.push((this.#list.shift() as {value: T}).value);
		this.#size = 0;
		return {value: this.#join(items)};
	}

	get #isNextAnItem(): boolean {
		const [next] = this.#list;
		return next !== undefined && 'value' in next;
	}

	clear(): void {
		this.#list.length = 0;
		this.#size = 0;
	}
}

function sizeOf<T>(arrival: Arrival<T>): number {
	if (!('value' in arrival)) return 0;
	try {
		const {byteLength} = (arrival.value ?? {}) as {byteLength?: unknown};
		return typeof byteLength === 'number' ? byteLength : 1;
	} catch {
		// A foreign object that throws at a look still is an item.
		return 1;
	}
}
