import {request as httpRequest} from 'node:http';
import {afterAll, afterEach, beforeEach, describe, expect, jest, test} from '@jest/globals';
import chromium from '@sparticuz/chromium';
import {type Browser, launch, type Page, type SerializedAXNode} from 'puppeteer-core';
import {History} from '../../examples/crawler/ui/history.ts';
import {type LivePage, serveUi, type Subject} from '../../examples/crawler/ui/server.ts';
import {FakeCrawl, hostStatus, noCounts, pageRecord} from './fake-crawl.ts';
import {serve} from './watched-site.ts';

// For machines that are busy with other things.
jest.setTimeout(60_000);

let crawl: FakeCrawl;
let live: LivePage;

beforeEach(async () => {
	crawl = new FakeCrawl();
	live = await serveUi(crawl, 0);
});

afterEach(async () => {
	await live[Symbol.asyncDispose]();
});

const subject: Subject = {
	what: 'http://a.example/?q=<b>',
	dir: '/tmp/a "folder"',
	list: (ending) => ({
		reasons: [{reason: `${ending} for a reason`, count: 1}],
		pages: [pageRecord({ending, error: `${ending} for a reason`, from: 'http://a.example/'})],
	}),
};

interface Reply {
	readonly status: number | undefined;
	readonly headers: Record<string, string | string[] | undefined>;
	readonly text: string;
}

/** A request with any header, which fetch does not allow. */
function ask(
	path: string,
	{
		method = 'GET',
		headers = {},
		body = '',
	}: {method?: string; headers?: Record<string, string>; body?: string} = {},
): Promise<Reply> {
	return new Promise((resolve, reject) => {
		const request = httpRequest(new URL(path, live.url), {method, headers}, (response) => {
			let text = '';
			response.setEncoding('utf8').on('data', (part: string) => (text += part));
			response.on('end', () => resolve({status: response.statusCode, headers: response.headers, text}));
			response.on('error', reject);
		});
		request.on('error', reject);
		request.end(body);
	});
}

async function tokenOf(): Promise<string> {
	const {text} = await ask('/');
	return /<meta name="token" content="(\w{48})"/.exec(text)?.[1] ?? '';
}

