import type {RequestListener} from 'node:http';
import {describe, expect, jest, test} from '@jest/globals';
import {gazette} from '../../examples/crawler/demo/gazette.ts';
import {afterPages, expectedCrawl, findings, Folder, openCrawl} from './crawler-lab.ts';
import {serve, WatchedSite} from './watched-site.ts';

// For machines that are busy with other things.
jest.setTimeout(30_000);

describe('the demo site', () => {
	const site = gazette();
	const expected = expectedCrawl(site);

	test('has a few hundred pages, and every kind of fault', () => {
		expect(Object.keys(expected).length).toBeGreaterThan(300);
		expect(new Set(Object.values(expected))).toEqual(new Set(['page', 'redirect', 'skipped', 'failed']));
		for (const path of ['/unlinked.html', '/only-from-print.html']) expect(site.pages.has(path)).toBe(true);
		expect(expected).not.toHaveProperty(['/unlinked.html']);
		expect(expected).not.toHaveProperty(['/only-from-print.html']);
	});

	test('a crawl finds the expected pages, and requests nothing else', async () => {
		using folder = new Folder();
		await using site = await WatchedSite.start();
		const crawl = await openCrawl(folder.path, site.url);
		const found = findings(crawl, 'ending');
		await crawl.run();
		expect(found).toEqual(expected);
		const allowed = Object.keys(expected).filter((path) => site.site.pages.get(path)?.isAllowed);
		const twice = ['/reports/flaky.html', '/reports/broken.html'];
		expect(site.requests.toSorted()).toEqual(['/robots.txt', ...allowed, ...twice].toSorted());
		expect(crawl.status).toMatchObject({state: 'completed', counts: {waiting: 0, running: 0, held: 0}});
	});

	test('no request comes between paused and resume, and no page ends', async () => {
		using folder = new Folder();
		await using site = await WatchedSite.start();
		const crawl = await openCrawl(folder.path, site.url);
		const found = findings(crawl, 'ending');
		const done = crawl.run();
		for (let turn = 1; turn <= 3; turn++) {
			await afterPages(crawl, 30);
			const paused = crawl.pause('a look around');
			expect(await paused).toBe(true);
			expect(crawl.status).toMatchObject({state: 'paused', holds: [{reason: 'a look around'}]});
			await site.settle();
			const before = [site.requests.length, Object.keys(found).length];
			await site.settle();
			expect([site.requests.length, Object.keys(found).length]).toEqual(before);
			crawl.resume();
		}
		await done;
		expect(found).toEqual(expected);
		expect(crawl.status.pausedMs).toBeGreaterThan(0);
	});

	test('a pause holds the pages in flight before they are read', async () => {
		using folder = new Folder();
		await using site = await WatchedSite.start();
		site.gate.close();
		const crawl = await openCrawl(folder.path, site.url);
		const done = crawl.run();
		await site.untilRequested('/');
		const states: string[] = [];
		crawl.on('state', ({state, counts}) =>
			states.push(`${state}, ${counts.running} running, ${counts.held} held`),
		);
		expect(await crawl.pause('lunch')).toBe(true);
		site.gate.open();
		await site.untilOpen(0);
		await site.settle();
		expect(states.at(-1)).toBe('paused, 0 running, 1 held');
		expect(crawl.status.counts).toMatchObject({held: 1, done: 0, waiting: 0});
		expect(crawl.status.hosts).toMatchObject([{running: 0, held: 1, done: 0, waiting: 0}]);
		expect(site.requests).toEqual(['/robots.txt', '/']);
		await crawl.stop();
		await done;
	});

	test('a stop aborts the pages in flight and leaves nothing open', async () => {
		using folder = new Folder();
		await using site = await WatchedSite.start();
		const crawl = await openCrawl(folder.path, site.url);
		const done = crawl.run();
		await afterPages(crawl, 20);
		site.gate.close();
		await site.untilOpen(8);
		await crawl.stop('enough');
		await done;
		await site.untilOpen(0);
		const {state, counts} = crawl.status;
		expect({state, running: counts.running}).toEqual({state: 'stopped', running: 0});
		expect(counts.done + counts.redirected + counts.skipped + counts.failed).toBeGreaterThanOrEqual(20);
		expect(counts.waiting).toBeGreaterThanOrEqual(8);
	});

	test('finish lets the pages in flight end, and begins no other', async () => {
		using folder = new Folder();
		await using site = await WatchedSite.start();
		const crawl = await openCrawl(folder.path, site.url);
		const done = crawl.run();
		await afterPages(crawl, 20);
		site.gate.close();
		await site.untilOpen(8);
		const [asked, before] = [site.requests.length, crawl.status.counts.waiting];
		const finished = crawl.finish();
		expect(crawl.status.state).toBe('stopping');
		site.gate.open();
		await finished;
		await done;
		expect(site.requests.length).toBe(asked);
		expect(crawl.status).toMatchObject({state: 'stopped', counts: {running: 0, held: 0}});
		expect(crawl.status.counts.waiting).toBeGreaterThanOrEqual(before);
	});

	test('a stop loses nothing, as the next crawl has the remaining pages', async () => {
		using folder = new Folder();
		await using site = await WatchedSite.start();
		const first = await openCrawl(folder.path, site.url);
		const found = findings(first, 'ending');
		const done = first.run();
		await afterPages(first, 100);
		await first.stop();
		await done;
		const second = await openCrawl(folder.path, site.url);
		const rest = findings(second, 'ending');
		await second.run();
		expect(Object.keys(found).filter((path) => path in rest)).toEqual([]);
		expect({...found, ...rest}).toEqual(expected);
	});

	test('max-pages limits the number of pages that are read', async () => {
		using folder = new Folder();
		await using site = await WatchedSite.start();
		const crawl = await openCrawl(folder.path, site.url, {maxPages: 33});
		await crawl.run();
		expect(crawl.status).toMatchObject({state: 'completed', maxPages: 33, counts: {done: 33}});
	});

	test('no more pages than the given number are in flight', async () => {
		using folder = new Folder();
		await using site = await WatchedSite.start();
		const crawl = await openCrawl(folder.path, site.url, {concurrency: 3});
		const done = crawl.run();
		await afterPages(crawl, 5);
		site.gate.close();
		await site.untilOpen(3);
		await site.settle();
		expect(site.open).toBe(3);
		await crawl.stop();
		await done;
	});
});

