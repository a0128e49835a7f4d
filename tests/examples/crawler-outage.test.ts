import {once} from 'node:events';
import {createServer, type RequestListener, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {describe, expect, jest, test} from '@jest/globals';
import {run} from '../../examples/crawler/app.ts';
import type {Crawl} from '../../examples/crawler/engine/crawl.ts';
import {CrawlReader} from '../../examples/crawler/engine/reading.ts';
import type {HostStatus} from '../../examples/crawler/status.ts';
import {FakeHost} from './crawler-app-kit.ts';
import {afterPages, findings, Folder, openCrawl} from './crawler-lab.ts';
import {anchors, servePages} from './watched-site.ts';

// For machines that are busy with other things.
jest.setTimeout(60_000);

/** A server that can go away, and come back in the same place. */
class ShakyServer implements AsyncDisposable {
	readonly #answer: RequestListener;
	#server: Server | undefined;
	#port = 0;

	private constructor(answer: RequestListener) {
		this.#answer = answer;
	}

	static async start(answer: RequestListener): Promise<ShakyServer> {
		const shaky = new ShakyServer(answer);
		await shaky.comeBack();
		return shaky;
	}

	get origin(): string {
		return `http://127.0.0.1:${this.#port}`;
	}

	async comeBack(): Promise<void> {
		const server = createServer(this.#answer);
		server.listen(this.#port, '127.0.0.1');
		await once(server, 'listening');
		this.#port = (server.address() as AddressInfo).port;
		this.#server = server;
	}

	async goAway(): Promise<void> {
		const server = this.#server;
		if (server === undefined) return;
		this.#server = undefined;
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.goAway();
	}
}

const paths = Array.from({length: 12}, (_, n) => `/${n}`);

/** A page with links to twelve others. */
const mesh: RequestListener = (request, response) => {
	if (request.url === '/robots.txt') {
		response.writeHead(404).end();
		return;
	}
	response.writeHead(200, {'content-type': 'text/html'}).end(request.url === '/' ? anchors(...paths) : '');
};

const quick = {backOff: {baseMs: 4, maxMs: 16}};

async function untilHeld(crawl: Crawl): Promise<HostStatus> {
	for (;;) {
		const [status] = (await once(crawl, 'host')) as [HostStatus];
		if (status.holds.length > 0) return status;
	}
}

describe('a host that gives no answer', () => {
	test('E3: is held, and loses no page, when it goes away in the middle', async () => {
		using folder = new Folder();
		await using server = await ShakyServer.start(mesh);
		const crawl = await openCrawl(folder.path, server.origin, {...quick, perHost: 2, silences: 1000});
		const found = findings(crawl, 'ending');
		const done = crawl.run();
		await afterPages(crawl, 3);
		const held = untilHeld(crawl);
		await server.goAway();
		expect((await held).holds).toEqual([
			{
				by: 'server',
				reason: expect.stringMatching(/^no answer: (ECONNREFUSED|connection lost)$/),
				since: expect.any(Number),
				until: expect.any(Number),
			},
		]);
		await untilHeld(crawl);
		await server.comeBack();
		await done;
		expect(crawl.status).toMatchObject({state: 'completed', counts: {done: 13, failed: 0, waiting: 0}});
		expect(Object.values(found)).toEqual(Array.from({length: 13}, () => 'page'));
	});

	test('E3: is held when it is already away at the start, too', async () => {
		using folder = new Folder();
		await using server = await ShakyServer.start(mesh);
		await server.goAway();
		const crawl = await openCrawl(folder.path, server.origin, {...quick, silences: 1000});
		const done = crawl.run();
		await untilHeld(crawl);
		await untilHeld(crawl);
		await server.comeBack();
		await done;
		expect(crawl.status).toMatchObject({state: 'completed', counts: {done: 13, failed: 0}});
	});

	test('E3: is left alone for longer each time', async () => {
		using folder = new Folder();
		await using server = await ShakyServer.start(mesh);
		await server.goAway();
		const crawl = await openCrawl(folder.path, server.origin, {
			backOff: {baseMs: 16, maxMs: 10_000},
			silences: 4,
		});
		const spans: number[] = [];
		crawl.on('host', ({holds: [hold]}) => {
			if (hold?.until !== undefined) spans.push(hold.until - hold.since);
		});
		await expect(crawl.run()).rejects.toThrow('no answer: ECONNREFUSED');
		expect(spans).toHaveLength(4);
		for (const [strike, ms] of spans.entries()) expect(ms).toBeGreaterThanOrEqual(8 * 2 ** strike);
	});

	test('E3: is finally given up for this run, and its pages wait for the next run', async () => {
		using folder = new Folder();
		await using server = await ShakyServer.start(mesh);
		const crawl = await openCrawl(folder.path, server.origin, {...quick, perHost: 2, silences: 2});
		const done = crawl.run();
		await afterPages(crawl, 3);
		await server.goAway();
		await done;
		const {counts, hosts, state} = crawl.status;
		expect(state).toBe('stopped');
		expect(counts.failed).toBe(0);
		expect(counts.done + counts.waiting).toBe(13);
		expect(hosts[0]?.holds).toMatchObject([{by: 'server', until: undefined}]);
		await server.comeBack();
		const again = await openCrawl(folder.path, server.origin);
		expect(again.status.hosts[0]?.holds).toEqual([]);
		await again.run();
		expect(again.status).toMatchObject({state: 'completed', counts: {done: 13, failed: 0}});
	});

	test('E3: ends the program with an error that names it, and the same command continues', async () => {
		using folder = new Folder();
		await using server = await ShakyServer.start(mesh);
		await server.goAway();
		const crawl = await openCrawl(folder.path, server.origin, {...quick, silences: 1});
		await expect(crawl.run()).rejects.toThrow(`${server.origin}: no answer: ECONNREFUSED`);
		await server.comeBack();
		const host = new FakeHost();
		expect(await run([server.origin, '--dir', folder.path], host)).toBe(0);
	});

	test('E3: does not hold the others', async () => {
		using folder = new Folder();
		await using server = await ShakyServer.start(mesh);
		await using calm = await servePages({'/': anchors('/a'), '/a': ''});
		await server.goAway();
		const crawl = await openCrawl(folder.path, [server.origin, calm.origin], {...quick, silences: 1});
		await crawl.run();
		expect(crawl.status).toMatchObject({state: 'stopped', counts: {done: 2, waiting: 1, failed: 0}});
	});

	test('E3: loses its hold with the process, as the next one may be on another network', async () => {
		using folder = new Folder();
		await using server = await ShakyServer.start(mesh);
		await server.goAway();
		const crawl = await openCrawl(folder.path, server.origin, {
			backOff: {baseMs: 3_600_000, maxMs: 3_600_000},
		});
		const done = crawl.run();
		await untilHeld(crawl);
		await crawl.stop();
		await done;
		await server.comeBack();
		const again = await openCrawl(folder.path, []);
		await again.run();
		expect(again.status.counts).toMatchObject({done: 13, failed: 0});
	});

	test('E3: can be paused, and ended, while it is held', async () => {
		using folder = new Folder();
		await using server = await ShakyServer.start(mesh);
		const crawl = await openCrawl(folder.path, server.origin, {
			backOff: {baseMs: 3_600_000, maxMs: 3_600_000},
		});
		const done = crawl.run();
		await afterPages(crawl, 2);
		await server.goAway();
		await untilHeld(crawl);
		expect(await crawl.pause('lunch')).toBe(true);
		crawl.resume();
		await crawl.finish();
		await done;
		expect(crawl.status.state).toBe('stopped');
		expect(crawl.status.counts.failed).toBe(0);
	});

	test('E3: is not held for a single page that gets no answer, which fails alone', async () => {
		using folder = new Folder();
		let asked = 0;
		await using server = await servePages({
			'/': anchors('/reset', '/a', '/b'),
			'/a': '',
			'/b': '',
			'/reset': (_request, response) => {
				asked++;
				response.socket?.resetAndDestroy();
			},
		});
		const crawl = await openCrawl(folder.path, server.origin, {perHost: 1, attempts: 3});
		const why = findings(crawl, 'error');
		let holds = 0;
		crawl.on('host', () => holds++);
		await crawl.run();
		expect(why).toEqual({'/': undefined, '/a': undefined, '/b': undefined, '/reset': 'connection lost'});
		expect(holds).toBe(0);
		// Once more after the host has shown that it is there.
		expect(asked).toBe(4);
		using reader = new CrawlReader(folder.path);
		expect([...reader.pages()].find(({error}) => error !== undefined)?.attempts).toBe(4);
	});
});

describe('--retry-failed', () => {
	test('E3: lets failed pages wait again, and only those', async () => {
		using folder = new Folder();
		let isWell = false;
		const asked: string[] = [];
		await using server = await servePages({
			'/': (request, response) => {
				asked.push(request.url ?? '');
				response.writeHead(200, {'content-type': 'text/html'}).end(anchors('/a', '/b', '/no'));
			},
			'/a': (request, response) => {
				asked.push(request.url ?? '');
				response.writeHead(isWell ? 200 : 500, {'content-type': 'text/html'}).end(anchors('/c'));
			},
			'/c': '',
			'/b': (_request, response) => void response.writeHead(200, {'content-type': 'image/png'}).end(),
		});
		const first = await openCrawl(folder.path, server.origin, {attempts: 1});
		await first.run();
		expect(first.status.counts).toMatchObject({done: 1, failed: 2, skipped: 1});
		isWell = true;
		asked.length = 0;
		const again = await openCrawl(folder.path, [], {retryFailed: true});
		expect(again.status.counts).toMatchObject({done: 1, failed: 0, skipped: 1, waiting: 2});
		await again.run();
		expect(again.status.counts).toMatchObject({done: 3, failed: 1, skipped: 1, waiting: 0});
		expect(asked).toEqual(['/a']);
	});

	test('E3: is the advice of the program when nothing else is left', async () => {
		using folder = new Folder();
		let isWell = false;
		await using server = await servePages({
			'/': (_request, response) =>
				void response.writeHead(isWell ? 200 : 404, {'content-type': 'text/html'}).end(),
		});
		expect(await run([server.origin, '--dir', folder.path], new FakeHost())).toBe(1);
		isWell = true;
		const [again, last] = [new FakeHost(), new FakeHost()];
		expect(await run([server.origin, '--dir', folder.path], again)).toBe(1);
		expect(again.stderr.text).toContain(`(${server.origin}/: HTTP 404): --retry-failed asks again`);
		expect(await run(['--retry-failed', '--dir', folder.path], last)).toBe(0);
	});

	test('E3: does not bring back pages that are now out of bounds', async () => {
		using folder = new Folder();
		await using server = await servePages({'/': anchors('/a', '/b')});
		await (await openCrawl(folder.path, server.origin)).run();
		const again = await openCrawl(folder.path, [], {retryFailed: true, exclude: /\/a$/});
		expect(again.status.counts).toMatchObject({done: 1, failed: 0, waiting: 1});
		await again.run();
		expect(again.status.counts).toMatchObject({done: 1, failed: 1, waiting: 0});
	});

	test('does not go with --fresh', async () => {
		const host = new FakeHost();
		expect(await run(['--fresh', '--retry-failed', '--dir', 'x'], host)).toBe(2);
		expect(host.stderr.text).toContain('expected --fresh or --retry-failed, got both');
	});
});
