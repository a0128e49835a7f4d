// Threads in headless Chromium, on a page that is cross-origin isolated and on one that is not.
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals';
import chromium from '@sparticuz/chromium';
import {buildSync} from 'esbuild';
import type {ServerResponse} from 'node:http';
import {type Browser, launch, type Page} from 'puppeteer-core';
import {serveScenarios} from './server.ts';
import {expectedOfThreads} from './thread-scenarios.ts';

// The package brings a browser for this platform alone.
const describeHere = process.platform === 'linux' && process.arch === 'x64' ? describe : describe.skip;

function bundle(entry: string): string {
	const {outputFiles} = buildSync({
		entryPoints: [entry],
		bundle: true,
		format: 'esm',
		platform: 'browser',
		write: false,
		logLevel: 'error',
		// What starts an entry by its URL is for Node.
		define: {'import.meta.url': '"file:///src/thread/host-node.js"'},
	});
	return outputFiles[0]!.text;
}

const isolation = {
	'cross-origin-opener-policy': 'same-origin',
	'cross-origin-embedder-policy': 'require-corp',
};

describeHere.each([true, false])('in Chromium, cross-origin isolated: %p', (isIsolated) => {
	let server: Awaited<ReturnType<typeof serveScenarios>>;
	let browser: Browser;
	let page: Page;

	function send(response: ServerResponse, type: string, text: string): void {
		response.writeHead(200, {'content-type': type, ...(isIsolated ? isolation : {})}).end(text);
	}

	beforeAll(async () => {
		const script = bundle('tests/runtimes/thread-scenarios.ts');
		const loops = bundle('tests/runtimes/jobs/loops.ts');
		const html = '<!doctype html><body><script type="module" src="/script.js"></script>';
		server = await serveScenarios({
			'/': (_request, response) => send(response, 'text/html', html),
			'/script.js': (_request, response) => send(response, 'text/javascript', script),
			'/loops.js': (_request, response) => send(response, 'text/javascript', loops),
		});
		browser = await launch({
			// The package's own arguments share memory everywhere, and keep no page isolated.
			args: ['--no-sandbox', '--no-zygote', '--disable-gpu', '--disable-dev-shm-usage'],
			executablePath: await chromium.executablePath(),
			headless: 'shell',
		});
		page = await browser.newPage();
		await page.goto(server.base);
		await page.waitForFunction('globalThis.threadScenarios !== undefined');
	});

	afterAll(async () => {
		await browser.close();
		await server[Symbol.asyncDispose]();
	});

	test('is what the page says', async () => {
		expect(await page.evaluate('crossOriginIsolated')).toBe(isIsolated);
	});

	test.each(Object.entries(expectedOfThreads(isIsolated)))('%s', async (name, result) => {
		expect(await page.evaluate(`threadScenarios.${name}(createWorker)`)).toEqual(result);
	});
});
