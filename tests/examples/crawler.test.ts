import type {RequestListener} from 'node:http';
import {describe, expect, jest, test} from '@jest/globals';
import {Crawl, type CrawlOptions} from '../../examples/crawler/crawl.ts';
import {demoSite} from '../../examples/crawler/demo-site.ts';
import {MemoryFrontier} from '../../examples/crawler/frontier.ts';
import {expectedCrawl, serve, WatchedSite} from './crawler-kit.ts';

// For machines that are busy with other things.
jest.setTimeout(30_000);

function crawlOf(url: string, options: Partial<CrawlOptions> = {}): Crawl {
	return new Crawl({
		url,
		concurrency: 8,
		maxPages: Infinity,
		userAgent: 'test-bot/1.0',
		timeout: 10_000,
		maxBytes: 200_000,
		attempts: 2,
		...options,
	});
}

/** Path → ending, filled while the crawl runs. */
function findings(crawl: Crawl): Record<string, string> {
	const found: Record<string, string> = {};
	crawl.on('visit', ({url, outcome}) => {
		const {pathname, search} = new URL(url);
		expect(found).not.toHaveProperty([pathname + search]);
		found[pathname + search] = outcome.ending;
	});
	return found;
}

function reasons(crawl: Crawl): Record<string, string> {
	const found: Record<string, string> = {};
	crawl.on('visit', ({url, outcome}) => {
		if ('reason' in outcome) found[new URL(url).pathname] = outcome.reason;
	});
	return found;
}

function afterVisits(crawl: Crawl, count: number): Promise<void> {
	return new Promise((resolve) => {
		crawl.on('visit', () => {
			if (--count === 0) resolve();
		});
	});
}

describe('the demo site', () => {
	const site = demoSite();
	const expected = expectedCrawl(site);

	test('has a few hundred pages, and all that goes wrong', () => {
		expect(Object.keys(expected).length).toBeGreaterThan(300);
		expect(new Set(Object.values(expected))).toEqual(new Set(['page', 'redirect', 'skipped', 'failed']));
		for (const path of ['/unlinked.html', '/only-from-print.html']) expect(site.pages.has(path)).toBe(true);
		expect(expected).not.toHaveProperty(['/unlinked.html']);
		expect(expected).not.toHaveProperty(['/only-from-print.html']);
	});

	test('a crawl finds what it should, and asks for nothing else', async () => {
		await using site = await WatchedSite.start();
		const crawl = crawlOf(site.url);
		const found = findings(crawl);
		await crawl.start();
		expect(found).toEqual(expected);
		const allowed = Object.keys(expected).filter((path) => site.site.pages.get(path)?.isAllowed);
		const twice = ['/reports/flaky.html', '/reports/broken.html'];
		expect(site.requests.toSorted()).toEqual(['/robots.txt', ...allowed, ...twice].toSorted());
		expect(crawl.progress).toMatchObject({state: 'completed', waiting: 0, running: 0, held: 0});
	});

	test('no request comes between paused and resume, and none is under way', async () => {
		await using site = await WatchedSite.start();
		const crawl = crawlOf(site.url);
		const found = findings(crawl);
		const done = crawl.start();
		for (let turn = 1; turn <= 5; turn++) {
			await afterVisits(crawl, 30);
			const paused = crawl.pause('a look around');
			expect(crawl.progress.state).toBe('pausing');
			expect(await paused).toBe(true);
			expect(crawl.progress).toMatchObject({state: 'paused', hold: {reason: 'a look around'}});
			await site.untilOpen(0);
			const before = site.requests.length;
			await site.settle();
			expect(site.requests.length).toBe(before);
			crawl.resume();
		}
		await done;
		expect(found).toEqual(expected);
		expect(crawl.progress.pausedSeconds).toBeGreaterThan(0);
	});

	test('pausing waits for what is in flight', async () => {
		await using site = await WatchedSite.start();
		site.gate.close();
		const crawl = crawlOf(site.url);
		const states: string[] = [];
		const done = crawl.start();
		crawl.on('state', (state) => states.push(`${state}, ${crawl.progress.running} in flight`));
		await site.untilRequested('/');
		const paused = crawl.pause();
		await site.settle();
		expect(crawl.progress.state).toBe('pausing');
		site.gate.open();
		expect(await paused).toBe(true);
		expect(states).toEqual(['pausing, 1 in flight', 'paused, 0 in flight']);
		// The page that was in flight is held before it is read: nothing of it is known yet.
		expect(crawl.progress).toMatchObject({held: 1, page: 0, waiting: 0});
		expect(site.requests).toEqual(['/robots.txt', '/']);
		await crawl.stop();
		await done;
	});

	test('a stop aborts what is in flight and leaves nothing open', async () => {
		await using site = await WatchedSite.start();
		const crawl = crawlOf(site.url);
		const done = crawl.start();
		await afterVisits(crawl, 20);
		site.gate.close();
		await site.untilOpen(8);
		await crawl.stop('enough');
		await done;
		await site.untilOpen(0);
		const {state, waiting, running, page, redirect, skipped, failed} = crawl.progress;
		expect({state, running}).toEqual({state: 'stopped', running: 0});
		expect(page + redirect + skipped + failed).toBeGreaterThanOrEqual(20);
		expect(waiting).toBeGreaterThanOrEqual(8);
	});

	test('a stop loses nothing: what was left is there for the next crawl', async () => {
		await using site = await WatchedSite.start();
		const frontier = new MemoryFrontier();
		const first = crawlOf(site.url, {frontier});
		const found = findings(first);
		const done = first.start();
		await afterVisits(first, 100);
		await first.stop();
		await done;
		const second = crawlOf(site.url, {frontier});
		const rest = findings(second);
		await second.start();
		expect(Object.keys(found).filter((path) => path in rest)).toEqual([]);
		expect({...found, ...rest}).toEqual(expected);
	});

	test('a paused crawl can be stopped', async () => {
		await using site = await WatchedSite.start();
		const crawl = crawlOf(site.url);
		const done = crawl.start();
		await afterVisits(crawl, 20);
		await crawl.pause();
		await crawl.stop();
		await done;
		expect(crawl.progress).toMatchObject({state: 'stopped', running: 0, held: 0});
	});

	test('max-pages is the number of pages that are read', async () => {
		await using site = await WatchedSite.start();
		const crawl = crawlOf(site.url, {maxPages: 33});
		await crawl.start();
		expect(crawl.progress).toMatchObject({state: 'completed', page: 33});
	});

	test('no more than the given number is in flight', async () => {
		await using site = await WatchedSite.start();
		const crawl = crawlOf(site.url, {concurrency: 3});
		const done = crawl.start();
		await afterVisits(crawl, 5);
		site.gate.close();
		await site.untilOpen(3);
		await site.settle();
		expect(site.open).toBe(3);
		await crawl.stop();
		await done;
	});

	test('a mistake in the program ends the crawl with it', async () => {
		await using site = await WatchedSite.start();
		const mistake = new Error('the disk is full');
		class FullFrontier extends MemoryFrontier {
			override settle(...args: Parameters<MemoryFrontier['settle']>): void {
				if (this.counts.page === 10) throw mistake;
				super.settle(...args);
			}
		}
		const crawl = crawlOf(site.url, {frontier: new FullFrontier()});
		await expect(crawl.start()).rejects.toBe(mistake);
		expect(crawl.progress).toMatchObject({state: 'failed', running: 0});
	});
});

