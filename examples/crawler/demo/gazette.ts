import type {Behaviour, DemoPage, DemoSite} from './site.ts';
import {dice, headline, pick} from './words.ts';

const sections = ['harbour', 'kitchen', 'garden', 'library', 'weather', 'workshop'];
const tags = [
	'tools',
	'winter',
	'café',
	'bread & butter',
	'rain',
	'letters',
	'maps',
	'birds',
	'tea',
	'rope',
	'night',
	'moss',
];
const people = [
	'ada-lind',
	'bo-ferrer',
	'cato-ames',
	'dina-oort',
	'eli-sand',
	'fay-munro',
	'gus-hale',
	'hedda-roy',
];
const years = ['2019', '2020', '2021', '2022', '2023', '2024'];
const articlesPerSection = 32;
const perPage = 10;

const robots = `# The paper's rules.
User-agent: *
Disallow: /private/
Allow: /private/press.html

User-agent: greedy-bot
Disallow: /

User-agent: *
Disallow: /*view=print
Disallow: /drafts$
`;

/**
 * A small town's paper with a few hundred pages. It holds what a crawler meets: pages that are slow,
 * missing, broken or moved, and links in every spelling.
 */
export function gazette(): DemoSite {
	const site = new Builder();
	const articles = sections.flatMap((section) => site.section(section));
	site.lists('tags', tags, articles);
	site.lists('people', people, articles);
	site.lists('archive', years, articles);
	site.oddities(articles.map(({path}) => path));
	return {name: 'gazette', start: '/', robots, pages: site.pages};
}

interface Article {
	readonly path: string;
	readonly topics: Readonly<Record<string, string>>;
}

class Builder {
	readonly pages = new Map<string, DemoPage>();

	#add(path: string, title: string, links: readonly string[], rest: Partial<DemoPage> = {}): void {
		this.pages.set(path, {path, title, links, behaviour: 'page', isAllowed: true, ...rest});
	}

	/** Articles, the numbered lists of them, and print views that robots.txt forbids. */
	section(section: string): Article[] {
		const articles = Array.from({length: articlesPerSection}, (_, index) => describeArticle(section, index));
		const paths = articles.map(({path}) => path);
		for (const [index, {path, topics}] of articles.entries()) {
			const roll = dice(path);
			const near = [paths[index - 1], paths[index + 1], pick(roll, paths)].filter(
				(link) => link !== undefined,
			);
			const lists = Object.entries(topics).map(([kind, name]) => listPath(kind, name));
			const print = index % 8 === 0 ? [`${path}?id=${index}&view=print`] : [];
			this.#add(path, headline(roll), [`/${section}/`, ...near, ...lists, ...print]);
			for (const view of print) this.#add(view, 'Print view', ['/only-from-print.html'], {isAllowed: false});
		}
		this.#numbered(`/${section}/`, `All about the ${section}`, paths);
		return articles;
	}

	/** A list of articles for each name, and a page that leads to the lists. */
	lists(kind: string, names: readonly string[], articles: readonly Article[]): void {
		for (const name of names) {
			const members = articles.filter(({topics}) => topics[kind] === name).map(({path}) => path);
			const base = kind === 'people' ? {base: '/'} : {};
			this.#numbered(listPath(kind, name), name, members, base);
		}
		this.#add(
			`/${kind}/`,
			kind,
			names.map((name) => listPath(kind, name)),
		);
	}

	#numbered(path: string, title: string, members: readonly string[], rest: Partial<DemoPage> = {}): void {
		const count = Math.max(1, Math.ceil(members.length / perPage));
		const number = (page: number): string => (page === 1 ? path : `${path}?page=${page}`);
		for (let page = 1; page <= count; page++) {
			const shown = members.slice((page - 1) * perPage, page * perPage);
			const next = page < count ? [number(page + 1)] : [];
			const previous = page > 1 ? [number(page - 1)] : [];
			this.#add(number(page), `${title}, page ${page}`, ['/', ...shown, ...previous, ...next], rest);
		}
	}

	/** The front page, and a corner of everything that goes wrong on a real site. */
	oddities(articles: readonly string[]): void {
		const at = (index: number): string => articles[(index * 17) % articles.length] as string;
		const odd = (behaviour: Behaviour, path: string, ...links: string[]): void =>
			this.#add(path, path, links, {behaviour});
		const forbidden = {isAllowed: false};
		for (const n of [1, 2, 3, 4, 5]) odd('slow', `/slow/${n}.html`, at(n), '/slow/');
		for (const n of [1, 2]) odd('dripping', `/slow/drip-${n}.html`, at(n + 5));
		for (const n of [1, 2, 3, 4]) odd('missing', `/lost/${n}.html`);
		for (const n of [1, 2, 3]) odd('redirect', `/old/${n}`, at(n + 7));
		odd('redirect', '/latest', '/old/1');
		odd('redirect', '/loop/a', '/loop/b');
		odd('redirect', '/loop/b', '/loop/a');
		odd('redirect', '/away', 'https://elsewhere.invalid/');
		odd('broken', '/reports/broken.html');
		odd('flaky', '/reports/flaky.html', '/reports/', '/only-from-flaky.html');
		odd('huge', '/reports/everything.html');
		odd('picture', '/harbour/chart.png');
		this.#add('/only-from-flaky.html', 'Found behind a page that failed once', ['/reports/']);
		this.#add('/only-from-print.html', 'Only forbidden pages lead here', ['/']);
		this.#add('/unlinked.html', 'Nobody leads here', ['/']);
		this.#add('/private/', 'Private', ['/private/board.html', '/only-from-print.html'], forbidden);
		this.#add('/private/board.html', 'The board', [], forbidden);
		this.#add('/private/press.html', 'For the press', ['/private/', '/']);
		this.#add('/drafts', 'Drafts', ['/only-from-print.html'], forbidden);
		this.#add('/drafts/first.html', 'A first draft', ['/drafts']);
		for (const area of ['/slow/', '/reports/']) this.#add(area, area, this.#under(area));
		const corners = ['/lost/', '/old/', '/loop/', '/private/', '/drafts'].flatMap((area) =>
			this.#under(area),
		);
		const lists = [
			'/slow/',
			'/reports/',
			'/tags/',
			'/people/',
			'/archive/',
			'/latest',
			'/away',
			'/harbour/chart.png',
			'@market/',
			'@museum/',
		];
		const fronts = sections.map((section) => `/${section}/`);
		this.#add('/', 'The Quiet Harbour Gazette', [...fronts, ...lists, ...corners]);
	}

	#under(area: string): string[] {
		return [...this.pages.keys()].filter((path) => path.startsWith(area));
	}
}

function describeArticle(section: string, index: number): Article {
	const path = `/${section}/${String(index + 1).padStart(2, '0')}-${pick(dice(section + index), objectWords)}.html`;
	const roll = dice(path);
	return {path, topics: {tags: pick(roll, tags), people: pick(roll, people), archive: pick(roll, years)}};
}

const objectWords = ['lantern', 'ledger', 'kettle', 'compass', 'heron', 'orchard', 'gutter', 'barometer'];

function listPath(kind: string, name: string): string {
	return kind === 'people' ? `/people/${name}.html` : `/${kind}/${encodeURIComponent(name)}/`;
}
