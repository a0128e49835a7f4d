/** One URL to visit, and how it was found. */
export interface Entry {
	readonly url: string;
	/** Links from the start page; a redirect does not count as one. */
	readonly depth: number;
	/** The page that it was found on. */
	readonly from: string | undefined;
}

/** What became of an entry. */
export type Ending = 'page' | 'redirect' | 'skipped' | 'failed';

export interface FrontierCounts extends Readonly<Record<Ending, number>> {
	/** Not taken yet. */
	readonly waiting: number;
	/** Taken, and neither settled nor given back. */
	readonly taken: number;
}

/**
 * All URLs of a crawl: what waits, what is under way, what has ended. It knows each URL once, for good.
 *
 * Each verb is one step that either happened or did not, so that a database can stand in for the
 * memory: `settle` ends an entry and adds what was found on it in one transaction, and what was
 * taken when the process died waits again.
 */
export interface Frontier {
	/** Adds entries whose URL is new, at the end; returns how many were. */
	add(entries: Iterable<Entry>): number;
	/** Takes the first entry that waits. */
	take(): Entry | undefined;
	/** Ends an entry that was taken, and adds what was found on it. */
	settle(entry: Entry, ending: Ending, found: Iterable<Entry>): void;
	/** Puts an entry that was taken back to the front. */
	giveBack(entry: Entry): void;
	readonly counts: FrontierCounts;
}

export class MemoryFrontier implements Frontier {
	readonly #known = new Set<string>();
	readonly #returned: Entry[] = [];
	readonly #ended: Record<Ending, number> = {page: 0, redirect: 0, skipped: 0, failed: 0};
	#queue: Entry[] = [];
	#head = 0;
	#taken = 0;

	add(entries: Iterable<Entry>): number {
		const before = this.#known.size;
		for (const entry of entries) {
			if (this.#known.has(entry.url)) continue;
			this.#known.add(entry.url);
			this.#queue.push(entry);
		}
		return this.#known.size - before;
	}

	take(): Entry | undefined {
		const entry = this.#returned.pop() ?? this.#shift();
		if (entry !== undefined) this.#taken++;
		return entry;
	}

	settle(entry: Entry, ending: Ending, found: Iterable<Entry>): void {
		this.#taken--;
		this.#ended[ending]++;
		this.add(found);
	}

	giveBack(entry: Entry): void {
		this.#taken--;
		this.#returned.push(entry);
	}

	get counts(): FrontierCounts {
		const waiting = this.#queue.length - this.#head + this.#returned.length;
		return {...this.#ended, waiting, taken: this.#taken};
	}

	// An index instead of shift(), which would move all that waits each time.
	#shift(): Entry | undefined {
		const entry = this.#queue[this.#head];
		if (entry === undefined) return undefined;
		this.#head++;
		if (this.#head > 1000 && this.#head * 2 > this.#queue.length) {
			this.#queue = this.#queue.slice(this.#head);
			this.#head = 0;
		}
		return entry;
	}
}
