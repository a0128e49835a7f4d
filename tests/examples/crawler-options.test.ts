import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, jest, test} from '@jest/globals';
import {Crawl} from '../../examples/crawler/engine/crawl.ts';
import {CrawlReader} from '../../examples/crawler/engine/reading.ts';
import {findings, Folder, openCrawl} from './crawler-lab.ts';
import {anchors, type Pages, servePages} from './watched-site.ts';

// For machines that are busy with other things.
jest.setTimeout(30_000);

const pages: Pages = {
	'/': anchors('/docs/a', '/docs/b?print', '/blog/c'),
	'/docs/a': anchors('/docs/deep', 'https://elsewhere.invalid/'),
	'/docs/b?print': '',
	'/docs/deep': '',
	'/blog/c': anchors('/blog/d'),
	'/blog/d': '',
};

async function found(origin: string, options: Parameters<typeof openCrawl>[2]): Promise<string[]> {
	using folder = new Folder();
	const crawl = await openCrawl(folder.path, origin, options);
	const all = findings(crawl, 'ending');
	await crawl.run();
	return Object.keys(all).toSorted();
}

test('a crawl can be limited by pattern and by depth', async () => {
	await using site = await servePages(pages);
	const {origin} = site;
	expect(await found(origin, {include: /\/$|\/docs\//})).toEqual([
		'/',
		'/docs/a',
		'/docs/b?print',
		'/docs/deep',
	]);
	expect(await found(origin, {exclude: /print|blog/g})).toEqual(['/', '/docs/a', '/docs/deep']);
	expect(await found(origin, {maxDepth: 1})).toEqual(['/', '/blog/c', '/docs/a', '/docs/b?print']);
	expect(await found(origin, {maxDepth: 0})).toEqual(['/']);
});

test('a completed crawl continues if the options allow more, and starts over if they say so', async () => {
	using folder = new Folder();
	await using site = await servePages(pages);
	const runs: string[][] = [];
	for (const options of [{maxDepth: 1}, {maxDepth: 2}, {}, {fresh: true, maxDepth: 0}]) {
		const crawl = await openCrawl(folder.path, site.origin, options);
		const all = findings(crawl, 'ending');
		await crawl.run();
		runs.push(Object.keys(all).toSorted());
	}
	expect(runs).toEqual([['/', '/blog/c', '/docs/a', '/docs/b?print'], ['/blog/d', '/docs/deep'], [], ['/']]);
});

test('a crawl that can get no page fails, and says why', async () => {
	using folder = new Folder();
	await using site = await servePages({});
	const crawl = await openCrawl(folder.path, site.origin);
	await expect(crawl.run()).rejects.toThrow(`${site.origin}/: HTTP 404`);
	await expect(openCrawl(folder.path, 'mailto:me@example.org')).rejects.toThrow(
		"expected an http or https URL to start from, got 'mailto:me@example.org'",
	);
});

describe('kept data', () => {
	test('has the unchanged bodies with --save-pages', async () => {
		using folder = new Folder();
		const body = Buffer.from('<title>caf\u00E9</title>', 'latin1');
		await using site = await servePages({
			'/': (_request, response) =>
				response.writeHead(200, {'content-type': 'text/html; charset=latin1'}).end(body),
		});
		await (await openCrawl(folder.path, site.origin, {savePages: true})).run();
		expect(readFileSync(join(folder.path, 'bodies/0000/1.html'))).toEqual(body);
		await (await openCrawl(folder.path, site.origin, {fresh: true})).run();
		expect(existsSync(join(folder.path, 'bodies'))).toBe(false);
	});

	test('can be read while the crawl runs', async () => {
		using folder = new Folder();
		await using site = await servePages(pages);
		const crawl = await openCrawl(folder.path, site.origin);
		using reader = new CrawlReader(folder.path);
		const seen: number[] = [];
		crawl.on('page', () => seen.push([...reader.pages()].length));
		await crawl.run();
		// Those that end together are saved together.
		expect(seen).toHaveLength(6);
		expect(seen.every((count, index) => count > index)).toBe(true);
		expect(seen.at(-1)).toBe(6);
		const [first] = reader.pages();
		expect(first).toEqual({
			url: `${site.origin}/`,
			finalUrl: undefined,
			ending: 'page',
			status: 200,
			contentType: 'text/html',
			bytes: Buffer.byteLength(String(pages['/'])),
			title: undefined,
			depth: 0,
			from: undefined,
			fetchedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
			ms: expect.any(Number),
			attempts: 1,
			error: undefined,
		});
		const links = [...reader.links()].map(({from, to}) => [new URL(from).pathname, to]);
		expect(links).toContainEqual(['/docs/a', 'https://elsewhere.invalid/']);
		expect(links.length).toBe(6);
		expect(reader.status).toMatchObject({
			state: 'completed',
			counts: {done: 6, waiting: 0, links: 6},
			hosts: [{host: new URL(site.origin).host, done: 6}],
			hostCount: 1,
		});
	});

	test('is missing in a folder without a crawl', () => {
		using folder = new Folder();
		expect(() => new CrawlReader(folder.path)).toThrow(`${folder.path} holds no crawl`);
	});
});

test('a crawl that never ran gives its folder back', async () => {
	using folder = new Folder();
	await using site = await servePages(pages);
	{
		await using crawl = await Crawl.open({dir: folder.path, seeds: [site.origin], paused: 'for later'});
		expect(crawl.status).toMatchObject({state: 'idle', holds: [{reason: 'for later'}], counts: {waiting: 1}});
	}
	await using crawl = await Crawl.open({dir: folder.path});
	expect(crawl.status).toMatchObject({state: 'idle', holds: [{reason: 'for later'}], counts: {waiting: 1}});
});
