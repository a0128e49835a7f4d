// Pages with the scenarios, in a browser.
import {buildSync} from 'esbuild';
import type {ServerResponse} from 'node:http';
import type {Browser, Page} from 'puppeteer-core';
import {serveScenarios} from './server.ts';

/** A page of its own server, which runs `entry`. */
export interface ScenarioPage extends AsyncDisposable {
	readonly base: string;
	readonly page: Page;
}

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

const html = '<!doctype html><body><script type="module" src="/script.js"></script>';
const isolation = {
	'cross-origin-opener-policy': 'same-origin',
	'cross-origin-embedder-policy': 'require-corp',
};

/** Opens a page that runs `entry` of tests/runtimes, cross-origin isolated or not, and waits for its `global`. */
export async function openPage(
	browser: Browser,
	entry: string,
	global: string,
	{isIsolated = false}: {isIsolated?: boolean} = {},
): Promise<ScenarioPage> {
	function send(response: ServerResponse, type: string, text: string): void {
		response.writeHead(200, {'content-type': type, ...(isIsolated ? isolation : {})}).end(text);
	}
	const [script, loops] = [entry, 'jobs/loops.ts'].map((file) => bundle(`tests/runtimes/${file}`));
	const server = await serveScenarios({
		'/': (_request, response) => send(response, 'text/html', html),
		'/script.js': (_request, response) => send(response, 'text/javascript', script!),
		'/loops.js': (_request, response) => send(response, 'text/javascript', loops!),
	});
	const page = await browser.newPage();
	await page.goto(server.base);
	await page.waitForFunction(`globalThis.${global} !== undefined`);
	return {base: server.base, page, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]()};
}