const page = (html: string) => ({'content-type': 'text/html', 'content-length': Buffer.byteLength(html)});

describe('difficult servers', () => {
	test('where the start page leads to is the site', async () => {
		await using there = await serve((request, response) => {
			const html = '<a href="/b">b</a>';
			response.writeHead(request.url === '/robots.txt' ? 404 : 200, page(html)).end(html);
		});
		await using here = await serve((request, response) => {
			const status = request.url === '/robots.txt' ? 404 : 302;
			response.writeHead(status, {location: `${there.origin}/a`}).end();
		});
		const crawl = crawlOf(here.origin);
		const found = findings(crawl);
		await crawl.start();
		expect(found).toEqual({'/': 'redirect', '/a': 'page', '/b': 'page'});
	});

	test.each([
		['a robots.txt that fails forbids all', 500, 'robots.txt: HTTP 500'],
		['a robots.txt that forbids all', 200, 'robots.txt'],
	])('%s', async (_title, status, reason) => {
		const requests: (string | undefined)[] = [];
		await using server = await serve((request, response) => {
			requests.push(request.url);
			response.writeHead(status).end('User-agent: *\nDisallow: /');
		});
		const crawl = crawlOf(server.origin);
		await expect(crawl.start()).rejects.toThrow(`${server.origin}/: ${reason}`);
		expect(crawl.progress.state).toBe('failed');
		expect(new Set(requests)).toEqual(new Set(['/robots.txt']));
	});

	test('each fault has its reason', async () => {
		const paths = ['/reset', '/silent', '/cut', '/pdf', '/nowhere'];
		const links = paths.map((path) => `<a href="${path}"></a>`).join('');
		const answers: Record<string, RequestListener> = {
			'/': (_request, response) => response.writeHead(200, page(links)).end(links),
			'/reset': (_request, response) => response.destroy(),
			'/silent': () => {},
			'/cut': (_request, response) => {
				response.writeHead(200, {...page(links), 'content-length': 10_000}).write(links);
				setImmediate(() => response.destroy());
			},
			'/pdf': (_request, response) =>
				response.writeHead(200, {'content-type': 'application/pdf'}).end('%PDF'),
			'/nowhere': (_request, response) => response.writeHead(302).end(),
			'/robots.txt': (_request, response) => response.writeHead(404).end(),
		};
		await using server = await serve((request, response) => answers[request.url ?? '']?.(request, response));
		const crawl = crawlOf(server.origin, {timeout: 300, attempts: 1});
		const why = reasons(crawl);
		await crawl.start();
		expect(why).toEqual({
			'/reset': 'UND_ERR_SOCKET',
			'/silent': 'timed out',
			'/cut': 'UND_ERR_SOCKET',
			'/pdf': 'not HTML: application/pdf',
			'/nowhere': 'HTTP 302',
		});
		expect(crawl.summary.failures).toContainEqual({
			reason: 'UND_ERR_SOCKET',
			count: 2,
			url: expect.stringMatching(/reset|cut/),
		});
	});

	test('it says who it is, and reads other charsets', async () => {
		const agents = new Set<string | undefined>();
		await using server = await serve((request, response) => {
			agents.add(request.headers['user-agent']);
			const status = request.url === '/robots.txt' ? 404 : 200;
			response.writeHead(status, {'content-type': 'text/html; charset=iso-8859-1'});
			response.end(Buffer.from('<title>Caf\u00E9</title><a href="/caf\u00E9">x</a>', 'latin1'));
		});
		const crawl = crawlOf(server.origin);
		const titles: unknown[] = [];
		crawl.on('visit', ({outcome}) => titles.push('title' in outcome && outcome.title));
		const found = findings(crawl);
		await crawl.start();
		expect(found).toEqual({'/': 'page', '/caf%C3%A9': 'page'});
		expect(titles).toEqual(['Caf\u00E9', 'Caf\u00E9']);
		expect(agents).toEqual(new Set(['test-bot/1.0']));
	});
});
