import {describe, expect, jest, test} from '@jest/globals';
import {run} from '../../examples/crawler/app.ts';
import {expectedCrawl, FakeHost, WatchedSite} from './crawler-kit.ts';

// For machines that are busy with other things.
jest.setTimeout(30_000);

/** The demo site that answers nothing but robots.txt until its gate is opened, with a crawler at its door. */
async function heldAt(host: FakeHost): Promise<WatchedSite & {code: Promise<number>}> {
	const site = await WatchedSite.start();
	site.gate.close();
	const code = run([site.url], host);
	await site.untilRequested('/');
	return Object.assign(site, {code});
}

describe('without a terminal', () => {
	test('it writes a JSON line for each page and each state, and a summary', async () => {
		await using site = await WatchedSite.start();
		const host = new FakeHost();
		expect(await run([site.url], host)).toBe(0);
		const lines = host.stdout.lines.map((line) => JSON.parse(line));
		const pages = lines.filter(({type}) => type === 'page');
		const paths = pages.map(({url}): string => url.slice(site.origin.length));
		const expected = Object.keys(expectedCrawl(site.site));
		expect(new Set(paths)).toEqual(new Set(expected));
		expect(paths).toHaveLength(expected.length);
		expect(pages[0]).toMatchObject({
			url: site.url,
			depth: 0,
			ending: 'page',
			status: 200,
			ms: expect.any(Number),
		});
		expect(lines.filter(({type}) => type === 'state').map(({state}) => state)).toEqual([
			'running',
			'completed',
		]);
		expect(lines.at(-1)).toMatchObject({
			type: 'summary',
			state: 'completed',
			page: pages.filter(({ending}) => ending === 'page').length,
			failures: expect.arrayContaining([{reason: 'HTTP 404', count: 4, url: expect.any(String)}]),
		});
		expect(host.stderr.text).toBe(`crawling ${site.url}\n`);
	});

	test('the terminal is not touched', async () => {
		await using site = await WatchedSite.start();
		const host = new FakeHost();
		await run([site.url, '--max-pages', '3'], host);
		expect(host.stdin.touched).toBe(0);
		expect(host.stdin.listenerCount('data')).toBe(0);
		expect(host.stdout.text).not.toContain('\u001B');
	});

	test('it crawls the demo site when it is given none', async () => {
		const host = new FakeHost();
		expect(await run(['--max-pages', '3'], host)).toBe(0);
		expect(host.stderr.text).toMatch(/^crawling http:\/\/127\.0\.0\.1:\d+\/ \(the demo site\)\n$/);
	});

	test('a start page that is not to be had is an error', async () => {
		await using site = await WatchedSite.start();
		const host = new FakeHost();
		expect(await run([`${site.origin}/lost/1.html`], host)).toBe(1);
		expect(host.stderr.text).toContain(`error: ${site.origin}/lost/1.html: HTTP 404\n`);
		expect(JSON.parse(host.stdout.lines.at(-1) ?? '')).toMatchObject({type: 'summary', state: 'failed'});
	});

	test('bad arguments are explained on stderr', async () => {
		const host = new FakeHost();
		expect(await run(['--concurrency', 'lots'], host)).toBe(2);
		expect(host.stderr.text).toMatch(
			/^expected a whole number from 1 to 1000 for --concurrency, got 'lots'\n/,
		);
		expect(host.stdout.text).toBe('');
	});

	test('help is no error', async () => {
		const host = new FakeHost();
		expect(await run(['--help'], host)).toBe(0);
		expect(host.stdout.text).toMatch(/Usage: npm start/);
	});

	test('a reader that goes away stops the crawl', async () => {
		const host = new FakeHost();
		await using site = await heldAt(host);
		host.stdout.emit('error', new Error('EPIPE'));
		expect(await site.code).toBe(3);
	});
});

