import {EventEmitter, once} from 'node:events';
import type {RequestListener, ServerResponse} from 'node:http';
import {describe, expect, jest, test} from '@jest/globals';
import {Gate} from 'pausable-signal';
import type {Crawl} from '../../examples/crawler/engine/crawl.ts';
import {CrawlReader} from '../../examples/crawler/engine/reading.ts';
import {retryAfter} from '../../examples/crawler/engine/retry-after.ts';
import type {CrawlHold, HostStatus} from '../../examples/crawler/status.ts';
import {afterPages, findings, Folder, openCrawl} from './crawler-lab.ts';
import {anchors, serve, servePages, type Pages} from './watched-site.ts';

// For machines that are busy with other things.
jest.setTimeout(30_000);

const hour = 3_600_000;

function refuse(response: ServerResponse, after?: string): void {
	response.writeHead(429, after === undefined ? {} : {'retry-after': after}).end();
}

function held(crawl: Crawl): readonly CrawlHold[] {
	return crawl.status.hosts.flatMap(({holds}) => holds);
}

async function untilHeld(crawl: Crawl): Promise<HostStatus> {
	for (;;) {
		const [status] = (await once(crawl, 'host')) as [HostStatus];
		if (status.holds.length > 0) return status;
	}
}

/** A host that refuses everything, for an hour. */
const refusing: Pages = {'/': (_request, response) => refuse(response, '3600')};

describe('Retry-After', () => {
	const now = Date.UTC(2030, 0, 1);

	test.each([
		['seconds', '120', now + 120_000],
		['a date', 'Tue, 01 Jan 2030 00:05:00 GMT', now + 300_000],
		['E6: a date as it was written once', 'Tuesday, 01-Jan-30 00:05:00 GMT', now + 300_000],
		['E6: a date of C', 'Tue Jan  1 00:05:00 2030', now + 300_000],
		['E6: a date that has passed', 'Mon, 31 Dec 2029 00:00:00 GMT', undefined],
		['E6: a date of another kind', '2030-01-01T00:05:00Z', undefined],
		['E6: no time at all', '0', undefined],
		['E6: seconds with a fraction', '1.5', now + 2000],
		['E6: less than a second', '0.5', now + 1000],
		['E6: a negative number', '-1', undefined],
		['E6: a number with a sign', '+3', undefined],
		['E6: a number with a comma', '1,5', undefined],
		['E6: two headers', '5, 120', now + 120_000],
		['E6: two dates', 'Tue, 01 Jan 2030 00:05:00 GMT, Tue, 01 Jan 2030 00:02:00 GMT', now + 300_000],
		['E6: a date and rubbish', 'soon, Tue, 01 Jan 2030 00:05:00 GMT', now + 300_000],
		['more than a day', '9999999', now + 24 * hour],
		['E6: digits without an end', '9'.repeat(400), now + 24 * hour],
		['rubbish', 'soon', undefined],
		['nothing', null, undefined],
	])('%s', (_title, header, expected) => {
		expect(retryAfter(header, now)).toBe(expected);
	});
});

