import type {LiveCrawl} from './live.ts';
import type {PageRecord} from './status.ts';

interface Complaint {
	/** Such as `failed`, or `sitemap`. */
	readonly what: string;
	readonly reason: string;
	/** The first URL that it was about. */
	readonly url: string;
	count: number;
}

const kindsAtMost = 200;
const shownAtMost = 8;

/** Counts why pages failed or were skipped in this run, and sitemaps were not read whole. */
export class Complaints implements Disposable {
	readonly #crawl: LiveCrawl;
	readonly #kinds = new Map<string, Complaint>();
	readonly #notePage = (page: PageRecord): void => this.#count(page.ending, page);
	readonly #noteSitemap = (sitemap: PageRecord): void => this.#count('sitemap', sitemap);

	constructor(crawl: LiveCrawl) {
		this.#crawl = crawl;
		crawl.on('page', this.#notePage);
		crawl.on('sitemap', this.#noteSitemap);
	}

	#count(what: string, {error, url}: PageRecord): void {
		if (error === undefined) return;
		const key = `${what} ${error}`;
		const known = this.#kinds.get(key);
		if (known !== undefined) known.count++;
		else if (this.#kinds.size < kindsAtMost) this.#kinds.set(key, {what, reason: error, url, count: 1});
	}

	/** The most frequent ones. */
	get lines(): string[] {
		const kinds = [...this.#kinds.values()].toSorted((one, other) => other.count - one.count);
		return kinds
			.slice(0, shownAtMost)
			.map(({what, reason, count, url}) => `  ${what} ${count} x ${reason}, first ${url}`);
	}

	[Symbol.dispose](): void {
		this.#crawl.off('page', this.#notePage);
		this.#crawl.off('sitemap', this.#noteSitemap);
	}
}
