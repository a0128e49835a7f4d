// Runs the scenarios in a browser: `node browser-main.js chrome|firefox [binary]`. The first line names its version.
import chromium from '@sparticuz/chromium';
import process from 'node:process';
import {type Browser, launch} from 'puppeteer-core';
import {openPage} from './browsers.ts';
import {report} from './report.ts';
import {expected} from './scenarios.ts';
import {expectedOfThreads} from './thread-scenarios.ts';

const [kind, binary] = process.argv.slice(2);

// The arguments of the package would share memory everywhere, and keep no page isolated.
const chromeArgs = ['--no-sandbox', '--no-zygote', '--disable-gpu', '--disable-dev-shm-usage'];

async function open(): Promise<Browser> {
	const executablePath = binary ?? (await chromium.executablePath());
	if (kind === 'firefox') return launch({browser: 'firefox', executablePath});
	const args = [...chromeArgs, '--js-flags=--expose-gc'];
	return launch({executablePath, args, headless: 'shell'});
}

async function runAll(browser: Browser): Promise<number> {
	await using opened = await openPage(browser, 'scenarios.ts', 'runScenario');
	return await report(expected, (name) => opened.page.evaluate(`runScenario('${name}', '${opened.base}')`));
}

async function runThreads(browser: Browser, isIsolated: boolean): Promise<number> {
	const options = {isIsolated};
	await using opened = await openPage(browser, 'thread-scenarios.ts', 'threadScenarios', options);
	const run = (name: string): Promise<unknown> =>
		opened.page.evaluate(`threadScenarios['${name}'](createWorker)`);
	return await report(
		expectedOfThreads(isIsolated, true),
		run,
		isIsolated ? 'thread in a worker' : 'thread, not isolated',
	);
}

const browser = await open();
let failed = 1;
try {
	console.log(`version ${(await browser.version()).replace(/^\D+/, '')}`);
	failed = (await runAll(browser)) + (await runThreads(browser, true)) + (await runThreads(browser, false));
} finally {
	await browser.close();
}
process.exit(failed === 0 ? 0 : 1);
