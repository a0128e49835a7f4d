import {Parser} from 'htmlparser2';
import {pageUrl, parsedUrl, withoutFragment} from './urls.ts';

export interface ParsedPage {
	readonly title: string | undefined;
	/** The pages that it links to, each once, in the spelling of {@link pageUrl}; its canonical URL is one. */
	readonly links: readonly string[];
	readonly canonical: string | undefined;
}

const mostTitle = 1000;
const linkAttributes: Readonly<Record<string, string>> = {
	a: 'href',
	area: 'href',
	iframe: 'src',
	frame: 'src',
};

/** Reads the links and the title out of a page, piece by piece. */
export class LinkParser {
	readonly #url: string;
	readonly #obeysNofollow: boolean;
	readonly #hrefs = new Set<string>();
	readonly #parser: Parser;
	#base: string | undefined;
	#canonical: string | undefined;
	#title: string | undefined;
	#isInTitle = false;
	#isNofollow: boolean;

	/** `robotsTag` is what the header X-Robots-Tag says. */
	constructor(
		url: string,
		{obeysNofollow = true, robotsTag = ''}: {obeysNofollow?: boolean; robotsTag?: string} = {},
	) {
		this.#url = url;
		this.#obeysNofollow = obeysNofollow;
		this.#isNofollow = saysNofollow(robotsTag);
		this.#parser = new Parser({
			onopentag: (name, attributes) => this.#open(name, attributes),
			ontext: (text) => {
				if (this.#isInTitle && (this.#title?.length ?? 0) < mostTitle) this.#title += text;
			},
			onclosetag: (name) => {
				if (name === 'title') this.#isInTitle = false;
			},
		});
	}

	write(html: string): void {
		this.#parser.write(html);
	}

	end(): ParsedPage {
		this.#parser.end();
		// Only now, because the base holds for the links before it too.
		const base = parsedUrl(this.#base ?? '', this.#url) ?? this.#url;
		const canonical = this.#canonical === undefined ? undefined : pageUrl(this.#canonical, base);
		const hrefs = this.#isNofollow && this.#obeysNofollow ? [] : [...this.#hrefs];
		const links = new Set([canonical, ...hrefs.map((href) => pageUrl(href, base))]);
		links.delete(undefined);
		return {
			title: this.#title?.replace(/\s+/g, ' ').trim().slice(0, mostTitle),
			links: [...links] as string[],
			canonical,
		};
	}

	#open(name: string, attributes: Record<string, string>): void {
		const {href, rel = '', content = ''} = attributes;
		if (name === 'base') this.#base ??= href;
		else if (name === 'title' && this.#title === undefined) this.#startTitle();
		else if (name === 'link' && hasWord(rel, 'canonical')) this.#canonical ??= href;
		else if (name === 'meta' && attributes['name']?.toLowerCase() === 'robots')
			this.#isNofollow ||= saysNofollow(content);
		else if (!(hasWord(rel, 'nofollow') && this.#obeysNofollow))
			this.#link(attributes[linkAttributes[name] ?? '']);
	}

	#link(href: string | undefined): void {
		if (href !== undefined) this.#hrefs.add(withoutFragment(href));
	}

	#startTitle(): void {
		this.#title = '';
		this.#isInTitle = true;
	}
}

function hasWord(text: string, word: string): boolean {
	return text !== '' && text.toLowerCase().split(/\s+/).includes(word);
}

function saysNofollow(text: string): boolean {
	return /(^|[\s,])(nofollow|none)($|[\s,])/i.test(text);
}
