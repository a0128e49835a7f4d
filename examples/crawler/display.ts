import type {LiveCrawl} from './live.ts';
import type {CrawlStatus, HostStatus, PageRecord} from './status.ts';

/** Shows a crawl while it runs. */
export interface Display extends Disposable {
	/** Something to say that is no result. */
	notice(text: string): void;
	/** Where it stands, now and in full. */
	status(): void;
	/** The last word; the display is over. */
	summary(lines: readonly string[]): void;
}

export interface LineOutput {
	write(text: string): unknown;
}

/** A JSON line for each page, each sitemap and each change of state, and a summary; what else there is to say on stderr. */
export class JsonDisplay implements Display {
	readonly #output: LineOutput;
	readonly #errors: LineOutput;
	readonly #crawl: LiveCrawl;
	readonly #page = (page: PageRecord): void => this.#write('page', page);
	readonly #sitemap = (sitemap: PageRecord): void => this.#write('sitemap', sitemap);
	readonly #state = (status: CrawlStatus): void => this.#write('state', withoutLists(status));
	readonly #host = (host: HostStatus): void => this.#write('host', host);

	constructor(output: LineOutput, errors: LineOutput, crawl: LiveCrawl) {
		this.#output = output;
		this.#errors = errors;
		this.#crawl = crawl;
		crawl.on('page', this.#page);
		crawl.on('sitemap', this.#sitemap);
		crawl.on('state', this.#state);
		crawl.on('host', this.#host);
	}

	notice(text: string): void {
		this.#errors.write(`${text}\n`);
	}

	status(): void {
		this.#write('status', this.#crawl.status);
	}

	summary(lines: readonly string[]): void {
		this[Symbol.dispose]();
		this.#write('summary', withoutLists(this.#crawl.status));
		this.notice(lines.join('\n'));
	}

	#write(type: string, fields: object): void {
		this.#output.write(jsonLine({type, ...fields}));
	}

	[Symbol.dispose](): void {
		this.#crawl.off('page', this.#page);
		this.#crawl.off('sitemap', this.#sitemap);
		this.#crawl.off('state', this.#state);
		this.#crawl.off('host', this.#host);
	}
}

function withoutLists({
	hosts: _1,
	lastPages: _2,
	sitemaps: _3,
	...rest
}: CrawlStatus): Omit<CrawlStatus, 'hosts' | 'lastPages' | 'sitemaps'> {
	return rest;
}

/** One line of JSON: every key is there, numbers have three decimals at most, and no terminal obeys it. */
export function jsonLine(value: object): string {
	const json = JSON.stringify(value, (_key, field: unknown) => {
		if (field === undefined) return null;
		return typeof field === 'number' ? Math.round(field * 1000) / 1000 : field;
	});
	return `${json.replaceAll(/[\u007F-\u009F\u200E\u200F\u2028-\u202E\u2066-\u2069]/g, escaped)}\n`;
}

function escaped(character: string): string {
	return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
