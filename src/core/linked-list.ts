/** Something that is in one list at a time. */
export interface Linked<T> {
	list: LinkedList<T> | null;
	previous: T | null;
	next: T | null;
}

/**
 * Items in the order in which they came; adding and removing is O(1).
 *
 * Linked by hand: a `Set` takes 200 bytes for a single item, and rehashes when many are removed.
 */
export class LinkedList<T> {
	first: (T & Linked<T>) | null = null;
	#last: (T & Linked<T>) | null = null;
	size = 0;

	add(item: T & Linked<T>): void {
		item.list = this;
		item.previous = this.#last;
		if (this.#last === null) this.first = item;
		else this.#last.next = item;
		this.#last = item;
		this.size++;
	}

	/** Removes an item of this list. */
	remove(item: T & Linked<T>): void {
		const {previous, next} = item as Linked<T & Linked<T>>;
		if (previous === null) this.first = next;
		else previous.next = next;
		if (next === null) this.#last = previous;
		else next.previous = previous;
		item.list = item.previous = item.next = null;
		this.size--;
	}

	/** The items that are in it now. */
	toArray(): T[] {
		const items: T[] = [];
		for (let item = this.first; item !== null; item = item.next as (T & Linked<T>) | null) items.push(item);
		return items;
	}

	*[Symbol.iterator](): Iterator<T> {
		// Reads the next one first, because the item may leave or move to another list meanwhile.
		let item = this.first;
		while (item !== null) {
			const next: (T & Linked<T>) | null = (item as Linked<T & Linked<T>>).next;
			yield item;
			item = next;
		}
	}
}
