import type {LiveCrawl} from './live.ts';
import type {PageRecord} from './status.ts';

interface Complaint {
	readonly ending: PageRecord['ending'];
	readonly reason: string;
	/** The first URL that it was about. */
	readonly url: string;
	count: number;
}

const kindsAtMost = 200;
const shownAtMost = 8;

/** Counts why pages failed or were skipped in this run. */
export class Complaints implements Disposable {
	readonly #crawl: LiveCrawl;
	readonly #kinds = new Map<string, Complaint>();
	readonly #note = (page: PageRecord): void => this.#count(page);

	constructor(crawl: LiveCrawl) {
		this.#crawl = crawl;
		crawl.on('page', this.#note);
	}

	#count({ending, error, url}: PageRecord): void {
		if (error === undefined) return;
		const key = `${ending} ${error}`;
		const known = this.#kinds.get(key);
		if (known !== undefined) known.count++;
		else if (this.#kinds.size < kindsAtMost) this.#kinds.set(key, {ending, reason: error, url, count: 1});
	}

	/** The most frequent ones. */
	get lines(): string[] {
		const kinds = [...this.#kinds.values()].toSorted((one, other) => other.count - one.count);
		return kinds
			.slice(0, shownAtMost)
			.map(({ending, reason, count, url}) => `  ${ending} ${count} x ${reason}, first ${url}`);
	}

	[Symbol.dispose](): void {
		this.#crawl.off('page', this.#note);
	}
}
