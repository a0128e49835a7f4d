// The library in headless Chromium: what is not named Node-only keeps to web APIs.
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals';
import chromium from '@sparticuz/chromium';
import {execFileSync} from 'node:child_process';
import {createHash, randomBytes} from 'node:crypto';
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {type Browser, launch, type Page} from 'puppeteer-core';

// More than a browser reads ahead.
const file = randomBytes(8_000_000);
const ranges: (string | undefined)[] = [];
let server: Server;
let browser: Browser;
let page: Page;

// The package brings a browser for this platform alone.
const describeHere = process.platform === 'linux' && process.arch === 'x64' ? describe : describe.skip;

function bundle(): string {
	const options = ['--bundle', '--format=esm', '--platform=browser', '--log-level=error'];
	return execFileSync('node_modules/.bin/esbuild', ['tests/browser/scenarios.ts', ...options]).toString();
}

function serveFile(request: IncomingMessage, response: ServerResponse): void {
	const {range} = request.headers;
	ranges.push(range);
	const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
	response.writeHead(range === undefined ? 200 : 206, {
		'accept-ranges': 'bytes',
		etag: '"one"',
		'content-length': file.length - start,
		...(range === undefined ? {} : {'content-range': `bytes ${start}-${file.length - 1}/${file.length}`}),
	});
	response.end(file.subarray(start));
}

describeHere('in Chromium', () => {
	beforeAll(async () => {
		const script = bundle();
		const pages: Record<string, (request: IncomingMessage, response: ServerResponse) => unknown> = {
			'/': (_, response) =>
				response
					.setHeader('content-type', 'text/html')
					.end('<!doctype html><body><script type="module" src="/script.js"></script>'),
			'/script.js': (_, response) => response.setHeader('content-type', 'text/javascript').end(script),
			'/text': (_, response) => response.end('hello'),
			'/never': () => {},
			'/file': serveFile,
		};
		server = createServer((request, response) => pages[request.url!]?.(request, response) ?? response.end());
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		browser = await launch({
			args: [...chromium.args, '--js-flags=--expose-gc'],
			executablePath: await chromium.executablePath(),
			headless: 'shell',
		});
		page = await browser.newPage();
		await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
		await page.waitForFunction('globalThis.scenarios !== undefined');
	});

	afterAll(async () => {
		await browser.close();
		server.closeAllConnections();
		server.close();
	});

	const run = (name: string): Promise<unknown> => page.evaluate(`scenarios.${name}()`);

	test('the signal is the platform’s own', async () => {
		expect(await run('brand')).toEqual({isSignal: true, fetch: true, any: true, clicks: 1});
	});

	test('a signal stays ours when garbage is collected', async () => {
		expect(await run('collection')).toBe(200);
	});

	test('a loop waits, goes on and ends', async () => {
		expect(await run('loop')).toEqual(['pause', 'pending', 'resume', 'true', 'pause', 'false']);
	});

	test('a delay stands still', async () => {
		expect(await run('clock')).toBe('pending');
	});

	test('a task is paused and stopped', async () => {
		expect(await run('task')).toEqual([true, 'paused', 'stopped', 'cleaned up']);
	});

	test('a queue is paused and resumed', async () => {
		expect(await run('queue')).toEqual([{parked: [{id: 'one'}], running: []}, 'done']);
	});

	test('a stream delivers nothing while paused', async () => {
		expect(await run('stream')).toEqual(['pending', 'hello']);
	});

	test('a fetch gives its connection back and takes up again', async () => {
		const {hash, ...rest} = (await run('fetch')) as {hash: string};
		expect(rest).toEqual({
			status: 200,
			states: ['running', 'dropped', 'reconnecting', 'running', 'completed'],
			reconnects: 1,
		});
		expect(hash).toBe(createHash('sha256').update(file).digest('hex'));
		expect(ranges[1]).toMatch(/^bytes=\d+-$/);
	});
});