describe('a host that refuses', () => {
	test.each(['0', '-1', '1,5', 'Mon, 31 Dec 2018 00:00:00 GMT'])(
		'E6: with a Retry-After of %s is left alone for longer each time',
		async (after) => {
			using folder = new Folder();
			let asked = 0;
			await using busy = await servePages({
				'/': (_request, response) =>
					++asked > 3
						? void response.writeHead(200, {'content-type': 'text/html'}).end()
						: refuse(response, after),
			});
			const crawl = await openCrawl(folder.path, busy.origin, {backOff: {baseMs: 200, maxMs: 1000}});
			const spans: number[] = [];
			crawl.on('host', ({holds: [hold]}) => {
				if (hold !== undefined) spans.push((hold.until ?? 0) - hold.since);
			});
			await crawl.run();
			expect(crawl.status.counts).toMatchObject({done: 1, failed: 0});
			expect(spans).toHaveLength(3);
			for (const [strike, ms] of spans.entries()) expect(ms).toBeGreaterThanOrEqual(100 * 2 ** strike);
		},
	);

	test('is held until its Retry-After, and no other host is', async () => {
		using folder = new Folder();
		await using busy = await servePages(refusing);
		await using calm = await servePages({'/': anchors('/a'), '/a': ''});
		const crawl = await openCrawl(folder.path, [busy.origin, calm.origin]);
		const found = findings(crawl, 'ending');
		const done = crawl.run();
		const {host, holds} = await untilHeld(crawl);
		expect(busy.origin).toContain(host);
		expect(holds).toEqual([
			{by: 'server', reason: 'HTTP 429', since: expect.any(Number), until: expect.any(Number)},
		]);
		const [{since, until}] = holds as [CrawlHold & {until: number}];
		expect(Math.abs(until - since - hour)).toBeLessThan(60_000);
		while (crawl.status.counts.done < 2) await once(crawl, 'page');
		expect(found).toEqual({'/': 'page', '/a': 'page'});
		expect(crawl.status).toMatchObject({state: 'running', holds: [], counts: {waiting: 1}});
		await crawl.stop();
		await done;
	});

	test('gets one request at a time afterwards: several refusals count as one, and the rate recovers slowly', async () => {
		using folder = new Folder();
		const waiting: ServerResponse[] = [];
		let isStorm = true;
		let open = 0;
		const openThen: number[] = [];
		const paths = Array.from({length: 12}, (_, n) => `/${n}`);
		await using server = await serve((request, response) => {
			if (request.url === '/robots.txt') return void response.writeHead(404).end();
			if (request.url === '/')
				return void response.writeHead(200, {'content-type': 'text/html'}).end(anchors(...paths));
			if (isStorm) {
				waiting.push(response);
				if (waiting.length === 4) {
					isStorm = false;
					for (const one of waiting) refuse(one);
				}
				return undefined;
			}
			openThen.push(++open);
			return void (async () => {
				// Requests beside it would arrive before these.
				for (let ping = 0; ping < 5; ping++) await (await fetch(`${server.origin}/robots.txt`)).text();
				open--;
				response.writeHead(200, {'content-type': 'text/html'}).end();
			})();
		});
		const backOff = {baseMs: 300, maxMs: 300};
		const crawl = await openCrawl(folder.path, server.origin, {perHost: 4, backOff});
		const holds: (readonly CrawlHold[])[] = [];
		crawl.on('host', (status) => holds.push(status.holds));
		await crawl.run();
		expect(holds.map(({length}) => length)).toEqual([1, 0]);
		// One after the other, as every answer lets one more come.
		expect(openThen.slice(0, 2)).toEqual([1, 1]);
		expect(Math.max(...openThen)).toBeLessThanOrEqual(4);
		expect(openThen.length).toBe(paths.length);
		expect(crawl.status.counts).toMatchObject({done: 13, failed: 0});
	});

	test('cannot be resumed by the user, and does not end the user’s pause', async () => {
		using folder = new Folder();
		let answers = 0;
		await using server = await servePages({
			'/': (_request, response) => {
				if (answers++ === 0) refuse(response);
				else response.writeHead(200, {'content-type': 'text/html'}).end();
			},
		});
		const crawl = await openCrawl(folder.path, server.origin, {backOff: {baseMs: 2000, maxMs: 2000}});
		const done = crawl.run();
		const {host, holds} = await untilHeld(crawl);
		expect(crawl.resume({host})).toBe(false);
		expect(crawl.resume()).toBe(false);
		expect(held(crawl)).toEqual(holds);
		expect(await crawl.pause('mine', {host})).toBe(true);
		expect(held(crawl).map(({by, reason}) => [by, reason])).toEqual([
			['user', 'mine'],
			['server', 'HTTP 429'],
		]);
		// The back-off is over.
		await once(crawl, 'host');
		expect(held(crawl).map(({reason}) => reason)).toEqual(['mine']);
		expect(answers).toBe(1);
		expect(crawl.resume({host})).toBe(true);
		await done;
		expect(crawl.status.counts.done).toBe(1);
	});

	test('is left alone by the next process, too, and so is a host that the user paused', async () => {
		using folder = new Folder();
		let asked = 0;
		const counted: Pages = {
			'/': (_request, response) => {
				asked++;
				refuse(response, '3600');
			},
		};
		await using busy = await servePages(counted);
		await using other = await servePages(counted);
		const seeds = [busy.origin, other.origin];
		const first = await openCrawl(folder.path, seeds);
		await first.pause('not today', {host: new URL(other.origin).host});
		void first.run();
		await untilHeld(first);
		expect(asked).toBe(1);
		await first.stop();

		const second = await openCrawl(folder.path, seeds);
		const done = second.run();
		const holds = held(second);
		const reasons = holds.map(({by, reason}) => `${by}: ${reason}`);
		expect(reasons.toSorted()).toEqual(['server: HTTP 429', 'user: not today']);
		await (await fetch(busy.origin)).text();
		// That one was ours.
		expect(asked).toBe(2);
		await second.stop();
		await done;
		// A reader of the folder sees the same.
		using reader = new CrawlReader(folder.path);
		const saved = reader.status.hosts.flatMap((one) => one.holds);
		expect(saved).toEqual(expect.arrayContaining([...holds]));
		expect(saved).toHaveLength(2);
	});

	test('takes no slots from other hosts, even if many refuse', async () => {
		using folder = new Folder();
		const web: typeof fetch = async (input) => {
			const {host, pathname} = new URL(String(input));
			if (pathname === '/robots.txt') return new Response('', {status: 404});
			const status = host.startsWith('busy') ? 429 : 200;
			return new Response('', {status, headers: {'retry-after': '3600', 'content-type': 'text/html'}});
		};
		const seeds = ['busy1', 'busy2', 'busy3', 'calm1', 'calm2'].map((name) => `http://${name}.invalid/`);
		const crawl = await openCrawl(folder.path, seeds, {fetch: web, hostsInMemory: 2});
		const done = crawl.run();
		while (crawl.status.counts.done < 2) await once(crawl, 'page');
		expect(held(crawl).length).toBe(3);
		await crawl.stop();
		await done;
	});

	test('takes nothing from the page limit of other hosts', async () => {
		using folder = new Folder();
		const [first, second] = [new Gate(false), new Gate(false)];
		const paths = Array.from({length: 9}, (_, n) => `/${n}`);
		const web: typeof fetch = async (input) => {
			const {host, pathname} = new URL(String(input));
			if (pathname === '/robots.txt') return new Response('', {status: 404});
			if (pathname !== '/') await (host === 'held.invalid' ? first : second).wait();
			return new Response(anchors(...paths), {headers: {'content-type': 'text/html'}});
		};
		const seeds = ['http://held.invalid/', 'http://other.invalid/'];
		const options = {fetch: web, perHost: 1, concurrency: 2, maxPages: 8};
		const crawl = await openCrawl(folder.path, seeds, options);
		const found: string[] = [];
		crawl.on('page', ({url}) => found.push(new URL(url).host));
		const done = crawl.run();
		while (crawl.status.counts.done < 2) await once(crawl, 'page');
		const isPaused = crawl.pause('user', {host: 'held.invalid'});
		first.open();
		second.open();
		expect(await isPaused).toBe(true);
		// The last one is kept for the host that is held.
		while (found.filter((host) => host === 'other.invalid').length < 6) await once(crawl, 'page');
		expect(crawl.status).toMatchObject({state: 'running', counts: {done: 7}});
		crawl.resume({host: 'held.invalid'});
		await done;
		expect(crawl.status.counts.done).toBe(8);
	});

	test('is still crawled when no other host has pages left', async () => {
		using folder = new Folder();
		await using server = await servePages({'/': anchors('/a', '/b'), '/a': '', '/b': ''});
		const crawl = await openCrawl(folder.path, server.origin, {delayMs: hour});
		const done = crawl.run();
		await afterPages(crawl, 1);
		// Until the page's task has ended, too: then nothing of the crawl is in flight.
		for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
		expect(await crawl.pause('user', {host: new URL(server.origin).host})).toBe(true);
		for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
		expect(crawl.status).toMatchObject({state: 'running', counts: {done: 1, waiting: 2, running: 0}});
		await crawl.stop();
		await done;
	});

	test('does not delay finish()', async () => {
		using folder = new Folder();
		const asked: ServerResponse[] = [];
		const requests = new EventEmitter();
		const keep: RequestListener = (_request, response) => {
			asked.push(response);
			requests.emit('asked');
		};
		await using server = await servePages({'/': anchors('/a', '/b'), '/a': keep, '/b': keep});
		const crawl = await openCrawl(folder.path, server.origin);
		const done = crawl.run();
		while (asked.length < 2) await once(requests, 'asked');
		const finished = crawl.finish();
		refuse(asked[0] as ServerResponse, '3600');
		await finished;
		await done;
		expect(crawl.status).toMatchObject({
			state: 'stopped',
			counts: {done: 1, waiting: 2, running: 0, held: 0},
		});
		using reader = new CrawlReader(folder.path);
		expect(reader.status.hosts[0]?.holds).toMatchObject([{by: 'server', reason: 'HTTP 429'}]);
	});

	test('fails a page that it refuses for ever', async () => {
		using folder = new Folder();
		await using server = await servePages({
			'/': anchors('/no', '/yes'),
			'/no': (_request, response) => refuse(response, '0'),
			'/yes': '',
		});
		const crawl = await openCrawl(folder.path, server.origin, {refusals: 3});
		const why = findings(crawl, 'error');
		await crawl.run();
		expect(why).toEqual({'/': undefined, '/yes': undefined, '/no': 'HTTP 429'});
	});
});