describe('the server of the page', () => {
	test('the page has no outside resources, and forbids them', async () => {
		const {text, headers} = await ask('/');
		expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'/);
		expect(headers['x-content-type-options']).toBe('nosniff');
		expect(text).not.toMatch(/https?:\/\//);
		expect(text.match(/(?:src|href)="[^"]*"/g)).toEqual([
			'href="data:,"',
			'href="/page.css"',
			'src="/page.js"',
		]);
	});

	test.each(['evil.example', '127.0.0.1', '127.0.0.1.evil.example:80'])(
		'another host name is not served: %s',
		async (host) => {
			for (const path of ['/', '/events', '/control'])
				expect(await ask(path, {headers: {host}})).toMatchObject({status: 421, text: 'not here'});
		},
	);

	test('an unknown path, or a write to one that is read-only, is refused', async () => {
		expect(await ask('/nowhere')).toMatchObject({status: 404});
		expect(await ask('/constructor')).toMatchObject({status: 404});
		expect(await ask('/../server.ts')).toMatchObject({status: 404});
		expect(await ask('/', {method: 'DELETE'})).toMatchObject({status: 405});
		expect(await ask('/control')).toMatchObject({status: 405});
	});

	test('the page itself may control the crawl', async () => {
		const {host, origin} = new URL(live.url);
		const headers = {'x-token': await tokenOf(), origin, host};
		const body = JSON.stringify({command: 'pause', host: 'a.example'});
		expect(await ask('/control', {method: 'POST', headers, body})).toMatchObject({
			status: 200,
			text: '{"ok":true}',
		});
		expect(crawl.calls).toEqual([['pause', 'user', 'a.example', undefined]]);
	});

	test.each([
		['without the token', {'x-token': ''}],
		['with another token', {'x-token': 'f'.repeat(48)}],
		['from another site', {origin: 'http://evil.example'}],
		['from no site', {origin: ''}],
		['from another port', {origin: 'http://127.0.0.1:1'}],
	])('nobody else may: %s', async (_title, wrong) => {
		const headers = {'x-token': await tokenOf(), origin: new URL(live.url).origin, ...wrong};
		expect(await ask('/control', {method: 'POST', headers, body: '{"command":"stop"}'})).toMatchObject({
			status: 403,
		});
		expect(crawl.calls).toEqual([]);
	});

	test.each([
		['{', 'expected one line of JSON'],
		['{"command":"exec"}', 'expected a command: status, pause, resume or stop'],
		['{"command":"pause","host":"c.example"}', 'this crawl has no host c.example'],
		[' '.repeat(5000), 'expected 4096 bytes at most'],
	])('a bad request is explained: %s', async (body, error) => {
		const headers = {'x-token': await tokenOf(), origin: new URL(live.url).origin};
		const reply = await ask('/control', {method: 'POST', headers, body});
		expect(reply.status).toBe(400);
		expect(JSON.parse(reply.text)).toEqual({ok: false, error});
	});

	test('a command that never ends does not keep the page open', async () => {
		crawl.pausing = new Promise(() => {});
		const headers = {'x-token': await tokenOf(), origin: new URL(live.url).origin};
		const asked = ask('/control', {method: 'POST', headers, body: '{"command":"pause"}'});
		const refused = expect(asked).rejects.toThrow();
		while (crawl.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
		await live[Symbol.asyncDispose]();
		await refused;
	});

	test('the number of viewers has a limit, and each viewer learns of the end', async () => {
		const watching = Array.from({length: 17}, () => ask('/events'));
		const full = await Promise.race(watching);
		expect(full.text).toBe('event: full\ndata: {}\n\n');
		await live[Symbol.asyncDispose]();
		const replies = await Promise.all(watching);
		expect(replies.filter(({text}) => text.endsWith('event: end\ndata: {}\n\n'))).toHaveLength(16);
		expect(crawl.eventNames()).toEqual([]);
	});
});

test('the history stays small, and its sums lose nothing', () => {
	const history = new History(10);
	for (let at = 0; at < 1000; at++) history.add({seconds: 1, pages: at, pausedSeconds: at % 2});
	expect(history.samples.length).toBeLessThanOrEqual(11);
	const sums = history.samples.reduce((one, other) => ({
		seconds: one.seconds + other.seconds,
		pages: one.pages + other.pages,
		pausedSeconds: one.pausedSeconds + other.pausedSeconds,
	}));
	expect(sums).toEqual({seconds: 1000, pages: 499_500, pausedSeconds: 500});
});

async function startBrowser(): Promise<Browser | undefined> {
	try {
		const executablePath = await chromium.executablePath();
		// With the guards against other sites that any browser has.
		const args = chromium.args.filter((arg) => arg !== '--disable-web-security');
		return await launch({args, executablePath, headless: 'shell'});
	} catch (error) {
		console.warn(`The page is not tested in a browser, as none starts here: ${String(error)}`);
		return undefined;
	}
}

const browser = await startBrowser();

afterAll(async () => {
	await browser?.close();
});

(browser === undefined ? describe.skip : describe)('in Chromium', () => {
	let page: Page;
	const problems: string[] = [];

	beforeEach(async () => {
		problems.length = 0;
		page = await (browser as Browser).newPage();
		page.on('pageerror', (error) => problems.push(String(error)));
		page.on('console', (message) => problems.push(message.text()));
		await page.goto(live.url);
	});

	afterEach(async () => {
		await page.close();
		expect(problems).toEqual([]);
	});

	const until = (id: string, text: string): Promise<unknown> =>
		page.waitForFunction(
			(id, text) => document.getElementById(id)?.textContent?.includes(text),
			{},
			id,
			text,
		);
	const textOf = (selector: string): Promise<string> =>
		page.$eval(selector, (node) => (node as HTMLElement).innerText);

	test('counters, hosts and pages are shown and kept up to date', async () => {
		crawl.set({
			counts: {...noCounts, done: 1234, waiting: 5, failed: 2},
			pagesPerSecond: 12.34,
			hosts: [hostStatus('a.example', {done: 7}), hostStatus('b.example')],
			hostCount: 2,
			lastPages: [pageRecord({title: 'First'})],
		});
		await until('pages', 'First');
		expect(await textOf('#counts')).toMatch(/done\s+1,234\s+waiting\s+5/);
		expect(await textOf('#state')).toBe('running');
		expect(await textOf('#hosts')).toMatch(/a\.example\s+7\s+0\s+0\s+0/);
		crawl.set({
			lastPages: [pageRecord({title: 'Second'}), pageRecord({title: 'First'})],
			hosts: [hostStatus('b.example')],
		});
		await until('pages', 'Second');
		expect(await textOf('#hosts')).not.toContain('a.example');
		expect(await page.title()).toBe('running, 1,234 done');
	});

	test('text from the web is text', async () => {
		const evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
		crawl.set({
			state: 'paused',
			holds: [{by: 'user', reason: evil, since: Date.now(), until: undefined}],
			hosts: [hostStatus(evil)],
			lastPages: [
				pageRecord({title: evil, url: 'javascript:alert(1)'}),
				pageRecord({error: evil, url: `http://a.example/${evil}`}),
			],
		});
		await until('pages', '<script>');
		expect(await page.$$('img, td script, #pages a[href^="javascript"]')).toEqual([]);
		expect(await textOf('#state')).toContain('<img src=x');
		expect(await page.title()).toBe('paused, 0 done');
	});

	test('the buttons pause and resume the crawl and a host', async () => {
		crawl.set({hosts: [hostStatus('a.example'), hostStatus('gone.example')], hostCount: 2});
		await until('hosts', 'gone.example');
		await page.click('#pause');
		await until('state', 'paused (user, 00:0');
		expect(await page.$eval('#pause', (button) => (button as HTMLButtonElement).disabled)).toBe(true);
		await page.click('#resume');
		await until('state', 'running');
		await page.click('[aria-label="Pause a.example"]');
		await page.click('[aria-label="Pause gone.example"]');
		await until('problem', 'pause did not work: this crawl has no host gone.example');
		await page.click('#finish');
		await page.waitForFunction(() => document.getElementById('problem')?.hidden === true);
		while (crawl.calls.length < 5) await new Promise((resolve) => setImmediate(resolve));
		expect(crawl.calls).toEqual([
			['pause', 'user', undefined, undefined],
			['resume', undefined],
			['pause', 'user', 'a.example', undefined],
			['pause', 'user', 'gone.example', undefined],
			['finish'],
		]);
		// The browser tells of each answer that is an error.
		problems.splice(0, 1);
	});

	test('a user cannot end a hold that a server asked for', async () => {
		const [since, end] = [Date.now(), Date.now() + 60_000];
		const refusal = {by: 'server' as const, reason: 'HTTP 429', since, until: end};
		const pause = {by: 'user' as const, reason: 'lunch', since, until: undefined};
		crawl.set({hosts: [hostStatus('a.example', {holds: [refusal]})], hostCount: 1});
		await until('hosts', 'held: HTTP 429');
		const isDisabled = (): Promise<boolean> =>
			page.$eval('[aria-label="Resume a.example"]', (button) => (button as HTMLButtonElement).disabled);
		expect(await isDisabled()).toBe(true);
		crawl.set({hosts: [hostStatus('a.example', {held: 2, holds: [pause, refusal]})]});
		await until('hosts', 'paused: lunch');
		await until('hosts', '2 held');
		expect(await isDisabled()).toBe(false);
	});

	test('a button keeps the focus while the numbers change', async () => {
		crawl.set({hosts: [hostStatus('a.example')], hostCount: 1});
		await until('hosts', 'a.example');
		await page.focus('[aria-label="Pause a.example"]');
		crawl.set({hosts: [hostStatus('b.example'), hostStatus('a.example', {done: 77})], hostCount: 2});
		await until('hosts', '77');
		expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(
			'Pause a.example',
		);
	});

	test('the chart shows the pages, and shades the pauses', async () => {
		crawl.set({counts: {...noCounts, done: 50}});
		await page.waitForFunction(() => (document.getElementById('rates')?.getAttribute('d')?.length ?? 0) > 20);
		expect(await page.$eval('#pauses', (path) => path.getAttribute('d'))).toBe('');
		crawl.set({state: 'paused', pausedMs: 60_000});
		await page.waitForFunction(() => document.getElementById('pauses')?.getAttribute('d') !== '');
		expect(await textOf('figcaption')).toMatch(
			/at most [\d.]+ pages a second, paused once\. Striped: paused\./,
		);
	});

	test('another site can neither read nor control it', async () => {
		await using evil = await serve((_, response) => {
			response.setHeader('content-type', 'text/html').end('<!doctype html><title>evil</title>');
		});
		await page.goto(evil.origin);
		const outcomes = await page.evaluate(async (url) => {
			const attempt = (path: string, init?: RequestInit): Promise<string> =>
				fetch(url + path, init).then(
					(response) => response.type,
					() => 'refused',
				);
			const body = '{"command":"stop"}';
			const events = new EventSource(`${url}events`);
			const isHeard = await new Promise<boolean>((resolve) => {
				events.addEventListener('status', () => resolve(true));
				events.addEventListener('error', () => resolve(false));
			});
			events.close();
			return [
				isHeard,
				await attempt(''),
				await attempt('control', {method: 'POST', body}),
				await attempt('control', {method: 'POST', body, headers: {'x-token': 'x'}}),
				await attempt('control', {method: 'POST', body, mode: 'no-cors'}),
			];
		}, live.url);
		expect(outcomes).toEqual([false, 'refused', 'refused', 'refused', 'refused']);
		expect(crawl.calls).toEqual([]);
		expect(problems.splice(0).join()).toMatch(/blocked by CORS policy/);
	});

	test('each button and table has a name for screen readers', async () => {
		crawl.set({hosts: [hostStatus('a.example')], hostCount: 1, lastPages: [pageRecord()]});
		await until('hosts', 'a.example');
		const root = await page.accessibility.snapshot({interestingOnly: false});
		const named: string[] = [];
		const collect = ({role, name, children = []}: SerializedAXNode): void => {
			named.push(`${role} ${name}`);
			for (const child of children) collect(child);
		};
		if (root !== null) collect(root);
		for (const name of ['Pause', 'Resume', 'Finish', 'Pause a.example', 'Resume a.example'])
			expect(named).toContain(`button ${name}`);
		for (const name of [
			/^(image|img) The last 00:/,
			/^region Hosts/,
			/^rowheader a\.example/,
			/^progressbar Share/i,
		])
			expect(named).toContainEqual(expect.stringMatching(name));
		expect(await textOf('#said')).toBe('running');
		expect(await page.$$eval('h1, h2', (nodes) => nodes.map(({tagName}) => tagName).join(' '))).toBe(
			'H1 H2 H2 H2 H2 H2 H2',
		);
	});

	test('the page keeps showing the end', async () => {
		crawl.set({state: 'completed', counts: {...noCounts, done: 9}});
		await until('state', 'completed');
		await live[Symbol.asyncDispose]();
		await page.waitForFunction(() => (document.getElementById('finish') as HTMLButtonElement).disabled);
		expect(await textOf('#state')).toBe('completed');
	});

	test('E14: the page names the site and the folder, and how many of the known pages are done', async () => {
		await using other = await serveUi(crawl, 0, subject);
		await page.goto(other.url);
		crawl.set({counts: {...noCounts, done: 6, failed: 1, waiting: 9}});
		await until('percent', '43 % of the 16 URLs that are known');
		crawl.set({maxPages: 10});
		await until('percent', '60 % of the 10 pages asked for');
		crawl.set({maxPages: 100});
		await until('percent', '43 % of the 16 URLs that are known');
		expect(await textOf('#what')).toBe('http://a.example/?q=<b>');
		expect(await textOf('#where')).toBe('kept in /tmp/a "folder"');
	});

	test('E14: the failed and skipped pages open a list with reasons, which is kept up to date', async () => {
		await using other = await serveUi(crawl, 0, subject);
		await page.goto(other.url);
		crawl.set({counts: {...noCounts, failed: 1, skipped: 2}});
		await until('counts', 'skipped');
		await page.click('button[title^="Show what failed"]');
		await until('list', 'failed for a reason');
		expect(await textOf('#list-title')).toBe('Failed: 1');
		expect(await textOf('#reasons')).toBe('1 \u00D7 failed for a reason');
		expect(await page.evaluate(() => document.activeElement?.id)).toBe('list-title');
		crawl.set({counts: {...noCounts, failed: 7, skipped: 2}});
		await until('list-title', 'Failed: 7, the last 1 of them');
		await page.click('#list-close');
		expect(await page.$eval('#list', (list) => (list as HTMLElement).hidden)).toBe(true);
		await page.click('button[title^="Show what was skipped"]');
		await until('list-title', 'Skipped: 2');
	});

	test('E7: incomplete sitemaps are shown with the reason', async () => {
		crawl.set({lastPages: [pageRecord({title: 'First'})]});
		await until('pages', 'First');
		const isHidden = (): Promise<boolean> =>
			page.$eval('#sitemaps-section', (section) => (section as HTMLElement).hidden === true);
		expect(await isHidden()).toBe(true);
		const url = 'http://a.example/map.xml';
		crawl.set({sitemaps: [pageRecord({url, error: 'larger than 5 bytes: the rest was not read'})]});
		await until('sitemaps', 'larger than 5 bytes');
		expect(await isHidden()).toBe(false);
		expect(await textOf('#sitemaps')).toContain(url);
	});

	test('E14: after the end the page can be loaded again, and its button closes it', async () => {
		await using other = await serveUi(crawl, 0, subject);
		crawl.set({state: 'completed', counts: {...noCounts, done: 9, failed: 1}});
		await page.goto(other.url);
		await page.reload();
		await until('state', 'completed');
		await page.click('button[title^="Show what failed"]');
		await until('list', 'failed for a reason');
		await until('finish', 'Close');
		const disabled = await page.$$eval('header button', (buttons) => buttons.map((one) => one.disabled));
		expect(disabled).toEqual([true, true, false]);
		await page.click('#finish');
		await other.closed;
		await other[Symbol.asyncDispose]();
		await until('problem', 'no longer serves this page');
	});

	test.each([390, 768, 1280])(
		'E14: at %i pixels nothing overflows the screen, and URLs have room',
		async (width) => {
			const url = `http://a-rather-long-name.example/${'some-folder/'.repeat(6)}page.html`;
			crawl.set({
				counts: {...noCounts, done: 1_234_567, failed: 8},
				hosts: [hostStatus('a-rather-long-name.example:8080', {done: 7}), hostStatus('b.example')],
				hostCount: 2,
				lastPages: [pageRecord({url, title: 'A title of several words '.repeat(3)})],
			});
			await page.setViewport({width, height: 800});
			await until('pages', 'A title');
			const beside = await page.evaluate(() => {
				const boxes = [...document.querySelectorAll('button, td, th, dd')].map((node) =>
					node.getBoundingClientRect(),
				);
				return boxes.filter(({left, right, width}) => width > 1 && (left < 0 || right > innerWidth)).length;
			});
			expect(beside).toBe(0);
			expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
			expect(await page.$eval('#pages .url', (cell) => cell.getBoundingClientRect().width)).toBeGreaterThan(
				250,
			);
		},
	);

	test('the page is readable in light and dark, wide and narrow', async () => {
		crawl.set({
			state: 'paused',
			holds: [{by: 'user', reason: 'user', since: Date.now(), until: undefined}],
			counts: {...noCounts, failed: 3},
			hosts: [
				hostStatus('a.example', {
					holds: [{by: 'server', reason: 'HTTP 429', since: 0, until: Date.now() + 9000}],
				}),
			],
			lastPages: [pageRecord(), pageRecord({ending: 'failed', error: 'HTTP 500'})],
		});
		await until('pages', 'HTTP 500');
		for (const value of ['light', 'dark']) {
			await page.emulateMediaFeatures([{name: 'prefers-color-scheme', value}]);
			const poor = await page.evaluate(poorContrasts);
			expect(poor).toEqual([]);
		}
		await page.setViewport({width: 360, height: 700});
		expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
	});
});

/** Runs in the page: texts whose contrast is below 4.5 to 1 (WCAG 2.2, AA). */
function poorContrasts(): string[] {
	const parse = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
	const luminance = (color: string): number => {
		const [red = 0, green = 0, blue = 0] = parse(color).map((value) =>
			value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
		);
		return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
	};
	const backgroundOf = (node: Element | null): string => {
		for (let at = node; at !== null; at = at.parentElement) {
			const {backgroundColor} = getComputedStyle(at);
			if (parse(backgroundColor)[3] !== 0) return backgroundColor;
		}
		return 'rgb(255, 255, 255)';
	};
	const poor: string[] = [];
	for (const node of document.querySelectorAll('body *')) {
		const own = [...node.childNodes].some(
			(child) => child.nodeType === 3 && child.textContent?.trim() !== '',
		);
		if (!own || (node as HTMLButtonElement).disabled || node.closest('script, svg') !== null) continue;
		const [low = 0, high = 1] = [
			luminance(getComputedStyle(node).color),
			luminance(backgroundOf(node)),
		].toSorted((one, other) => one - other);
		const contrast = (high + 0.05) / (low + 0.05);
		if (contrast < 4.5) poor.push(`${node.tagName} ${node.textContent} ${contrast.toFixed(2)}`);
	}
	return poor;
}
