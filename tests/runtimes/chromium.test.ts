// The scenarios in headless Chromium.
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals';
import chromium from '@sparticuz/chromium';
import {execFileSync} from 'node:child_process';
import {type Browser, launch, type Page} from 'puppeteer-core';
import {expected} from './scenarios.ts';
import {serveScenarios} from './server.ts';

let server: Awaited<ReturnType<typeof serveScenarios>>;
let browser: Browser;
let page: Page;

// The package brings a browser for this platform alone.
const describeHere = process.platform === 'linux' && process.arch === 'x64' ? describe : describe.skip;

function bundle(): string {
	const options = ['--bundle', '--format=esm', '--platform=browser', '--log-level=error'];
	return execFileSync('node_modules/.bin/esbuild', ['tests/runtimes/scenarios.ts', ...options]).toString();
}

describeHere('in Chromium', () => {
	beforeAll(async () => {
		const script = bundle();
		server = await serveScenarios({
			'/': (_request, response) =>
				response
					.setHeader('content-type', 'text/html')
					.end('<!doctype html><body><script type="module" src="/script.js"></script>'),
			'/script.js': (_request, response) => response.setHeader('content-type', 'text/javascript').end(script),
		});
		browser = await launch({
			args: [...chromium.args, '--js-flags=--expose-gc'],
			executablePath: await chromium.executablePath(),
			headless: 'shell',
		});
		page = await browser.newPage();
		await page.goto(server.base);
		await page.waitForFunction('globalThis.scenarios !== undefined');
	});

	afterAll(async () => {
		await browser.close();
		await server[Symbol.asyncDispose]();
	});

	test.each(Object.entries(expected))('%s', async (name, result) => {
		expect(await page.evaluate(`scenarios.${name}(${JSON.stringify(server.base)})`)).toEqual(result);
	});
});