describe('a paused crawl', () => {
	test('can be stopped, and is still paused for the same reason when it is started again', async () => {
		using folder = new Folder();
		await using site = await WatchedSite.start();
		const first = await openCrawl(folder.path, site.url);
		const done = first.run();
		await afterPages(first, 20);
		await first.pause('over night');
		const [hold] = first.status.holds;
		await first.stop();
		await done;
		expect(first.status).toMatchObject({state: 'stopped', counts: {running: 0, held: 0}});

		const second = await openCrawl(folder.path, site.url, {maxPages: 30});
		// What was sent before the pause may arrive after it.
		await site.settle();
		const asked = site.requests.length;
		const rest = second.run();
		await site.settle();
		expect(second.status).toMatchObject({state: 'paused', holds: [hold]});
		expect(site.requests.length).toBe(asked);
		second.resume();
		await rest;
		expect(second.status).toMatchObject({state: 'completed', holds: []});
	});

	test('that has begun nothing has nothing in flight', async () => {
		using folder = new Folder();
		await using site = await WatchedSite.start();
		const crawl = await openCrawl(folder.path, site.url, {paused: true});
		const done = crawl.run();
		await site.settle();
		expect(crawl.status).toMatchObject({state: 'paused', counts: {waiting: 1, running: 0, held: 0}});
		expect(site.requests).toEqual([]);
		await crawl.stop();
		await done;
	});

	test('ends its pause at its time, also in the next process', async () => {
		using folder = new Folder();
		await using site = await WatchedSite.start();
		const first = await openCrawl(folder.path, site.url);
		await first.pause('a moment', {until: new Date(Date.now() + 300)});
		await first.stop();
		const second = await openCrawl(folder.path, site.url, {maxPages: 3});
		await second.run();
		expect(second.status).toMatchObject({state: 'completed', holds: [], counts: {done: 3}});
	});

	test('gives up its parked pages at finish()', async () => {
		using folder = new Folder();
		await using site = await WatchedSite.start();
		const crawl = await openCrawl(folder.path, site.url);
		const done = crawl.run();
		await afterPages(crawl, 20);
		await crawl.pause('lunch');
		await crawl.finish();
		await done;
		expect(crawl.status).toMatchObject({state: 'stopped', counts: {running: 0, held: 0}});
	});
});

test('a second crawl into the same folder is refused', async () => {
	using folder = new Folder();
	await using site = await WatchedSite.start();
	const first = await openCrawl(folder.path, site.url);
	await expect(openCrawl(folder.path, site.url)).rejects.toThrow('another process crawls into it');
	await first.stop();
	await using second = await openCrawl(folder.path, site.url);
	expect(second.status.state).toBe('idle');
});

test('a crawl without seeds continues the one in its folder, or is refused', async () => {
	using folder = new Folder();
	await using site = await WatchedSite.start();
	await expect(openCrawl(folder.path, site.url, {seeds: []})).rejects.toThrow('holds no crawl to go on with');
	await (await openCrawl(folder.path, site.url)).stop();
	const crawl = await openCrawl(folder.path, site.url, {seeds: [], maxPages: 3});
	await crawl.run();
	expect(crawl.status.counts.done).toBe(3);
});

