import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, statSync} from 'node:fs';
import {join} from 'node:path';
import process from 'node:process';
import {fileURLToPath} from 'node:url';
import {Worker} from 'node:worker_threads';
import {describe, expect, jest, test} from '@jest/globals';
import {run} from '../../examples/crawler/app.ts';
import {CrawlReader} from '../../examples/crawler/engine/reading.ts';
import {FakeHost} from './crawler-app-kit.ts';
import {findings, Folder, openCrawl} from './crawler-lab.ts';
import {anchors, servePages, type Pages} from './watched-site.ts';

// For machines that are busy with other things.
jest.setTimeout(60_000);

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs the program in a shell, `"$@"` in the script; resolves with its code and output. */
async function shell(
	script: string,
	args: readonly string[],
	options: {uid?: number; gid?: number} = {},
): Promise<{code: number | null; stderr: string}> {
	const program = [process.execPath, '--import', 'tsx', 'examples/crawler/main.ts'];
	const child = spawn('/bin/sh', ['-c', script, 'sh', ...program, ...args], {
		cwd: root,
		stdio: ['ignore', 'ignore', 'pipe'],
		...options,
	});
	let stderr = '';
	child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
	const [code] = (await once(child, 'close')) as [number | null];
	return {code, stderr};
}

const ok = {headers: {'content-type': 'text/html'}};

/** A fetch that does strange things at `/odd`, and is right elsewhere. */
function oddFetch(odd: () => Promise<Response>): typeof fetch {
	return async (input) => {
		const {pathname} = new URL(String(input));
		if (pathname === '/robots.txt') return new Response('', {status: 404});
		return pathname === '/odd' ? odd() : new Response(pathname === '/' ? anchors('/odd', '/a') : '', ok);
	};
}

function badMessage(): object {
	return {
		get message(): string {
			throw new Error('not even a message');
		},
	};
}

function brokenBody(error: unknown): Response {
	const pull = async (): Promise<void> => {
		throw error;
	};
	return new Response(new ReadableStream({pull}, {highWaterMark: 0}), ok);
}

describe('an error that a server makes fetch throw', () => {
	const throwing = (error: unknown) => async (): Promise<Response> => {
		throw error;
	};
	test.each<[string, () => Promise<Response>, string]>([
		['a TypeError without a cause', throwing(new TypeError('ByteString')), 'ByteString'],
		['an error of the parser', throwing(new RangeError('two\n  lines')), 'two lines'],
		['an AbortError of its own', throwing(new DOMException('mine', 'AbortError')), 'mine'],
		['a cause without a code', throwing(new TypeError('no', {cause: 'a string'})), 'a string'],
		['nothing', throwing(undefined), 'unknown error'],
		['null', throwing(null), 'unknown error'],
		['a text', throwing('no'), 'no'],
		['an error that throws when it is read', throwing(badMessage()), 'unknown error'],
		['an error without an end', throwing(new Error('x'.repeat(100_000))), 'x'.repeat(200)],
		['an error in the body', async () => brokenBody(new RangeError('body')), 'connection lost'],
		['nothing in the body', async () => brokenBody(undefined), 'connection lost'],
	])('E1: %s fails only that page', async (_title, odd, reason) => {
		using folder = new Folder();
		const crawl = await openCrawl(folder.path, 'http://site.example/', {fetch: oddFetch(odd), attempts: 1});
		const why = findings(crawl, 'error');
		await crawl.run();
		expect(why).toEqual({'/': undefined, '/a': undefined, '/odd': expect.stringContaining(reason)});
		expect(crawl.status).toMatchObject({state: 'completed', counts: {done: 2, failed: 1, waiting: 0}});
	});

	test('E1: in robots.txt fails the pages of its host, and no other host', async () => {
		using folder = new Folder();
		const odd: typeof fetch = async (input) => {
			const {host, pathname} = new URL(String(input));
			if (host === 'odd.example' && pathname === '/robots.txt') throw new RangeError('odd');
			return new Response('', pathname === '/robots.txt' ? {status: 404} : ok);
		};
		const seeds = ['http://odd.example/', 'http://site.example/'];
		const crawl = await openCrawl(folder.path, seeds, {fetch: odd});
		const pages: Record<string, string | undefined> = {};
		crawl.on('page', ({url, error}) => (pages[url] = error));
		await crawl.run();
		expect(pages).toEqual({'http://odd.example/': 'robots.txt: odd', 'http://site.example/': undefined});
	});

	test('E1: a result that the store does not accept is a failure, too', async () => {
		using folder = new Folder();
		const odd = async (): Promise<Response> => {
			const response = new Response('', ok);
			response.headers.get = (name) => ({name}) as unknown as string;
			return response;
		};
		const crawl = await openCrawl(folder.path, 'http://site.example/', {fetch: oddFetch(odd), attempts: 1});
		await crawl.run();
		expect(crawl.status).toMatchObject({state: 'completed', counts: {waiting: 0}});
	});
});

