import {afterEach, describe, expect, jest, test} from '@jest/globals';
import * as fc from 'fast-check';
import type {Ended, Entry} from '../../examples/crawler/engine/pages-table.ts';
import {CrawlReader} from '../../examples/crawler/engine/reading.ts';
import {Scope, type ScopeOptions} from '../../examples/crawler/engine/scope.ts';
import {openDatabase, Store} from '../../examples/crawler/engine/store.ts';
import {Folder} from './crawler-lab.ts';

const site = 'http://site.example';

afterEach(() => void jest.useRealTimers());

/** A store of one site, in terms of paths. */
class Shelf implements Disposable {
	readonly #folder: Folder;
	readonly store: Store;

	constructor(folder: Folder, scope: ScopeOptions = {}) {
		this.#folder = folder;
		this.store = new Store(openDatabase(folder.path, false), new Scope([site], scope));
	}

	get #site(): number {
		return this.store.hosts.idOf(site);
	}

	waiting(count = 100): Entry[] {
		return this.store.first(this.#site, count);
	}

	get paths(): string[] {
		return this.waiting().map(({url}) => url.slice(site.length));
	}

	add(...paths: string[]): void {
		this.store.addSeeds(paths.map((path) => site + path));
	}

	/** Ends the entry of a path that waits. */
	async settle(path: string, rest: Partial<Ended> | string[]): Promise<void> {
		const entry = this.waiting().find(({url}) => url === site + path) as Entry;
		const links = Array.isArray(rest) ? {pages: rest.map((link) => new URL(link, site).href)} : rest;
		await this.store.settle(entry, {...ended, ...links});
	}

	async redirect(path: string, to: string): Promise<void> {
		const finalUrl = new URL(to, site).href;
		await this.settle(path, {ending: 'redirect', finalUrl, pages: [finalUrl]});
	}

	reopen(scope: ScopeOptions): Shelf {
		this[Symbol.dispose]();
		return new Shelf(this.#folder, scope);
	}

	[Symbol.dispose](): void {
		this.store[Symbol.dispose]();
	}
}

const ended: Ended = {
	ending: 'page',
	finalUrl: undefined,
	status: 200,
	contentType: 'text/html',
	bytes: 10,
	title: undefined,
	fetchedAt: '2030-01-01T00:00:00.000Z',
	ms: 5,
	attempts: 1,
	error: undefined,
	body: undefined,
	pages: [],
	sitemaps: [],
};

test('the store returns entries in order, and each URL only once', async () => {
	using folder = new Folder();
	using shelf = new Shelf(folder);
	shelf.add('/a', '/b', '/a', '/c');
	expect(shelf.paths).toEqual(['/a', '/b', '/c']);
	await shelf.settle('/a', ['/b', '/d', '/a']);
	expect(shelf.paths).toEqual(['/b', '/c', '/d']);
	expect(shelf.waiting().at(-1)).toMatchObject({depth: 1, from: `${site}/a`});
});

test('an entry that was not settled is back after a restart', async () => {
	using folder = new Folder();
	const before = new Shelf(folder);
	before.add('/a', '/b');
	await before.settle('/a', ['/c']);
	using after = before.reopen({});
	expect(after.paths).toEqual(['/b', '/c']);
	expect(after.store.totals).toMatchObject({waiting: 2, done: 1, bytes: 10, links: 1});
});

test('a settling that fails half-way has not happened', async () => {
	using folder = new Folder();
	using shelf = new Shelf(folder);
	shelf.add('/a');
	await expect(shelf.settle('/a', {pages: ['no URL']})).rejects.toThrow('Invalid URL');
	expect(shelf.paths).toEqual(['/a']);
});

test('links found in a settling that fails are found again by the next one', async () => {
	using folder = new Folder();
	using shelf = new Shelf(folder);
	shelf.add('/a', '/b');
	await expect(shelf.settle('/a', {pages: [`${site}/found`], sitemaps: ['no URL']})).rejects.toThrow(
		'Invalid URL',
	);
	await shelf.settle('/b', ['/found']);
	expect(shelf.paths).toEqual(['/a', '/found']);
});

test('depths are those of the shortest ways, in any order of the pages', async () => {
	const graph = fc.array(fc.array(fc.nat(7), {maxLength: 4}), {minLength: 8, maxLength: 8});
	await fc.assert(
		fc.asyncProperty(graph, fc.infiniteStream(fc.nat(7)), async (links, picks) => {
			using folder = new Folder();
			using shelf = new Shelf(folder);
			shelf.add('/0');
			for (let waits = shelf.paths; waits.length > 0; waits = shelf.paths) {
				const path = waits[picks.next().value % waits.length] as string;
				await shelf.settle(path, links[Number(path.slice(1))]?.map((to) => `/${to}`) ?? []);
			}
			using reader = new CrawlReader(folder.path);
			const found = [...reader.pages()].map(({url, depth}) => [
				Number(new URL(url).pathname.slice(1)),
				depth,
			]);
			expect(Object.fromEntries(found)).toEqual(depthsIn(links));
		}),
		{numRuns: 60},
	);
});

function depthsIn(links: readonly (readonly number[])[]): Record<number, number> {
	const depths: Record<number, number> = {0: 0};
	let last = [0];
	for (let depth = 1; last.length > 0; depth++) {
		last = [...new Set(last.flatMap((page) => links[page] ?? []))].filter((page) => !(page in depths));
		for (const page of last) depths[page] = depth;
	}
	return depths;
}

test('every entry is counted in one place', async () => {
	using folder = new Folder();
	using shelf = new Shelf(folder);
	shelf.add('/a', '/b', '/c', '/d');
	await shelf.settle('/a', ['/e', 'http://else.example/']);
	await shelf.settle('/b', {ending: 'failed', error: 'HTTP 404'});
	await shelf.settle('/c', {ending: 'skipped', error: 'robots.txt'});
	await shelf.redirect('/d', '/f');
	expect(shelf.store.totals).toMatchObject({waiting: 2, done: 1, redirected: 1, skipped: 1, failed: 1});
});

describe('the limits', () => {
	test('a page that is too deep stays outside until a shorter way to it is found', async () => {
		using folder = new Folder();
		using shelf = new Shelf(folder, {maxDepth: 2});
		shelf.add('/');
		await shelf.settle('/', ['/slow', '/quick']);
		await shelf.settle('/quick', ['/far']);
		await shelf.settle('/far', ['/farther']);
		expect(shelf.paths).toEqual(['/slow']);
		// One link from the seed after all: all that is behind it comes one nearer.
		await shelf.settle('/slow', []);
		shelf.add('/far');
		expect(shelf.paths).toEqual(['/farther']);
		expect(shelf.waiting()[0]?.depth).toBe(1);
	});

	test('a shorter way counts through redirects', async () => {
		using folder = new Folder();
		using shelf = new Shelf(folder, {maxDepth: 2});
		shelf.add('/');
		await shelf.settle('/', ['/slow', '/quick']);
		await shelf.settle('/quick', ['/old']);
		await shelf.redirect('/old', '/new');
		await shelf.settle('/new', ['/behind']);
		expect(shelf.paths).toEqual(['/slow']);
		shelf.add('/old');
		expect(shelf.paths).toEqual(['/slow', '/behind']);
	});

	test('redirects in a row end', async () => {
		using folder = new Folder();
		using shelf = new Shelf(folder);
		shelf.add('/0');
		let hops = 0;
		for (; shelf.paths.length > 0; hops++) await shelf.redirect(`/${hops}`, `/${hops + 1}`);
		expect(hops).toBe(11);
		// A link to the last one begins anew.
		shelf.add('/x');
		await shelf.settle('/x', ['/11']);
		expect(shelf.paths).toEqual(['/11']);
	});

	test('new limits bring in pages that were outside, and leave out those that are now', async () => {
		using folder = new Folder();
		const before = new Shelf(folder, {maxDepth: 1, exclude: /private/});
		before.add('/');
		await before.settle('/', ['/a', '/private', '/b']);
		await before.settle('/a', ['/deep']);
		expect(before.paths).toEqual(['/b']);
		using after = before.reopen({maxDepth: 2, exclude: /b/});
		expect(after.paths).toEqual(['/private', '/deep']);
		expect(after.store.totals.waiting).toBe(2);
	});

	test('the host to which a seed redirects belongs to the site, too', async () => {
		using folder = new Folder();
		using shelf = new Shelf(folder);
		shelf.add('/', '/other');
		await shelf.settle('/other', ['http://www.site.example/known']);
		await shelf.redirect('/', 'http://www.site.example/');
		const www = shelf.store.hosts.idOf('http://www.site.example');
		const urls = shelf.store.first(www, 10).map(({url}) => url);
		expect(urls).toEqual(['http://www.site.example/known', 'http://www.site.example/']);
	});
});

test('sitemaps are read, and not counted as pages', async () => {
	using folder = new Folder();
	using shelf = new Shelf(folder);
	shelf.store.saveRobots(shelf.store.hosts.idOf(site), '', [`${site}/map.xml`]);
	expect(shelf.waiting()).toMatchObject([{url: `${site}/map.xml`, kind: 'sitemap'}]);
	await shelf.settle('/map.xml', {pages: [`${site}/a`], sitemaps: [`${site}/more.xml`]});
	expect(shelf.waiting().map(({kind}) => kind)).toEqual(['page', 'sitemap']);
	expect(shelf.store.totals).toMatchObject({done: 0, waiting: 2});
});

describe('E15: visits that end together', () => {
	test('are saved before either is reported', async () => {
		using folder = new Folder();
		using shelf = new Shelf(folder);
		shelf.add('/a', '/b');
		const settled = [shelf.settle('/a', ['/c']), shelf.settle('/b', [])];
		expect(shelf.paths).toEqual(['/a', '/b']);
		await settled[0];
		expect(shelf.paths).toEqual(['/c']);
		await settled[1];
	});

	test('are saved together when they end a few milliseconds apart', async () => {
		using folder = new Folder();
		using shelf = new Shelf(folder);
		shelf.add('/a', '/b', '/c');
		jest.useFakeTimers();
		const first = shelf.settle('/a', []);
		await jest.advanceTimersByTimeAsync(2);
		const second = shelf.settle('/b', []);
		expect(shelf.paths).toEqual(['/a', '/b', '/c']);
		jest.advanceTimersByTime(5);
		expect(shelf.paths).toEqual(['/c']);
		await Promise.all([first, second]);
	});

	test('fail separately, and the counts are those of the saved visits', async () => {
		using folder = new Folder();
		using shelf = new Shelf(folder);
		shelf.add('/a', '/b', '/c');
		const settled = await Promise.allSettled([
			shelf.settle('/a', ['/d', 'http://new.example/']),
			shelf.settle('/b', {pages: ['no URL']}),
			shelf.settle('/c', []),
		]);
		expect(settled.map(({status}) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
		expect(shelf.paths).toEqual(['/b', '/d']);
		expect(shelf.store.totals).toMatchObject({waiting: 2, done: 2, links: 2});
		using after = shelf.reopen({});
		expect(after.store.totals).toMatchObject({waiting: 2, done: 2, links: 2});
	});
});
