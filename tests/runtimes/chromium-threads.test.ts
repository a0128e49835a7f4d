// Threads in headless Chromium, on a page that is cross-origin isolated and on one that is not.
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals';
import chromium from '@sparticuz/chromium';
import {type Browser, launch} from 'puppeteer-core';
import {openPage, type ScenarioPage} from './browsers.ts';
import {expectedOfThreads} from './thread-scenarios.ts';

// The package brings a browser for this platform alone.
const describeHere = process.platform === 'linux' && process.arch === 'x64' ? describe : describe.skip;

describeHere.each([true, false])('in Chromium, cross-origin isolated: %p', (isIsolated) => {
	let browser: Browser;
	let opened: ScenarioPage;

	beforeAll(async () => {
		browser = await launch({
			// The package's own arguments share memory everywhere, and keep no page isolated.
			args: ['--no-sandbox', '--no-zygote', '--disable-gpu', '--disable-dev-shm-usage'],
			executablePath: await chromium.executablePath(),
			headless: 'shell',
		});
		opened = await openPage(browser, 'thread-scenarios.ts', 'threadScenarios', {isIsolated});
	});

	afterAll(async () => {
		await browser.close();
		await opened[Symbol.asyncDispose]();
	});

	test('is what the page says', async () => {
		expect(await opened.page.evaluate('crossOriginIsolated')).toBe(isIsolated);
	});

	test.each(Object.entries(expectedOfThreads(isIsolated, true)))('%s', async (name, result) => {
		expect(await opened.page.evaluate(`threadScenarios['${name}'](createWorker)`)).toEqual(result);
	});
});