/** Keeps the database of a folder to itself in another thread, as another program would. */
async function occupy(dir: string, ms: number): Promise<AsyncDisposable> {
	const source = `
		const {parentPort, workerData} = require('node:worker_threads');
		const Libsql = require('libsql');
		const db = new Libsql(workerData.file);
		db.exec('BEGIN IMMEDIATE');
		parentPort.postMessage('mine');
		setTimeout(() => { db.exec('COMMIT'); db.close(); }, workerData.ms);`;
	const worker = new Worker(source, {eval: true, workerData: {file: join(dir, 'crawl.db'), ms}});
	await once(worker, 'message');
	return {
		async [Symbol.asyncDispose]() {
			await worker.terminate();
		},
	};
}

const twoPages: Pages = {'/': anchors('/a'), '/a': ''};

describe('another program in the database', () => {
	test('E2: makes the crawl wait for it', async () => {
		using folder = new Folder();
		await using server = await servePages(twoPages);
		await (await openCrawl(folder.path, server.origin, {maxPages: 1})).run();
		await using _ = await occupy(folder.path, 300);
		const crawl = await openCrawl(folder.path, server.origin);
		await crawl.run();
		expect(crawl.status.counts).toMatchObject({done: 2, failed: 0});
	});

	test('E2: that stays causes an error of one line', async () => {
		using folder = new Folder();
		await using server = await servePages(twoPages);
		await (await openCrawl(folder.path, server.origin, {maxPages: 1})).run();
		await using _ = await occupy(folder.path, 60_000);
		const host = new FakeHost();
		expect(await run([server.origin, '--dir', folder.path], host)).toBe(1);
		expect(host.stderr.text).toBe('error: database is locked\n');
	});
});

describe('a disk that is full', () => {
	// A limit on the size of files stands for it: a write is done in part, and the next one fails.
	test('E4: makes an export into a file say so, also if it cut the last write', async () => {
		using folder = new Folder();
		await using server = await servePages({'/': anchors('/a', '/b', '/c'), '/a': '', '/b': '', '/c': ''});
		await (await openCrawl(folder.path, server.origin)).run();
		const file = join(folder.path, 'out.jsonl');
		const {code, stderr} = await shell(`ulimit -f 1; exec "$@" > ${file}`, ['export', folder.path]);
		expect(statSync(file).size).toBeLessThanOrEqual(1024);
		expect({code, stderr}).toEqual({code: 1, stderr: 'error: EFBIG: file too large, write\n'});
	});

	test('E4: makes an export into a device say so', async () => {
		using folder = new Folder();
		await using server = await servePages(twoPages);
		await (await openCrawl(folder.path, server.origin)).run();
		const {code, stderr} = await shell('exec "$@" > /dev/full', ['export', folder.path]);
		expect({code, stderr}).toEqual({code: 1, stderr: 'error: ENOSPC: no space left on device, write\n'});
	});

	test('E4: an export into a file is complete if the disk has room', async () => {
		using folder = new Folder();
		await using server = await servePages(twoPages);
		await (await openCrawl(folder.path, server.origin)).run();
		const file = join(folder.path, 'out.csv');
		const {code} = await shell(`exec "$@" > ${file}`, ['export', folder.path, '--format', 'csv']);
		expect(code).toBe(0);
		expect(readFileSync(file, 'utf8').split('\r\n')).toHaveLength(4);
	});

	test('E9: ends a crawl with one line about it, and the same command continues', async () => {
		using folder = new Folder();
		const links = Array.from({length: 300}, (_, n) => `/${n}?${'x'.repeat(500)}`);
		await using server = await servePages({'/': anchors(...links)});
		const args = [server.origin, '--dir', folder.path, '--max-pages', '10'];
		const {code, stderr} = await shell('ulimit -f 100; exec "$@"', args);
		expect(code).toBe(1);
		expect(stderr.match(/^error: .*$/gm)).toEqual([expect.stringMatching(/disk/)]);
		expect(stderr).not.toMatch(/^ +at |rollback/m);
		expect((await shell('exec "$@"', args)).code).toBe(0);
		using reader = new CrawlReader(folder.path);
		expect(reader.status.counts).toMatchObject({done: 1, failed: 300});
	});
});

