import {existsSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {afterEach, describe, expect, jest, test} from '@jest/globals';
import {run} from '../../examples/crawler/app.ts';
import {CrawlReader} from '../../examples/crawler/engine/reading.ts';
import {FakeHost} from './crawler-app-kit.ts';
import {Folder} from './crawler-lab.ts';
import {WatchedSite} from './watched-site.ts';

// For machines that are busy with other things.
jest.setTimeout(30_000);

interface HeldSite extends WatchedSite {
	readonly code: Promise<number>;
}

/** The site that answers nothing but robots.txt until its gate is opened, with a crawler at its door. */
async function heldAt(host: FakeHost, folder: Folder, ...options: string[]): Promise<HeldSite> {
	const site = await WatchedSite.start();
	site.gate.close();
	const code = run([site.url, '--dir', folder.path, ...options], host);
	await site.untilRequested('/');
	return Object.assign(site, {code});
}

function linesOf(host: FakeHost): Record<string, unknown>[] {
	return host.stdout.lines.map((line) => JSON.parse(line));
}

afterEach(() => {
	jest.restoreAllMocks();
});

describe('a crawl without a terminal', () => {
	test('writes a JSON line for each page and each state, and a summary', async () => {
		await using site = await WatchedSite.start();
		using folder = new Folder();
		const host = new FakeHost();
		const argv = [site.url, '--dir', folder.path, '--include', '/$|/lost/|/harbour/'];
		expect(await run(argv, host)).toBe(0);
		const lines = linesOf(host);
		const pages = lines.filter(({type}) => type === 'page');
		using reader = new CrawlReader(folder.path);
		const stored = [...reader.pages()].map(({url}) => url);
		expect(stored.length).toBeGreaterThan(10);
		expect(pages.map(({url}) => String(url)).toSorted()).toEqual(stored.toSorted());
		expect(pages[0]).toEqual({
			type: 'page',
			url: site.url,
			finalUrl: null,
			ending: 'page',
			status: 200,
			contentType: expect.stringContaining('text/html'),
			bytes: expect.any(Number),
			title: expect.any(String),
			depth: 0,
			from: null,
			fetchedAt: expect.any(String),
			ms: expect.any(Number),
			attempts: 1,
			error: null,
		});
		const states = lines.filter(({type}) => type === 'state').map(({state}) => state);
		expect(states).toEqual(['running', 'completed']);
		const done = pages.filter(({ending}) => ending === 'page').length;
		expect(lines.at(-1)).toMatchObject({type: 'summary', state: 'completed', counts: {done, waiting: 0}});
		expect(host.stderr.text).toMatch(
			`crawling ${site.url}, in ${folder.path}\ncompleted: ${done} done, 0 left`,
		);
	});

	test('says at the end why pages failed', async () => {
		await using site = await WatchedSite.start();
		using folder = new Folder();
		const host = new FakeHost();
		const argv = [`${site.origin}/lost/1.html`, `${site.origin}/lost/2.html`, site.url];
		expect(await run([...argv, '--dir', folder.path, '--max-depth', '0'], host)).toBe(0);
		expect(host.stderr.text).toMatch(`  failed 2 x HTTP 404, first ${site.origin}/lost/`);
	});

	test('does not touch the terminal', async () => {
		await using site = await WatchedSite.start();
		using folder = new Folder();
		const host = new FakeHost();
		await run([site.url, '--dir', folder.path, '--max-pages', '3'], host);
		expect(host.stdin.touched).toBe(0);
		expect(host.stdin.listenerCount('data')).toBe(0);
		expect(host.stdout.text).not.toContain('\u001B');
	});

	test('crawls the demo when it gets no url, and leaves nothing behind', async () => {
		const host = new FakeHost();
		expect(await run(['--max-pages', '3'], host)).toBe(0);
		const [, dir = ''] = /\(the demo\), in (\S+)/.exec(host.stderr.text) ?? [];
		expect(dir).toMatch(/crawl-demo-/);
		expect(existsSync(dir)).toBe(false);
	});

	test('a demo that ends at once leaves nothing behind, either', async () => {
		const host = new FakeHost();
		const code = run([], host);
		const said = await host.stderr.until(/\(the demo\), in \S+/);
		const dir = said.replace('(the demo), in ', '');
		expect(existsSync(dir)).toBe(true);
		host.emit('exit');
		expect(existsSync(dir)).toBe(false);
		// A real process has ended by now.
		host.emit('SIGTERM');
		await code;
		expect(host.eventNames()).toEqual([]);
	});

	test('fails when the start page is not available', async () => {
		await using site = await WatchedSite.start();
		using folder = new Folder();
		const host = new FakeHost();
		expect(await run([`${site.origin}/lost/1.html`, '--dir', folder.path], host)).toBe(1);
		expect(host.stderr.text).toContain(`error: ${site.origin}/lost/1.html: HTTP 404\n`);
		expect(linesOf(host).at(-1)).toMatchObject({type: 'summary', state: 'failed'});
		const [status, again] = [new FakeHost(), new FakeHost()];
		await run(['status', folder.path], status);
		expect(status.stdout.text).toMatch(/^not running, failed: 0 done, 0 left /);
		expect(await run(['--dir', folder.path], again)).toBe(1);
		expect(again.stderr.text).toContain(
			`error: nothing is left to visit, and no page was had (${site.origin}/lost/1.html: HTTP 404): --retry-failed asks again, --fresh starts over\n`,
		);
	});

	test('explains bad arguments on stderr', async () => {
		const host = new FakeHost();
		expect(await run(['--concurrency', 'lots'], host)).toBe(2);
		expect(host.stderr.text).toBe(
			"expected a whole number from 1 to 1000 for --concurrency, got 'lots'\nTry --help.\n",
		);
		expect(host.stdout.text).toBe('');
	});

	test('succeeds with --help', async () => {
		const host = new FakeHost();
		expect(await run(['--help'], host)).toBe(0);
		expect(host.stdout.text).toMatch(/Usage: npm start/);
	});

	test('stops when the reader of its output goes away', async () => {
		const host = new FakeHost();
		using folder = new Folder();
		await using site = await heldAt(host, folder);
		host.stdout.emit('error', new Error('EPIPE'));
		expect(await site.code).toBe(3);
	});

	test('refuses a second crawl into the folder', async () => {
		const [first, second] = [new FakeHost(), new FakeHost()];
		using folder = new Folder();
		await using site = await heldAt(first, folder);
		expect(await run([site.url, '--dir', folder.path], second)).toBe(1);
		expect(second.stderr.text).toBe(`error: ${folder.path} is in use: another process crawls into it\n`);
		first.emit('SIGTERM');
		expect(await site.code).toBe(3);
	});

	test('E14: ends the live page with the crawl, as nobody is there to close it', async () => {
		await using site = await WatchedSite.start();
		using folder = new Folder();
		const host = new FakeHost();
		expect(await run([site.url, '--dir', folder.path, '--max-pages', '1', '--ui', '0'], host)).toBe(0);
		expect(host.stderr.text).toContain('live page: http://127.0.0.1:');
		expect(host.stderr.text).not.toContain('stays at');
	});

	test.each([
		['--keep-ui', new FakeHost(), '--keep-ui'],
		['a terminal', new FakeHost({isTTY: true}), '--paused'],
	])('E14: with %s keeps the live page after the end, until it is closed', async (_what, host, option) => {
		await using site = await WatchedSite.start();
		using folder = new Folder();
		const code = run([site.url, '--dir', folder.path, '--max-pages', '3', '--ui', '0', option], host);
		if (option === '--paused') {
			await host.stdout.until(/p pause/);
			host.stdin.type('r');
		}
		const url = (await host.stderr.until(/stays at \S+/)).replace('stays at ', '');
		// The crawl is over: its folder is free for another one.
		expect(await run([site.url, '--dir', folder.path, '--max-pages', '4'], new FakeHost())).toBe(0);
		expect(await (await fetch(url)).text()).toContain(folder.path);
		host.emit('SIGINT');
		expect(await code).toBe(0);
		await expect(fetch(url)).rejects.toThrow();
		expect(host.eventNames()).toEqual([]);
	});

	test('fails when its port is in use, and gives the folder back', async () => {
		const other = createServer();
		await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
		const {port} = other.address() as AddressInfo;
		await using site = await WatchedSite.start();
		using folder = new Folder();
		const host = new FakeHost();
		const argv = [site.url, '--dir', folder.path, '--max-pages', '1'];
		expect(await run([...argv, '--ui', String(port)], host)).toBe(1);
		expect(host.stderr.text).toMatch(/^error: listen EADDRINUSE: .*127\.0\.0\.1:\d+\n$/);
		other.close();
		expect(await run(argv, new FakeHost())).toBe(0);
	});
});

describe('continuing', () => {
	test('a stopped crawl continues with the same command, also without its url', async () => {
		using folder = new Folder();
		const host = new FakeHost();
		await using site = await heldAt(host, folder);
		host.emit('SIGTERM');
		expect(await site.code).toBe(3);
		expect(host.stderr.text).toMatch(/\nThe same command goes on\.\n$/);
		site.gate.open();
		const next = new FakeHost();
		expect(await run(['crawl', '--dir', folder.path, '--max-pages', '5'], next)).toBe(0);
		expect(linesOf(next).filter(({ending}) => ending === 'page')).toHaveLength(5);
	});

	test('a crawl that ended while paused is still paused, and says why', async () => {
		using folder = new Folder();
		await using site = await WatchedSite.start();
		const host = new FakeHost();
		const code = run([site.url, '--dir', folder.path, '--paused'], host);
		await host.stdout.until(/"state":"paused"/);
		host.emit('SIGTERM');
		expect(await code).toBe(3);
		const next = new FakeHost();
		const nextCode = run([site.url, '--dir', folder.path], next);
		await next.stderr.until(/still paused: started paused, 00:0\d; resume \S+ from another terminal\n/);
		next.emit('SIGTERM');
		expect(await nextCode).toBe(3);
		expect(site.requests).toEqual([]);
	});

	const visitsOf = (host: FakeHost): string[] =>
		linesOf(host).flatMap(({type, url}) => (type === 'page' ? [String(url)] : []));

	test('a stopped demo in a folder continues with the same command', async () => {
		using folder = new Folder();
		const argv = ['crawl', '--dir', folder.path, '--include', '/$|/lost/|/harbour/'];
		const host = new FakeHost();
		const code = run(argv, host);
		for (let pages = 0; pages < 8; pages++) await host.stdout.until(/"type":"page"/);
		host.emit('SIGTERM');
		expect(await code).toBe(3);
		expect(host.stderr.text).toMatch(/\nThe same command goes on\.\n$/);
		const next = new FakeHost();
		expect(await run(argv, next)).toBe(0);
		const visits = [...visitsOf(host), ...visitsOf(next)];
		expect(visits.length).toBe(new Set(visits).size);
		using reader = new CrawlReader(folder.path);
		expect(visits.toSorted()).toEqual([...reader.pages()].map(({url}) => url).toSorted());
		expect(reader.status.counts).toMatchObject({waiting: 0});
		// With --fresh it starts over, on the same ports.
		const again = new FakeHost();
		expect(await run([...argv, '--fresh', '--max-pages', '2'], again)).toBe(0);
		expect(visits).toEqual(expect.arrayContaining(visitsOf(again)));
	});

	test('a demo whose port is in use says so', async () => {
		using folder = new Folder();
		const [first, second] = [new FakeHost(), new FakeHost()];
		const argv = ['--dir', folder.path, '--paused'];
		const code = run(argv, first);
		await first.stdout.until(/"state":"paused"/);
		expect(await run(argv, second)).toBe(1);
		expect(second.stderr.text).toMatch(
			/^error: port \d+ of the demo in \S+ is in use: by a process that crawls into it, or by another program\n$/,
		);
		first.emit('SIGTERM');
		expect(await code).toBe(3);
		writeFileSync(join(folder.path, 'demo.json'), '{"ports":["22"]}');
		expect(await run(argv, second)).toBe(1);
		expect(second.stderr.text).toMatch(/expected the ports of the demo in \S+demo\.json, got/);
	});

	test('a demo does not overwrite a crawl', async () => {
		await using site = await WatchedSite.start();
		using folder = new Folder();
		expect(await run([site.url, '--dir', folder.path, '--max-pages', '1'], new FakeHost())).toBe(0);
		const host = new FakeHost();
		expect(await run(['--dir', folder.path, '--fresh'], host)).toBe(1);
		expect(host.stderr.text).toBe(
			`error: ${folder.path} holds a crawl: expected the URLs to start over from\n`,
		);
		using reader = new CrawlReader(folder.path);
		expect(reader.status.counts.done).toBe(1);
	});
});

describe('on a terminal', () => {
	test('p pauses, r resumes, s reports, q finishes', async () => {
		const host = new FakeHost({isTTY: true});
		const {stdin, stdout} = host;
		using folder = new Folder();
		await using site = await heldAt(host, folder);
		expect(stdin).toMatchObject({isRaw: true, isReading: true});
		await stdout.until(/running {2}active 00:0\d/);
		stdin.type('p');
		await stdout.until(/paused \(user, 00:0\d\)/);
		site.gate.open();
		await site.untilOpen(0);
		site.gate.close();
		stdin.type('R');
		await site.untilOpen(2);
		stdin.type('s');
		await stdout.until(/running: 1 done, \d+ left .*\r\n.* MB, .* links; .* paused in this run/);
		stdin.type('q');
		await stdout.until(/finishing: 2 in flight are finished and saved; .* The same command goes on\./);
		stdin.type('q');
		site.gate.open();
		expect(await site.code).toBe(3);
		await stdout.until(/stopped: 3 done, \d+ left .*\r\n/);
		expect(stdin).toMatchObject({isRaw: false, isReading: false});
		expect(stdin.listenerCount('data')).toBe(0);
		expect(site.requests.filter((path) => path !== '/robots.txt')).toHaveLength(3);
	});

	test('a digit pauses its host, and resumes it', async () => {
		const host = new FakeHost({isTTY: true});
		const {stdin, stdout} = host;
		using folder = new Folder();
		await using site = await heldAt(host, folder);
		stdin.type('9');
		stdin.type('1');
		await stdout.until(/1 127\.0\.0\.1:\d+ paused: user, 00:0\d; 0 done, 0 waiting, 1 held/);
		stdin.type('1');
		await stdout.until(/1 127\.0\.0\.1:\d+ 0 done/);
		stdin.type('\u0003');
		site.gate.open();
		expect(await site.code).toBe(3);
	});

	test('an unknown key does nothing', async () => {
		const host = new FakeHost({isTTY: true});
		using folder = new Folder();
		await using site = await heldAt(host, folder);
		// An arrow, F1 and Alt-Q, as terminals send them.
		for (const keys of ['x\r\u001B[Q', '\u001BOP', '\u001Bq', '\u001B']) host.stdin.type(keys);
		expect(host.stdout.text).not.toMatch(/pausing|finishing/);
		host.stdin.type('h');
		await host.stdout.until(/p pause, what is in flight/);
		host.emit('SIGTERM');
		expect(await site.code).toBe(3);
	});

	test('Ctrl-Z leaves the terminal to the shell, and comes back', async () => {
		const host = new FakeHost({isTTY: true});
		const {stdin, stdout} = host;
		using folder = new Folder();
		await using site = await heldAt(host, folder);
		stdin.type('\u001A');
		expect(host.kills).toEqual([[0, 'SIGTSTP']]);
		expect(stdin.isRaw).toBe(false);
		expect(stdout.text.endsWith('\u001B[?25h')).toBe(true);
		host.emit('SIGCONT');
		expect(stdin.isRaw).toBe(true);
		expect(stdout.text).toMatch(/q finish {2}h help\S+$/);
		host.emit('SIGTERM');
		expect(await site.code).toBe(3);
		expect(host.listenerCount('SIGCONT')).toBe(0);
	});

	test('a crash restores the terminal', async () => {
		const host = new FakeHost({isTTY: true});
		using folder = new Folder();
		await using site = await heldAt(host, folder);
		host.emit('exit');
		expect(host.stdin.isRaw).toBe(false);
		expect(host.stdout.text.endsWith('\u001B[J\u001B[?25h')).toBe(true);
		host.emit('SIGTERM');
		await site.code;
	});

	test('with --json the crawl leaves the terminal alone', async () => {
		await using site = await WatchedSite.start();
		using folder = new Folder();
		const host = new FakeHost({isTTY: true});
		await run([site.url, '--json', '--dir', folder.path, '--max-pages', '3'], host);
		expect(host.stdin.touched).toBe(0);
		for (const line of linesOf(host)) expect(line).toHaveProperty('type');
	});
});

describe('Ctrl-C', () => {
	let later = 0;
	function waitForEchoes(): void {
		later += 1000;
		const now = performance.now() + later;
		jest.spyOn(performance, 'now').mockReturnValue(now);
	}

	test.each([
		['the key', (host: FakeHost) => host.stdin.type('\u0003')],
		['the signal', (host: FakeHost) => void host.emit('SIGINT')],
	])('first it finishes and saves, then it aborts, then it exits: %s', async (_title, interrupt) => {
		const host = new FakeHost({isTTY: true});
		using folder = new Folder();
		await using site = await heldAt(host, folder);
		interrupt(host);
		expect(host.stdout.text).toContain(
			'finishing: 1 in flight are finished and saved; Ctrl-C again aborts them. The same command goes on.\r\n',
		);
		waitForEchoes();
		interrupt(host);
		expect(host.stdout.text).toContain(
			'stopping: 1 in flight are aborted, and visited again next time; Ctrl-C again exits now. The same command goes on.\r\n',
		);
		waitForEchoes();
		interrupt(host);
		expect(host.stdout.text).toContain('exiting now: what was saved is whole. The same command goes on.\r\n');
		expect(host.exits).toEqual([3]);
		expect(await site.code).toBe(3);
		expect(host.eventNames()).toEqual([]);
	});

	test('the pages in flight are finished, and no other page begins', async () => {
		const host = new FakeHost();
		using folder = new Folder();
		await using site = await heldAt(host, folder);
		host.emit('SIGINT');
		site.gate.open();
		expect(await site.code).toBe(3);
		expect(linesOf(host).at(-1)).toMatchObject({type: 'summary', counts: {done: 1}});
		expect(site.requests).toEqual(['/robots.txt', '/']);
	});

	test('the echo of the key is not a second Ctrl-C', async () => {
		const host = new FakeHost();
		using folder = new Folder();
		await using site = await heldAt(host, folder);
		jest.spyOn(performance, 'now').mockReturnValue(performance.now());
		host.emit('SIGINT');
		host.emit('SIGINT');
		jest.restoreAllMocks();
		expect(host.stderr.text).not.toContain('stopping');
		site.gate.open();
		expect(await site.code).toBe(3);
	});

	test('E12: SIGHUP does not end a crawl without a terminal, as under nohup', async () => {
		const host = new FakeHost();
		using folder = new Folder();
		await using site = await heldAt(host, folder);
		host.emit('SIGHUP');
		site.gate.open();
		expect(await site.code).toBe(0);
		expect(host.eventNames()).toEqual([]);
	});

	test.each(['SIGTERM', 'SIGHUP'])('%s aborts at once, also after a Ctrl-C', async (signal) => {
		const host = new FakeHost();
		Object.assign(host.stdin, {isTTY: true});
		using folder = new Folder();
		await using site = await heldAt(host, folder);
		jest.spyOn(performance, 'now').mockReturnValue(performance.now());
		host.emit('SIGINT');
		host.emit(signal);
		host.emit(signal);
		jest.restoreAllMocks();
		expect(host.exits).toEqual([]);
		expect(await site.code).toBe(3);
		expect(host.stderr.text).toContain('stopping: 1 in flight are aborted');
	});

	test('a paused crawl ends, too', async () => {
		const host = new FakeHost({isTTY: true});
		using folder = new Folder();
		await using site = await heldAt(host, folder);
		host.stdin.type('p');
		site.gate.open();
		await host.stdout.until(/paused \(user/);
		host.stdin.type('\u0003');
		expect(await site.code).toBe(3);
		expect(host.stdout.text).toContain('stopped: 0 done');
	});
});

test('a crawl names its folder after the host by default', async () => {
	await using site = await WatchedSite.start();
	using folder = new Folder();
	const host = new FakeHost();
	const before = process.cwd();
	process.chdir(folder.path);
	try {
		expect(await run([site.url, '--max-pages', '1'], host)).toBe(0);
	} finally {
		process.chdir(before);
	}
	const name = `crawl-${new URL(site.url).host.replace(':', '-')}`;
	expect(existsSync(join(folder.path, name, 'crawl.db'))).toBe(true);
});
