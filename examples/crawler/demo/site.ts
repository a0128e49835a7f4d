/** What the server does with a path. */
export type Behaviour =
	| 'page'
	| 'slow'
	| 'dripping'
	| 'flaky'
	| 'huge'
	| 'picture'
	| 'redirect'
	| 'missing'
	| 'broken';

export interface DemoPage {
	/** Path and query, as they come in a request. */
	readonly path: string;
	readonly behaviour: Behaviour;
	readonly title: string;
	/** Where its links lead; for a redirect, the one place. `@name/path` is a page of another demo site. */
	readonly links: readonly string[];
	/** What robots.txt says. */
	readonly isAllowed: boolean;
	/** The directory that its <base> names. */
	readonly base?: string;
}

export interface DemoSite {
	readonly name: string;
	readonly start: string;
	readonly robots: string;
	readonly pages: ReadonlyMap<string, DemoPage>;
	/** Other than pages: by path, given the site's origin. */
	readonly files?: ReadonlyMap<string, (origin: string) => Buffer>;
	/** After so many requests it answers 429 for so many milliseconds. */
	readonly limit?: {readonly requests: number; readonly restMs: number};
	readonly charset?: 'utf-8' | 'iso-8859-1';
}

/** A plain page. */
export function plainPage(path: string, title: string, links: readonly string[]): DemoPage {
	return {path, title, links, behaviour: 'page', isAllowed: true};
}
