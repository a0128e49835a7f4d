// examples/fleet as its users run it: commands in terminals, several processes, a Redis.
import {afterAll, beforeAll, expect, jest, test} from '@jest/globals';
import {Redis} from 'ioredis';
import {run} from '../../examples/fleet/app.ts';
import {RedisFrontier} from '../../examples/fleet/frontier-redis.ts';
import {FakeHost} from '../examples/crawler-app-kit.ts';
import {FleetSite} from '../examples/fleet-site.ts';
import {sleep, until} from '../remote/kit.ts';
import {FleetProgram, type Terminal} from './fleet-terminal.ts';
import {isFull} from './full.ts';
import {RedisServer} from './servers.ts';

// For machines that are busy with other things.
jest.setTimeout(300_000);

let server: RedisServer;
let program: FleetProgram;
beforeAll(async () => {
	[server, program] = await Promise.all([RedisServer.create(), FleetProgram.build()]);
});
afterAll(async () => {
	program[Symbol.dispose]();
	await server[Symbol.asyncDispose]();
});

let crawls = 0;

/** The commands of a crawl of its own. */
class Commands {
	readonly #where = ['--redis', server.url, '--name', `crawl-${++crawls}`];

	crawl(...args: readonly string[]): Terminal {
		return program.start(...args, '--concurrency', '2', '--lease', '3', ...this.#where);
	}

	/** Gives an order from this process, which does no work. */
	async say(...args: readonly string[]): Promise<{code: number; text: string}> {
		const host = new FakeHost();
		const code = await run([...args, ...this.#where], host);
		return {code, text: host.stdout.text + host.stderr.text};
	}

	/** URL → how its visit ended. */
	async pages(): Promise<Record<string, string>> {
		const {text} = await this.say('pages');
		const lines = text.split('\n').filter((line) => line !== '');
		const pages = lines.map((line) => JSON.parse(line) as {url: string; ending: string});
		return Object.fromEntries(pages.map(({url, ending}) => [url, ending]));
	}

	/** The hosts with URLs that wait. */
	async waiting(): Promise<string[]> {
		const {hosts} = JSON.parse((await this.say('status', '--json')).text) as {
			hosts: {host: string; waiting: number}[];
		};
		return hosts.filter(({waiting}) => waiting > 0).map(({host}) => host);
	}
}

/** A process whose starter is gone ends on its own. */
function killIfAlive(pid: number): void {
	try {
		process.kill(pid, 'SIGKILL');
	} catch (error) {
		if ((error as {code?: unknown}).code !== 'ESRCH') throw error;
	}
}

/** On a machine so busy that a process could not renew its locks, another process has its hosts, too. */
function lostLocks(...terminals: readonly Terminal[]): number {
	return terminals.flatMap(({text}) => text.match(/lock/gi) ?? []).length;
}

test('a host with thousands of URLs is dropped in parts, and its URLs can be found again', async () => {
	const client = new Redis(server.url);
	const frontier = new RedisFrontier(client, 'many');
	const urls = Array.from({length: 2500}, (_, number) => `http://one/${number}`);
	await frontier.addSeeds([...urls, 'http://other/']);
	await frontier.settle(urls[0]!, {ending: 'page'}, []);
	await frontier.putOff(urls[1]!);
	expect(await frontier.drop('one')).toBe(2499);
	const waiting = async (): Promise<[string, number][]> =>
		(await frontier.hosts()).map(({host, waiting}) => [host, waiting]);
	expect(await waiting()).toEqual([
		['one', 0],
		['other', 1],
	]);
	await frontier.addSeeds(urls);
	expect(await waiting()).toEqual([
		['one', 2499],
		['other', 1],
	]);
	expect(await frontier.putOff(urls[1]!)).toBe(1);
	expect(await frontier.drop()).toBe(2500);
	await frontier.clear();
	expect(await client.keys('{fleet:many}:*')).toEqual([]);
	await client.quit();
});

test('kill -9 of one process, and then of all, loses no URL and repeats only those in flight', async () => {
	await using site = await FleetSite.start({hosts: 5, pages: 20, answerMs: 30});
	const commands = new Commands();
	await using first = commands.crawl(...site.seeds, '--processes', '3');
	const [victim] = await first.pids(3);
	await site.untilAsked(20);
	process.kill(victim!, 'SIGKILL');
	await first.until(/process \d ended \(SIGKILL\): another takes its place/);
	const pids = await first.pids(4);
	await site.untilAsked(40);
	first.kill('SIGKILL');
	for (const pid of pids) killIfAlive(pid);
	await first.ended;

	await using second = commands.crawl('--processes', '2');
	expect(await second.ended).toBe(0);
	expect(await commands.pages()).toEqual(site.expected);
	const repeats = [...site.requests.values()].map((count) => count - 1).filter((count) => count > 0);
	// Each process had two hosts at most, and one page of a host.
	const killed = 4 * 2;
	expect(repeats.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(
		killed + lostLocks(first, second),
	);
	expect(Math.max(0, ...repeats)).toBeLessThanOrEqual(2 + lostLocks(first, second));
});

// The second is longer than the lease.
const outages = isFull ? [300, 4000] : [4000];
test.each(outages)(
	'a Redis that is killed in mid-crawl and is back with its data after %i ms loses no URL, and every process continues',
	async (ms) => {
		await using site = await FleetSite.start({hosts: 5, pages: 20, answerMs: 30});
		const commands = new Commands();
		await using terminal = commands.crawl(...site.seeds, '--processes', '3');
		const pids = await terminal.pids(3);
		await site.untilAsked(20);
		await server.crash({keepsData: true});
		expect(site.total).toBeLessThan(Object.keys(site.expected).length);
		await sleep(ms);
		await server.start();
		expect(await terminal.ended).toBe(0);
		expect(await commands.pages()).toEqual(site.expected);
		expect(await terminal.pids(3)).toEqual(pids);
	},
);

test('pause, status, resume and abort of a host reach the processes of two commands', async () => {
	await using site = await FleetSite.start({hosts: 4, pages: 12});
	const commands = new Commands();
	site.gate.close();
	await using one = commands.crawl(...site.seeds, '--processes', '1');
	await using other = commands.crawl(...site.seeds, '--processes', '1');
	await site.untilAsked(4);
	const [pid] = await other.pids(1);

	const pausing = commands.say('pause', '--reason', 'lunch');
	await Promise.all([one, other].map((terminal) => terminal.until(/everything is paused by .*: lunch/)));
	site.gate.open();
	await pausing;
	await until(async () => (await commands.say('pause', '--reason', 'lunch')).code === 0);
	const asked = site.total;
	const {text} = await commands.say('status');
	expect(text).toMatch(/^2 processes at work: .*\neverything is paused by .*: lunch/);

	process.kill(pid!, 'SIGKILL');
	await other.pids(2);
	const ending = site.host(1);
	expect((await commands.say('abort', ending)).text).toContain(`aborted ${ending}: `);
	expect(site.total).toBe(asked);
	expect(await commands.say('resume')).toEqual({code: 0, text: 'resumed everything\n'});
	expect(await Promise.all([one.ended, other.ended])).toEqual([0, 0]);
	const left = Object.entries(site.expected).filter(([url]) => new URL(url).host !== ending);
	expect(await commands.pages()).toEqual(Object.fromEntries(left));
	expect(site.urlsOf(ending)).toEqual([`http://${ending}/0`]);
});

test('a 429 holds its host for every process, and for those that replace them', async () => {
	await using site = await FleetSite.start({hosts: 3, pages: 12});
	const commands = new Commands();
	const refusing = site.host(0);
	site.refusing.set(refusing, 3600);
	await using terminal = commands.crawl(...site.seeds, '--processes', '2');
	await terminal.until(new RegExp(`${refusing} is held until .*: HTTP 429`));
	for (const pid of await terminal.pids(2)) process.kill(pid, 'SIGKILL');
	await terminal.pids(4);
	await until(async () => (await commands.waiting()).every((host) => host === refusing));
	expect(site.urlsOf(refusing)).toEqual([`http://${refusing}/0`]);
	expect(site.requests.get(`http://${refusing}/0`)).toBe(1);
	const {text} = await commands.say('resume', refusing);
	expect(text).toMatch(new RegExp(`was not paused\n${refusing} is still held until .*: HTTP 429`));
	expect((await commands.say('abort', refusing)).text).toContain(`aborted ${refusing}: `);
	expect(await terminal.ended).toBe(0);
});
