// The scenarios in headless Chromium.
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals';
import chromium from '@sparticuz/chromium';
import {type Browser, launch} from 'puppeteer-core';
import {openPage, type ScenarioPage} from './browsers.ts';
import {expected} from './scenarios.ts';

let browser: Browser;
let opened: ScenarioPage;

// The package brings a browser for this platform alone.
const describeHere = process.platform === 'linux' && process.arch === 'x64' ? describe : describe.skip;

describeHere('in Chromium', () => {
	beforeAll(async () => {
		browser = await launch({
			args: [...chromium.args, '--js-flags=--expose-gc'],
			executablePath: await chromium.executablePath(),
			headless: 'shell',
		});
		opened = await openPage(browser, 'scenarios.ts', 'runScenario');
	});

	afterAll(async () => {
		await browser.close();
		await opened[Symbol.asyncDispose]();
	});

	test.each(Object.entries(expected))('%s', async (name, result) => {
		expect(await opened.page.evaluate(`runScenario('${name}', '${opened.base}')`)).toEqual(result);
	});
});