describe('a read-only folder', () => {
	const nobody = process.getuid?.() === 0 ? {uid: 65_534, gid: 65_534} : {};

	// libsql closes the file when the last statement is collected: until then there is a log beside it.
	test.each([
		['with an empty log', false],
		['without a log', true],
	])('E9: can be read by export and status %s', async (_title, isClosed) => {
		using folder = new Folder();
		await using server = await servePages(twoPages);
		await (await openCrawl(folder.path, server.origin)).run();
		if (isClosed) for (const end of ['-wal', '-shm']) rmSync(`${folder.path}/crawl.db${end}`, {force: true});
		chmodSync(folder.path, 0o555);
		for (const command of ['export', 'status'])
			expect(await shell('exec "$@"', [command, folder.path], nobody)).toEqual({code: 0, stderr: ''});
		const crawl = await shell('exec "$@"', ['--dir', folder.path], nobody);
		chmodSync(folder.path, 0o755);
		expect(crawl).toEqual({code: 1, stderr: expect.stringMatching(/^error: [^\n]+\n$/)});
	});

	test('E9: needs only the database file of a crawl that has ended, without its log', async () => {
		using folder = new Folder();
		using copy = new Folder();
		await using server = await servePages(twoPages);
		await (await openCrawl(folder.path, server.origin)).run();
		copyFileSync(join(folder.path, 'crawl.db'), join(copy.path, 'crawl.db'));
		using reader = new CrawlReader(copy.path);
		expect([...reader.pages()]).toHaveLength(2);
	});

	test('E9: causes an error of one line if it may not even be read', async () => {
		using folder = new Folder();
		mkdirSync(join(folder.path, 'crawl'));
		await using server = await servePages(twoPages);
		const dir = join(folder.path, 'crawl');
		await (await openCrawl(dir, server.origin)).run();
		chmodSync(join(dir, 'crawl.db'), 0o000);
		chmodSync(folder.path, 0o755);
		for (const command of ['export', 'status'])
			expect(await shell('exec "$@"', [command, dir], nobody)).toEqual({
				code: 1,
				stderr: expect.stringMatching(/^error: cannot open the database [^\n]+\n$/),
			});
	});
});

describe('a start page', () => {
	async function whyNot(pages: Pages, args: readonly string[] = []): Promise<string> {
		using folder = new Folder();
		await using server = await servePages(pages);
		const host = new FakeHost();
		expect(await run([server.origin, '--dir', folder.path, ...args], host)).toBe(1);
		return /^error: (.*)$/m.exec(host.stderr.text.replaceAll(server.origin, ''))?.[1] ?? '';
	}

	const redirects = (...paths: string[]): Pages =>
		Object.fromEntries(
			paths
				.slice(1)
				.map((to, index) => [
					paths[index] ?? '',
					(_request, response) => void response.writeHead(302, {location: to}).end(),
				]),
		);

	test('E10: that redirects to itself says so', async () => {
		expect(await whyNot(redirects('/', '/'))).toBe('/: redirects to itself');
	});

	test('E10: that redirects in a circle names it', async () => {
		expect(await whyNot(redirects('/', '/a', '/b', '/'))).toBe('/: redirects in a circle: / → /a → /b → /');
	});

	test('E10: that redirects too often says so', async () => {
		const paths = ['/', ...Array.from({length: 12}, (_, n) => `/${n}`)];
		expect(await whyNot(redirects(...paths))).toBe('/10: too many redirects');
	});

	test('E10: that robots.txt forbids says so, also the second time', async () => {
		using folder = new Folder();
		await using server = await servePages({
			'/robots.txt': (_request, response) => void response.end('User-agent: *\nDisallow: /'),
		});
		const said: string[] = [];
		for (let time = 0; time < 2; time++) {
			const host = new FakeHost();
			expect(await run([server.origin, '--dir', folder.path], host)).toBe(1);
			said.push(/^error: (.*)$/m.exec(host.stderr.text)?.[1] ?? '');
		}
		expect(said).toEqual([
			`${server.origin}/: robots.txt`,
			`nothing is left to visit, and no page was had (${server.origin}/: robots.txt): --fresh starts over`,
		]);
	});

	test.each<[string, object]>([
		['that is not included', {include: /\/docs\//}],
		['that is excluded', {exclude: /\/(?:start)?$/}],
	])('E10: %s is still read for its links', async (_title, scope) => {
		using folder = new Folder();
		await using server = await servePages({
			...redirects('/', '/start'),
			'/start': anchors('/docs/a', '/start', '/'),
			'/docs/a': '',
		});
		const crawl = await openCrawl(folder.path, server.origin, scope);
		const found = findings(crawl, 'ending');
		await crawl.run();
		expect(found).toEqual({'/': 'redirect', '/start': 'page', '/docs/a': 'page'});
	});

	test('E10: that leads to another site says that it is crawled, too', async () => {
		using folder = new Folder();
		await using other = await servePages(twoPages);
		await using server = await servePages(redirects('/', `${other.origin}/`));
		const host = new FakeHost();
		expect(await run([server.origin, '--dir', folder.path], host)).toBe(0);
		expect(host.stderr.text).toContain(
			`${server.origin}/ leads to another site: ${other.origin} is crawled, too\n`,
		);
		using reader = new CrawlReader(folder.path);
		expect(reader.status.counts).toMatchObject({done: 2, redirected: 1});
	});
});