describe('robots.txt', () => {
	const robots =
		(text: string): RequestListener =>
		(_request, response) =>
			response.writeHead(200).end(text);

	test('a crawl delay keeps visits apart, and robots.txt is requested once', async () => {
		using folder = new Folder();
		const delay = 100;
		const pages = ['/1', '/2', '/3', '/4', '/5'];
		await using server = await servePages({
			'/robots.txt': robots(`User-agent: *\nCrawl-delay: ${delay / 1000}`),
			'/': anchors(...pages),
			...Object.fromEntries(pages.map((path) => [path, ''])),
		});
		const starts: [string, number][] = [];
		const noted: typeof fetch = (input, init) => {
			starts.push([new URL(String(input)).pathname, performance.now()]);
			return fetch(input, init);
		};
		const crawl = await openCrawl(folder.path, server.origin, {fetch: noted});
		await crawl.run();
		const [[first] = ['']] = starts;
		expect(first).toBe('/robots.txt');
		const visits = starts.slice(1).map(([, at]) => at);
		expect(visits.length).toBe(6);
		const span = (visits.at(-1) ?? 0) - (visits[0] ?? 0);
		// A timer may be early by a little.
		expect(span).toBeGreaterThan(5 * delay * 0.9);
	});

	test('a server that fails to send robots.txt is asked again, for longer than for a page', async () => {
		using folder = new Folder();
		let asked = 0;
		await using server = await servePages({
			'/robots.txt': (_request, response) => void response.writeHead(++asked < 6 ? 500 : 404).end(),
			'/': '',
		});
		const crawl = await openCrawl(folder.path, server.origin, {attempts: 1});
		await crawl.run();
		expect(asked).toBe(6);
		expect(crawl.status.counts).toMatchObject({done: 1, failed: 0});
	});

	test('is not requested again by the next process', async () => {
		using folder = new Folder();
		let asked = 0;
		await using server = await servePages({
			'/robots.txt': (_request, response) => {
				asked++;
				response.writeHead(200).end('User-agent: *\nDisallow: /no');
			},
			'/': anchors('/no', '/yes'),
			'/yes': '',
		});
		await (await openCrawl(folder.path, server.origin, {maxPages: 1})).run();
		const crawl = await openCrawl(folder.path, server.origin);
		const found = findings(crawl, 'ending');
		await crawl.run();
		expect(found).toEqual({'/no': 'skipped', '/yes': 'page'});
		expect(asked).toBe(1);
	});

	test('is not obeyed with ignoreRobots, and neither is nofollow', async () => {
		using folder = new Folder();
		await using server = await servePages({
			'/robots.txt': robots('User-agent: *\nDisallow: /'),
			'/': '<meta name="robots" content="nofollow"><a rel="nofollow" href="/a">x</a>',
			'/a': '',
		});
		const crawl = await openCrawl(folder.path, server.origin, {ignoreRobots: true});
		const found = findings(crawl, 'ending');
		await crawl.run();
		expect(found).toEqual({'/': 'page', '/a': 'page'});
	});

	test('can arrive during a pause, and the visit waits for the resume', async () => {
		using folder = new Folder();
		const requests = new EventEmitter();
		await using server = await servePages({
			'/robots.txt': (_request, response) => void requests.emit('robots', response),
			'/': '',
		});
		const crawl = await openCrawl(folder.path, server.origin);
		const asked = once(requests, 'robots');
		const done = crawl.run();
		const [response] = (await asked) as [ServerResponse];
		expect(await crawl.pause('lunch')).toBe(true);
		response.writeHead(404).end();
		await (await fetch(server.origin)).text();
		expect(crawl.status).toMatchObject({state: 'paused', counts: {held: 1, done: 0}});
		crawl.resume();
		await done;
		expect(crawl.status.counts.done).toBe(1);
	});
});
