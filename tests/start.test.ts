// The files of docs/start.md, taken from the page and tried as a newcomer would, with the package as it is built.
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals';
import chromium from '@sparticuz/chromium';
import {execFile, execFileSync} from 'node:child_process';
import {cpSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import path from 'node:path';
import process from 'node:process';
import {promisify} from 'node:util';
import {type Browser, launch} from 'puppeteer-core';

const project = path.resolve(`build/start-${process.pid}`);
const modules = path.join(project, 'node_modules');

/** The first block of the page in that language that holds the text. */
function block(language: string, text: string): string {
	const blocks = readFileSync('docs/start.md', 'utf8').matchAll(/^```(\w+).*\n([^]*?)^```$/gm);
	return [...blocks].find(([, tag, code]) => tag === language && code!.includes(text))![2]!;
}

beforeAll(() => {
	cpSync('package.json', path.join(modules, 'pausable-signal/package.json'));
	cpSync('node_modules/abort-controller-x', path.join(modules, 'abort-controller-x'), {recursive: true});
	const dist = path.join(modules, 'pausable-signal/dist');
	execFileSync(process.execPath, ['scripts/build.js', dist], {stdio: 'pipe'});
});
afterAll(() => rmSync(project, {recursive: true, force: true}));

test('the test for Jest passes in a CommonJS project without any set-up', async () => {
	writeFileSync(path.join(project, 'package.json'), '{"private": true}');
	writeFileSync(path.join(project, 'poll.test.js'), block('js', 'poll.test.js'));
	const jest = path.resolve('node_modules/jest/bin/jest.js');
	const {NODE_OPTIONS: _options, ...env} = process.env;
	const {stderr} = await promisify(execFile)(process.execPath, [jest], {cwd: project, env});
	expect(stderr).toMatch(/1 passed, 1 total/);
});

const types: Readonly<Record<string, string>> = {'.html': 'text/html', '.js': 'text/javascript'};

function serve(): Promise<Server> {
	const server = createServer((request, response) => {
		try {
			const text = readFileSync(path.join(project, request.url!));
			response.writeHead(200, {'content-type': types[path.extname(request.url!)] ?? 'text/plain'}).end(text);
		} catch {
			response.writeHead(404).end();
		}
	});
	return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

// The package brings a browser for this platform alone.
const describeHere = process.platform === 'linux' && process.arch === 'x64' ? describe : describe.skip;

describeHere('the page without a bundler, in Chromium', () => {
	let server: Server;
	let browser: Browser;

	beforeAll(async () => {
		writeFileSync(path.join(project, 'index.html'), block('html', 'importmap'));
		server = await serve();
		browser = await launch({
			args: chromium.args,
			executablePath: await chromium.executablePath(),
			headless: 'shell',
		});
	});
	afterAll(async () => {
		await browser.close();
		server.closeAllConnections();
		server.close();
	});

	test('counts, and its button pauses and resumes', async () => {
		const page = await browser.newPage();
		await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/index.html`);
		await page.waitForFunction('Number(document.querySelector("output").textContent) >= 2');
		await page.click('button');
		const paused =
			'document.querySelector("button").textContent + document.querySelector("output").textContent';
		const before = await page.evaluate(paused);
		expect(before).toMatch(/^Resume\d+$/);
		const threePeriods = 'new Promise((resolve) => setTimeout(resolve, 300))';
		await page.evaluate(threePeriods);
		expect(await page.evaluate(paused)).toBe(before);
		await page.click('button');
		const count = Number(String(before).slice('Resume'.length));
		await page.waitForFunction(`Number(document.querySelector("output").textContent) > ${count}`);
	});
});
