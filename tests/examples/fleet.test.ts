// The embedded form, which needs no server. tests/servers/fleet.redis.ts has several processes.
import {once} from 'node:events';
import {type AddressInfo, createServer} from 'node:net';
import {describe, expect, jest, test} from '@jest/globals';
import {run} from '../../examples/fleet/app.ts';
import {SqliteFrontier} from '../../examples/fleet/frontier-sqlite.ts';
import {Progress} from '../../examples/fleet/progress.ts';
import {FakeHost, FakeOutput} from './crawler-app-kit.ts';
import {Folder} from './crawler-lab.ts';
import {FleetSite} from './fleet-site.ts';

// PGlite takes up to a minute to start on a machine that does other things.
jest.setTimeout(300_000);

interface Said {
	readonly code: number;
	readonly out: string;
	readonly error: string;
}

/** What a command says, from another terminal. */
async function say(...argv: string[]): Promise<Said> {
	const host = new FakeHost();
	const code = await run(argv, host);
	return {code, out: host.stdout.text, error: host.stderr.text};
}

/** URL → how its visit ended. */
async function pagesIn(dir: string): Promise<Record<string, string>> {
	const {out} = await say('pages', '--dir', dir);
	const pages = out.split('\n').filter((line) => line !== '');
	const records = pages.map((line) => JSON.parse(line) as {url: string; ending: string});
	return Object.fromEntries(records.map(({url, ending}) => [url, ending]));
}

test('a fleet crawls the whole site, each URL once, through a pause, a stop and another start', async () => {
	using folder = new Folder();
	await using site = await FleetSite.start({hosts: 3, pages: 12});
	const [dir, terminal] = [folder.path, new FakeHost()];
	site.gate.close();
	const stopped = run([...site.seeds, '--dir', dir], terminal);
	await site.untilAsked(3);
	const pausing = say('pause', '--dir', dir, '--reason', 'lunch');
	await terminal.stdout.until(/everything is paused by .*: lunch/);
	site.gate.open();
	expect(await pausing).toMatchObject({
		code: 0,
		out: 'paused everything; nothing moves: 3 hosts parked in 1 process\n',
	});
	expect(site.total).toBe(3);
	expect((await say('status', '--dir', dir)).out).toMatch(/^1 process at work: .*\neverything is paused by/);

	terminal.emit('SIGINT');
	expect(await stopped).toBe(3);
	expect(terminal.stdout.text).toContain('the same command continues');
	expect(site.total).toBe(3);

	const host = new FakeHost();
	const goingOn = run(['--dir', dir], host);
	await host.stdout.until(/everything is paused by .*: lunch/);
	expect(await say('resume', '--dir', dir)).toMatchObject({code: 0, out: 'resumed everything\n'});
	expect(await goingOn).toBe(0);
	expect(await pagesIn(dir)).toEqual(site.expected);
	// Pages in flight at the stop are requested again.
	const repeated = [...site.requests].filter(([, count]) => count > 1);
	expect(repeated.map(([url]) => url).every((url) => site.seeds.includes(url))).toBe(true);
});

test('a 429 holds only its host, and an aborted host is skipped while the others are crawled', async () => {
	using folder = new Folder();
	await using site = await FleetSite.start({hosts: 3, pages: 12});
	const [dir, terminal] = [folder.path, new FakeHost()];
	const [refusing, ending] = [site.host(0), site.host(1)];
	site.refusing.set(refusing, 3600);
	site.refusing.set(ending, 3600);
	const crawling = run([...site.seeds, '--dir', dir], terminal);
	await until(async () => isHeld(terminal, refusing) && isHeld(terminal, ending));
	expect(site.urlsOf(refusing)).toEqual([`http://${refusing}/0`]);
	expect((await say('abort', ending, '--dir', dir)).out).toMatch(
		/^aborted .*: \d+ URLs? forgotten; all that ran/,
	);
	site.refusing.clear();
	// The others' pages link to the host that is held; so it waits with more than its first page.
	await until(async () => (await hostsIn(dir))[site.host(2)]?.waiting === 0);
	expect(site.urlsOf(refusing)).toEqual([`http://${refusing}/0`]);
	expect((await say('abort', refusing, '--dir', dir)).code).toBe(0);
	expect(await crawling).toBe(0);
	const left = Object.entries(site.expected).filter(([url]) => new URL(url).host === site.host(2));
	expect(await pagesIn(dir)).toEqual(Object.fromEntries(left));
});

function isHeld({stdout}: FakeHost, host: string): boolean {
	return new RegExp(`${host} is held until .*: HTTP 429`).test(stdout.text);
}