describe('on a terminal', () => {
	test('p pauses, r resumes, s reports, q stops', async () => {
		const host = new FakeHost({isTTY: true});
		const {stdin, stdout} = host;
		await using site = await heldAt(host);
		expect(stdin).toMatchObject({isRaw: true, isReading: true});
		stdin.type('p');
		await stdout.until(/pausing \(1 in flight\) \| 0 done \| 0 waiting \| 1 running/);
		site.gate.open();
		await stdout.until(/paused \(user, 00:00\) \| 0 done \| 1 waiting \| 0 running/);
		site.gate.close();
		stdin.type('R');
		await stdout.until(/running \| 1 done \| \d+ waiting \| 8 running/);
		stdin.type('s');
		await stdout.until(/running: 1 pages, .*\n.* MB, .* links, .* s active, .* s paused, .* pages\/s\n/);
		stdin.type('q');
		expect(await site.code).toBe(3);
		await stdout.until(/stopped: 1 pages, 0 redirects, 0 skipped, 0 failed, \d+ left\n/);
		expect(stdin).toMatchObject({isRaw: false, isReading: false});
		expect(stdin.listenerCount('data')).toBe(0);
	});

	test('the line is drawn over itself and never wraps', async () => {
		await using site = await WatchedSite.start();
		const host = new FakeHost({isTTY: true});
		host.stdout.columns = 30;
		await run([site.url, '--max-pages', '40'], host);
		const shown = host.stdout.text.replaceAll('\r\u001B[K', '\n').split('\n');
		const live = shown.filter((line) => line.includes(' | '));
		expect(live.length).toBeGreaterThan(1);
		for (const line of live) expect(line.length).toBeLessThan(30);
	});

	test('what is no key of ours does nothing', async () => {
		const host = new FakeHost({isTTY: true});
		await using site = await heldAt(host);
		host.stdin.type('x\r\u001B[Q');
		host.stdin.type('\u001Bq');
		expect(host.stdout.text).not.toMatch(/pausing|stopping/);
		host.stdin.type('q');
		expect(await site.code).toBe(3);
	});

	test.each([
		['the key', (host: FakeHost) => host.stdin.type('\u0003')],
		['the signal', (host: FakeHost) => void host.emit('SIGINT')],
		['a request to end', (host: FakeHost) => void host.emit('SIGTERM')],
	])('Ctrl-C stops cleanly and says so: %s', async (_title, interrupt) => {
		const host = new FakeHost({isTTY: true});
		await using site = await heldAt(host);
		interrupt(host);
		expect(host.stdout.text).toContain('stopping: 1 in flight are aborted; Ctrl-C again exits now\n');
		expect(await site.code).toBe(3);
		expect(host.exits).toEqual([]);
		expect(host.eventNames()).toEqual([]);
	});

	test('a second Ctrl-C exits now, but not its own echo', async () => {
		const host = new FakeHost({isTTY: true});
		await using site = await heldAt(host);
		host.emit('SIGINT');
		host.emit('SIGINT');
		expect(host.exits).toEqual([]);
		const later = performance.now() + 1000;
		jest.spyOn(performance, 'now').mockReturnValue(later);
		host.emit('SIGINT');
		jest.restoreAllMocks();
		expect(host.exits).toEqual([3]);
		await site.code;
	});

	test('a crash restores the terminal', async () => {
		const host = new FakeHost({isTTY: true});
		await using site = await heldAt(host);
		host.emit('exit');
		expect(host.stdin.isRaw).toBe(false);
		expect(host.stdout.text.endsWith('\r\u001B[K')).toBe(true);
		host.emit('SIGINT');
		await site.code;
	});

	test('with --json it is left alone', async () => {
		await using site = await WatchedSite.start();
		const host = new FakeHost({isTTY: true});
		await run([site.url, '--json', '--max-pages', '3'], host);
		expect(host.stdin.touched).toBe(0);
		for (const line of host.stdout.lines) expect(JSON.parse(line)).toHaveProperty('type');
	});
});
