import {Parser} from 'htmlparser2';
import {pageUrl} from './urls.ts';

export interface ParsedPage {
	readonly title: string | undefined;
	/** The pages that it links to, each once, in the spelling of {@link pageUrl}. */
	readonly links: readonly string[];
}

/** Reads the links and the title out of a page, piece by piece. */
export class LinkParser {
	readonly #url: string;
	readonly #hrefs: string[] = [];
	readonly #parser: Parser;
	#base: string | undefined;
	#title: string | undefined;
	#isInTitle = false;

	constructor(url: string) {
		this.#url = url;
		this.#parser = new Parser({
			onopentag: (name, attributes) => this.#open(name, attributes),
			ontext: (text) => {
				if (this.#isInTitle) this.#title += text;
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
		const base = URL.canParse(this.#base ?? '', this.#url) ? new URL(this.#base ?? '', this.#url) : this.#url;
		const links = new Set(this.#hrefs.map((href) => pageUrl(href, base)));
		return {
			title: this.#title?.replace(/\s+/g, ' ').trim(),
			links: [...links].filter((link) => link !== undefined),
		};
	}

	#open(name: string, attributes: Record<string, string>): void {
		const {href, src} = attributes;
		if (name === 'base') this.#base ??= href;
		else if (name === 'title' && this.#title === undefined) this.#startTitle();
		else if ((name === 'a' || name === 'area') && href !== undefined) this.#hrefs.push(href);
		else if ((name === 'iframe' || name === 'frame') && src !== undefined) this.#hrefs.push(src);
	}

	#startTitle(): void {
		this.#title = '';
		this.#isInTitle = true;
	}
}
