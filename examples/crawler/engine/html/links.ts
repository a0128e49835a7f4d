import {pageUrl, parsedUrl, withoutFragment} from '../urls.ts';
import {ForeignContent} from './foreign.ts';
import {saysNofollow, tagSaysNofollow} from './nofollow.ts';
import {withQueryIn} from './query.ts';
import {refreshUrl} from './refresh.ts';
import {Tags, textOf} from './tags.ts';

export interface ParsedPage {
	readonly title: string | undefined;
	/** The pages that it links to, each once, in the spelling of {@link pageUrl}; its canonical URL is one. */
	readonly links: readonly string[];
	readonly canonical: string | undefined;
}

export interface PageHead {
	/** Where the page is. */
	readonly url: string;
	/** Its encoding, as TextDecoder names it. Default: UTF-8. */
	readonly encoding?: string;
	readonly obeysNofollow?: boolean;
	/** What robots.txt calls the crawler. */
	readonly product?: string;
	/** What the header X-Robots-Tag says. */
	readonly robotsTag?: string;
	/** What the header Refresh says. */
	readonly refresh?: string;
}

const mostTitle = 1000;
// Their content is text; that of `noscript` is none for who runs no scripts.
const rawElements = new Set([
	'script',
	'style',
	'xmp',
	'iframe',
	'noembed',
	'noframes',
	'textarea',
	'plaintext',
]);
const linkAttributes: Readonly<Record<string, string>> = {
	a: 'href',
	area: 'href',
	iframe: 'src',
	frame: 'src',
};
const readElements = new Set([...Object.keys(linkAttributes), 'base', 'link', 'meta']);
// Outside of drawings and formulas, all other start tags change nothing.
const notable = new Set([...readElements, ...rawElements, 'title', 'svg', 'math']);

/** The links and the title of a page. */
export function readLinks(html: string, head: PageHead): ParsedPage {
	return new PageReader(html, head).read();
}

class PageReader {
	readonly #head: PageHead;
	readonly #tags: Tags;
	readonly #foreign = new ForeignContent();
	readonly #hrefs = new Set<string>();
	#base: string | undefined;
	#canonical: string | undefined;
	#title: string | undefined;
	#isNofollow: boolean;

	constructor(html: string, head: PageHead) {
		this.#head = head;
		this.#tags = new Tags(html);
		this.#isNofollow = tagSaysNofollow(head.robotsTag ?? '', head.product ?? '');
	}

	read(): ParsedPage {
		while (this.#tags.next()) {
			if (this.#tags.isEnd) this.#foreign.closed(this.#tags.name);
			else this.#open(this.#tags.name);
		}
		return this.#found();
	}

	#open(name: string): void {
		if (!this.#foreign.isOpen && !notable.has(name)) return;
		const isOfInterest = readElements.has(name) || this.#foreign.concerns(name);
		const attributes = isOfInterest ? this.#tags.attributes() : undefined;
		// It has no end: there is nothing more.
		if (isOfInterest && attributes === undefined) return;
		const isHtml = this.#foreign.opened(name, this.#tags.isClosed);
		if (attributes !== undefined && isHtml) this.#readElement(name, attributes);
		else if (attributes !== undefined && name === 'a')
			this.#linkOf(attributes, attributes.get('href') ?? attributes.get('xlink:href'));
		if (isHtml && name === 'title') this.#readTitle();
		else if (isHtml && rawElements.has(name)) this.#tags.rawText();
	}

	#readElement(name: string, attributes: ReadonlyMap<string, string>): void {
		if (name === 'base') this.#base ??= attributes.get('href');
		else if (name === 'meta') this.#readMeta(attributes);
		else if (name === 'link') this.#readRelation(attributes);
		else this.#linkOf(attributes, attributes.get(linkAttributes[name] ?? ''));
	}

	#readMeta(attributes: ReadonlyMap<string, string>): void {
		const content = attributes.get('content') ?? '';
		const name = attributes.get('name')?.toLowerCase();
		if (name === 'robots' || (name !== undefined && name === this.#head.product?.toLowerCase()))
			this.#isNofollow ||= saysNofollow(content);
		else if (attributes.get('http-equiv')?.toLowerCase() === 'refresh') this.#link(refreshUrl(content));
	}

	#readRelation(attributes: ReadonlyMap<string, string>): void {
		if (hasWord(attributes.get('rel'), 'canonical')) this.#canonical ??= attributes.get('href');
	}

	#linkOf(attributes: ReadonlyMap<string, string>, href: string | undefined): void {
		if (!(this.#obeysNofollow && hasWord(attributes.get('rel'), 'nofollow'))) this.#link(href);
	}

	#link(href: string | undefined): void {
		if (href !== undefined) this.#hrefs.add(withoutFragment(href));
	}

	#readTitle(): void {
		const text = this.#tags.rawText();
		this.#title ??= textOf(text.slice(0, 10 * mostTitle))
			.replaceAll(/\s+/g, ' ')
			.trim()
			.slice(0, mostTitle);
	}

	get #obeysNofollow(): boolean {
		return this.#head.obeysNofollow ?? true;
	}

	#found(): ParsedPage {
		const {url, encoding = 'utf-8', refresh = ''} = this.#head;
		// Only now, because the base holds for the links before it too.
		const base = this.#baseUrl();
		const resolved = (href: string): string | undefined => pageUrl(withQueryIn(encoding, href), base);
		const canonical = this.#canonical === undefined ? undefined : resolved(this.#canonical);
		const links = new Set([canonical]);
		if (!(this.#isNofollow && this.#obeysNofollow)) {
			for (const href of this.#hrefs) links.add(resolved(href));
			// The header comes before the page: no base of it counts.
			const target = refreshUrl(refresh);
			if (target !== undefined) links.add(pageUrl(target, url));
		}
		links.delete(undefined);
		return {title: this.#title, links: [...links] as string[], canonical};
	}

	// HTML standard, "fallback base URL": these two have no paths to go on from.
	#baseUrl(): URL | string {
		const base = parsedUrl(this.#base ?? '', this.#head.url);
		return base === undefined || /^(?:data|javascript):$/.test(base.protocol) ? this.#head.url : base;
	}
}

function hasWord(text: string | undefined, word: string): boolean {
	return text !== undefined && text !== '' && text.toLowerCase().split(/\s+/).includes(word);
}