interface HostCounts {
	readonly host: string;
	readonly waiting: number;
}

async function hostsIn(dir: string): Promise<Record<string, HostCounts>> {
	const {out} = await say('status', '--json', '--dir', dir);
	const {hosts} = JSON.parse(out) as {hosts: HostCounts[]};
	return Object.fromEntries(hosts.map((one) => [one.host, one]));
}

async function until(condition: () => Promise<boolean>): Promise<void> {
	while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50));
}

test('a reader of `pages` that goes away, as `| head` does, is no error', async () => {
	using folder = new Folder();
	using frontier = new SqliteFrontier(folder.path);
	const urls = ['a', 'b', 'c', 'd'].map((letter) => `http://site/${letter.repeat(30_000)}`);
	await frontier.addSeeds(urls);
	for (const url of urls) await frontier.settle(url, {ending: 'page'}, []);
	const host = new FakeHost();
	host.stdout.write = (text: string): void => {
		FakeOutput.prototype.write.call(host.stdout, text);
		setImmediate(() => host.stdout.emit('error', Object.assign(new Error('closed'), {code: 'EPIPE'})));
	};
	expect(await run(['pages', '--dir', folder.path], host)).toBe(0);
	expect(host.stderr.text).toBe('');
});

test('a server that accepts a connection and never answers is an error of one line', async () => {
	const server = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const {port} = server.address() as AddressInfo;
	const {code, error} = await say('status', '--redis', `redis://:secret@127.0.0.1:${port}`);
	expect({code, error}).toEqual({
		code: 1,
		error: `error: cannot reach Redis at 127.0.0.1:${port}: no answer\n`,
	});
	await new Promise((resolve) => server.close(resolve));
});

test('a terminal has one line at the bottom, below the notices, which disappears at the end', () => {
	const terminal = new FakeOutput(true);
	const progress = new Progress(terminal);
	const sum = {host: 'all', waiting: 2, page: 1, redirect: 1, skipped: 0, failed: 0};
	const hold = {scope: 'set:a', id: 'server', reason: 'HTTP 429', since: 0, until: 5000, by: 'x'} as const;
	const pause = {scope: 'set:a', id: 'pause', reason: 'lunch', since: 0, by: 'ops'} as const;
	progress.show(sum, []);
	progress.show(sum, [hold]);
	progress.show(sum, [hold, pause]);
	progress.show(sum, [pause]);
	progress.show(sum, []);
	const lines = (): string[] => terminal.text.split('\n').map((line) => line.split('\r\u001B[K').at(-1)!);
	expect(lines()).toEqual([
		expect.stringMatching(/^a is held until .*: HTTP 429$/),
		'a is paused by ops: lunch',
		'a continues',
		'00:00  1 page, 2 waiting, 1 redirect, 0.0 pages/s',
	]);
	progress.finish();
	progress.say('done');
	expect(lines().slice(2)).toEqual(['a continues', 'done', '']);
});

describe('an impossible command gets an error of one line', () => {
	const cases: [string, string[], number, RegExp][] = [
		['an order without a crawl', ['pause', '--dir', '/nowhere/at/all'], 1, /holds no crawl\. One on Redis/],
		[
			'no server',
			['--redis', 'redis://:secret@127.0.0.1:1'],
			1,
			/^error: cannot reach Redis at 127.0.0.1:1: ECONN/,
		],
		['not a URL', ['pauze'], 2, /^expected a command, or an http or https URL to start from, got 'pauze'/],
		['not a URL of Redis', ['--redis', '127.0.0.1'], 2, /^expected a URL like redis:\/\/.* got '127.0.0.1'/],
		['several processes of nothing in common', ['--processes', '2'], 2, /need a server that they share/],
		['an option of another command', ['status', '--fresh'], 2, /^unknown option '--fresh' of status/],
		['no option', ['--fast'], 2, /^unknown option '--fast'/],
		[
			'not a number',
			['--concurrency', 'many'],
			2,
			/^expected a whole number from 1 to 1000 for --concurrency/,
		],
		['a URL instead of a host', ['pause', 'http://a/b'], 2, /^expected a host like .* got 'http:\/\/a\/b'/],
	];
	test.each(cases)('%s', async (_title, argv, code, words) => {
		const said = await say(...argv);
		expect(said.code).toBe(code);
		expect(said.error).toMatch(words);
		expect(said.error.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
	});

	test('the help fits a screen', async () => {
		const {code, out} = await say('--help');
		const lines = out.trimEnd().split('\n');
		expect(code).toBe(0);
		expect(lines.length).toBeLessThan(24);
		expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
	});
});