test('a bug in the program ends the crawl with its error', async () => {
	using folder = new Folder();
	await using site = await WatchedSite.start();
	const crawl = await openCrawl(folder.path, site.url);
	const mistake = new Error('the disk is full');
	crawl.on('page', () => {
		if (crawl.status.counts.done >= 10) throw mistake;
	});
	await expect(crawl.run()).rejects.toBe(mistake);
	expect(crawl.status).toMatchObject({state: 'failed', counts: {running: 0, held: 0}});
	await using next = await openCrawl(folder.path, site.url);
	expect(next.status.counts.done).toBeGreaterThanOrEqual(10);
});

test('hosts that come and go are visited once, and max-pages holds over all of them', async () => {
	using folder = new Folder();
	const [hosts, pages] = [150, 150];
	const urlOf = (n: number): string => `http://host${n % hosts}.invalid/${n}`;
	const web: typeof fetch = async (input) => {
		const n = Number(new URL(String(input)).pathname.slice(1));
		if (Number.isNaN(n)) return new Response('', {status: 404});
		// A web without an end: each host has one page, then some more.
		const links = Array.from({length: 30}, (_, step) => `<a href="${urlOf(n * 30 + step)}">x</a>`);
		return new Response(links.join(''), {headers: {'content-type': 'text/html'}});
	};
	const seeds = Array.from({length: hosts}, (_, n) => urlOf(n));
	const crawl = await openCrawl(folder.path, seeds, {fetch: web, concurrency: 16, maxPages: pages});
	const found = findings(crawl, 'ending');
	await crawl.run();
	expect(Object.keys(found).length).toBe(pages);
	expect(crawl.status.counts.done).toBe(pages);
});

test('a crawl that has ended accepts no more commands', async () => {
	using folder = new Folder();
	await using site = await WatchedSite.start();
	const crawl = await openCrawl(folder.path, site.url, {maxPages: 1});
	await crawl.run();
	const {host} = new URL(site.url);
	expect([await crawl.pause('late'), await crawl.pause('late', {host})]).toEqual([false, false]);
	expect([crawl.resume(), crawl.resume({host})]).toEqual([false, false]);
	await Promise.all([crawl.stop(), crawl.finish()]);
	expect(crawl.status).toMatchObject({state: 'completed', counts: {done: 1}});
});

const page = (html: string) => ({'content-type': 'text/html', 'content-length': Buffer.byteLength(html)});

describe('difficult servers', () => {
	test('the host to which the start page redirects is the site', async () => {
		using folder = new Folder();
		await using there = await serve((request, response) => {
			const html = '<a href="/b">b</a>';
			response.writeHead(request.url === '/robots.txt' ? 404 : 200, page(html)).end(html);
		});
		await using here = await serve((request, response) => {
			const status = request.url === '/robots.txt' ? 404 : 302;
			response.writeHead(status, {location: `${there.origin}/a`}).end();
		});
		const crawl = await openCrawl(folder.path, here.origin);
		const found = findings(crawl, 'ending');
		await crawl.run();
		expect(found).toEqual({'/': 'redirect', '/a': 'page', '/b': 'page'});
	});

	test.each([
		['a robots.txt that fails forbids all', 500, 'robots.txt: HTTP 500'],
		['a robots.txt that forbids all', 200, 'robots.txt'],
	])('%s', async (_title, status, reason) => {
		using folder = new Folder();
		const requests: (string | undefined)[] = [];
		await using server = await serve((request, response) => {
			requests.push(request.url);
			response.writeHead(status).end('User-agent: *\nDisallow: /');
		});
		const crawl = await openCrawl(folder.path, server.origin);
		await expect(crawl.run()).rejects.toThrow(`${server.origin}/: ${reason}`);
		expect(crawl.status.state).toBe('failed');
		expect(new Set(requests)).toEqual(new Set(['/robots.txt']));
	});

	test('each fault has its reason', async () => {
		using folder = new Folder();
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
		const crawl = await openCrawl(folder.path, server.origin, {timeoutMs: 300, attempts: 1});
		const why = findings(crawl, 'error');
		await crawl.run();
		expect(why).toEqual({
			'/': undefined,
			'/reset': 'connection lost',
			'/silent': 'timed out',
			'/cut': 'connection lost',
			'/pdf': 'not HTML: application/pdf',
			'/nowhere': 'HTTP 302',
		});
	});

	test('the crawl sends its user agent, and reads other charsets', async () => {
		using folder = new Folder();
		const agents = new Set<string | undefined>();
		await using server = await serve((request, response) => {
			agents.add(request.headers['user-agent']);
			const status = request.url === '/robots.txt' ? 404 : 200;
			response.writeHead(status, {'content-type': 'text/html; charset=iso-8859-1'});
			response.end(Buffer.from('<title>Caf\u00E9</title><a href="/caf\u00E9">x</a>', 'latin1'));
		});
		const crawl = await openCrawl(folder.path, server.origin);
		const titles = findings(crawl, 'title');
		await crawl.run();
		expect(titles).toEqual({'/': 'Caf\u00E9', '/caf%C3%A9': 'Caf\u00E9'});
		expect(agents).toEqual(new Set(['test-bot/1.0']));
	});
});
