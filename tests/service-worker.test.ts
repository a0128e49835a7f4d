// The service worker of docs/frameworks.md, taken from the page and run in headless Chromium.
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals';
import chromium from '@sparticuz/chromium';
import {buildSync} from 'esbuild';
import {readFileSync} from 'node:fs';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import process from 'node:process';
import {type Browser, launch, type Page} from 'puppeteer-core';
import {Gate} from '../src/index.ts';

// The package brings a browser for this platform alone.
const describeHere = process.platform === 'linux' && process.arch === 'x64' ? describe : describe.skip;

/** Tells that the messages before it have arrived. */
const echo = `self.addEventListener('message', ({data, source}) => {
	if (data.type === 'echo') source.postMessage('echo');
});`;

function bundle(): string {
	const [, contents] = /^(\/\/ worker\.ts\n[^]*?)^```$/m.exec(readFileSync('docs/frameworks.md', 'utf8'))!;
	const stdin = {contents: `${contents}${echo}`, loader: 'ts' as const, resolveDir: '.'};
	const options = {
		bundle: true,
		format: 'esm',
		platform: 'browser',
		write: false,
		logLevel: 'error',
	} as const;
	return buildSync({stdin, ...options}).outputFiles[0]!.text;
}

const html = `<!doctype html><script type="module">
	globalThis.messages = [];
	navigator.serviceWorker.addEventListener('message', ({data}) => messages.push(data));
	navigator.serviceWorker.startMessages();
	await navigator.serviceWorker.register('/worker.js');
	const {active} = await navigator.serviceWorker.ready;
	globalThis.send = (type, urls) => active.postMessage({type, urls});
</script>`;

describeHere('the service worker of docs/frameworks.md', () => {
	const asked: string[] = [];
	const isAsked = new Gate(false);
	const answer = new Gate(false);
	let server: Server;
	let browser: Browser;
	let page: Page;

	beforeAll(async () => {
		const worker = bundle();
		const pages: Readonly<Record<string, readonly [type: string, text: string]>> = {
			'/': ['text/html', html],
			'/worker.js': ['text/javascript', worker],
			'/favicon.ico': ['text/plain', ''],
		};
		server = createServer(({url}, response) => {
			const [type, text] = pages[url!] ?? [];
			if (type !== undefined) {
				response.setHeader('content-type', type).end(text);
				return;
			}
			asked.push(url!);
			if (asked.length === 2) isAsked.open();
			void answer.wait().then(() => response.end(url));
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		browser = await launch({
			args: chromium.args,
			executablePath: await chromium.executablePath(),
			headless: 'shell',
		});
		page = await browser.newPage();
		await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
		await page.waitForFunction('globalThis.send !== undefined');
	});

	afterAll(async () => {
		await browser.close();
		server.closeAllConnections();
		server.close();
	});

	const heard = (count: number): Promise<unknown> => page.waitForFunction(`messages.length >= ${count}`);

	test('keeps files, starts no request while paused, and asks for none twice', async () => {
		await page.evaluate('send("keep", ["/one", "/two", "/three"])');
		await isAsked.wait();
		await page.evaluate('send("pause")');
		await page.evaluate('send("echo")');
		await heard(1);
		answer.open();
		await heard(2);
		expect(await page.evaluate('messages[1]')).toEqual({parked: [], running: []});
		expect(asked).toEqual(['/one', '/two']);

		await page.evaluate('send("resume")');
		await heard(3);
		expect(await page.evaluate('messages[2]')).toBe('kept');
		const kept = `Promise.all(['/one', '/two', '/three'].map(async (url) => (await caches.match(url)).text()))`;
		expect(await page.evaluate(kept)).toEqual(['/one', '/two', '/three']);

		await page.evaluate('send("keep", ["/one", "/two", "/three"])');
		await heard(4);
		expect(asked).toEqual(['/one', '/two', '/three']);
	});
});
