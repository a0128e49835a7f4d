import {once} from 'node:events';
import {chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {connect, createServer, type Server, type Socket} from 'node:net';
import {dirname, join} from 'node:path';
import {describe, expect, jest, test} from '@jest/globals';
import {run} from '../../examples/crawler/app.ts';
import {recordedAddress} from '../../examples/crawler/control/address.ts';
import {ask} from '../../examples/crawler/control/client.ts';
import type {Answer} from '../../examples/crawler/control/protocol.ts';
import {serveControl} from '../../examples/crawler/control/server.ts';
import {FakeHost} from './crawler-app-kit.ts';
import {Folder, openCrawl} from './crawler-lab.ts';
import {FakeCrawl, hostStatus, noCounts} from './fake-crawl.ts';
import {WatchedSite} from './watched-site.ts';

// For machines that are busy with other things.
jest.setTimeout(30_000);

/** Runs a command; returns its code and its output. */
async function command(...argv: string[]): Promise<[number, string, string]> {
	const host = new FakeHost();
	const code = await run(argv, host);
	return [code, host.stdout.text, host.stderr.text];
}

async function codeOf(...argv: string[]): Promise<number> {
	const [code] = await command(...argv);
	return code;
}

function addressOf(dir: string): string {
	const address = recordedAddress(dir);
	if (address === undefined) throw new Error('no address');
	return address;
}

/** A client that sends its request byte by byte. */
class Visitor implements Disposable {
	readonly socket: Socket;
	text = '';

	constructor(dir: string) {
		this.socket = connect(addressOf(dir));
		this.socket.on('data', (bytes) => {
			this.text += String(bytes);
		});
		this.socket.on('error', () => {});
	}

	async answers(count: number): Promise<Answer[]> {
		while (this.text.split('\n').length <= count) await once(this.socket, 'data');
		return this.text
			.trimEnd()
			.split('\n')
			.map((line) => JSON.parse(line));
	}

	[Symbol.dispose](): void {
		this.socket.destroy();
	}
}

function mode(path: string): number {
	return statSync(path).mode & 0o777;
}

describe('commands', () => {
	test('pause, resume and stop reach the crawl', async () => {
		using folder = new Folder();
		const crawl = new FakeCrawl();
		await using _server = await serveControl(crawl, folder.path);
		const dir = folder.path;
		expect(await command('pause', dir)).toEqual([0, 'paused (user, 00:00)\n', '']);
		expect(await command('resume', dir)).toEqual([0, 'running\n', '']);
		const until = Date.now() + 600_000;
		expect(await command('pause', dir, '--for', '10m', '--reason', 'lunch')).toEqual([
			0,
			expect.stringMatching(/^paused \(lunch, until [\d: -]+, (?:10:00|09:5\d) left\)\n$/),
			'',
		]);
		expect(await command('stop', dir)).toEqual([0, expect.stringMatching(/^paused/), '']);
		expect(await codeOf('stop', dir, '--now')).toBe(0);
		expect(crawl.calls).toEqual([
			['pause', 'user', undefined, undefined],
			['resume', undefined],
			['pause', 'lunch', undefined, expect.any(Number)],
			['finish'],
			['stop'],
		]);
		expect(Math.abs(Number(crawl.calls[2]?.[3]) - until)).toBeLessThan(10_000);
	});

	test('pause and resume reach a single host', async () => {
		using folder = new Folder();
		const crawl = new FakeCrawl();
		const hold = {by: 'user' as const, reason: 'user', since: 0, until: undefined};
		crawl.status = {...crawl.status, hosts: [hostStatus('a.example', {held: 2, holds: [hold]})]};
		await using _server = await serveControl(crawl, folder.path);
		expect(await command('pause', folder.path, '--host', 'a.example')).toEqual([
			0,
			expect.stringMatching(/^a\.example: paused: user, [\d:]+; 2 held\n$/),
			'',
		]);
		expect(await command('resume', folder.path, '--host', 'a.example')).toEqual([
			1,
			'a.example was not paused by a user\n',
			'',
		]);
		expect(await command('pause', folder.path, '--host', 'c.example')).toEqual([
			1,
			expect.any(String),
			'error: this crawl has no host c.example\n',
		]);
	});

	test('pause reports pausing at once, and paused when nothing moves', async () => {
		using folder = new Folder();
		const crawl = new FakeCrawl();
		let stand = (_: boolean): void => {};
		crawl.pausing = new Promise((resolve) => {
			stand = resolve;
		});
		await using _server = await serveControl(crawl, folder.path);
		using visitor = new Visitor(folder.path);
		visitor.socket.write('{"command":"pause"}\n');
		expect(await visitor.answers(1)).toMatchObject([{ok: true, isDone: false}]);
		visitor.socket.write('{"command":"status"}\n');
		expect(await visitor.answers(2)).toMatchObject([{isDone: false}, {isDone: true}]);
		stand(true);
		expect(await visitor.answers(3)).toMatchObject([{}, {}, {ok: true, isDone: true, hasWorked: true}]);
	});

	test('a pause that a resume overtakes reports that it failed', async () => {
		using folder = new Folder();
		const crawl = new FakeCrawl();
		crawl.pausing = Promise.resolve(false);
		await using _server = await serveControl(crawl, folder.path);
		expect(await command('pause', folder.path)).toEqual([
			1,
			expect.stringMatching(/\nthe crawl was resumed before it stood still\n$/),
			'',
		]);
	});

	test('a client that stops the crawl gets the answer before the socket closes', async () => {
		using folder = new Folder();
		const crawl = new FakeCrawl();
		let end = (): void => {};
		crawl.ending = new Promise((resolve) => {
			end = resolve;
		});
		const server = await serveControl(crawl, folder.path);
		const stopped = command('stop', folder.path);
		while (crawl.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
		const closed = server[Symbol.asyncDispose]();
		end();
		expect(await stopped).toMatchObject([0, expect.any(String), '']);
		await closed;
	});
});

describe('status', () => {
	test('shows a crawl that runs, and one that does not', async () => {
		using folder = new Folder();
		await using site = await WatchedSite.start();
		const host = new FakeHost();
		const code = run([site.url, '--dir', folder.path, '--paused'], host);
		await host.stdout.until(/"state":"paused"/);
		const [, live] = await command('status', folder.path);
		expect(live).toMatch(/^paused \(started paused, 00:0\d\): 0 done/);
		expect(JSON.parse((await command('status', folder.path, '--json'))[1])).toMatchObject({
			isRunning: true,
			isAnswering: true,
			state: 'paused',
		});
		expect(await command('stop', folder.path)).toMatchObject([0, expect.stringMatching(/stopped\n$/), '']);
		expect(await code).toBe(3);
		const [, dead] = await command('status', folder.path);
		expect(dead).toMatch(/^not running, paused \(started paused, 00:0\d\): 0 done/);
		expect(JSON.parse((await command('status', folder.path, '--json'))[1])).toMatchObject({
			isRunning: false,
			isAnswering: false,
			counts: {done: 0, waiting: 1},
		});
	});

	test('shows a killed crawl whose socket is still there', async () => {
		using folder = new Folder();
		const crawl = await openCrawl(folder.path, 'http://127.0.0.1:1/');
		await crawl[Symbol.asyncDispose]();
		leaveSocket(folder.path);
		expect(await command('status', folder.path)).toMatchObject([
			0,
			expect.stringMatching(/^not running/),
			'',
		]);
		expect(await command('pause', folder.path)).toEqual([
			1,
			'',
			`error: no crawl is running in ${folder.path}\n`,
		]);
		// The next crawl takes its place.
		await using _server = await serveControl(new FakeCrawl(), folder.path);
		expect(await codeOf('pause', folder.path)).toBe(0);
	});

	test.each([
		['moves', undefined, /^not answering, running: 0 done, 1 left /],
		['is paused', 'lunch', /^not answering, paused \(lunch, 00:0\d\): 0 done, 1 left /],
	])('soon shows the folder of a crawl that %s and does not answer', async (_what, pause, expected) => {
		using folder = new Folder();
		await using crawl = await openCrawl(folder.path, 'http://127.0.0.1:1/', {paused: pause});
		expect(crawl.status.counts.waiting).toBe(1);
		using silent = await listenAndSayNothing(folder.path);
		jest.useFakeTimers({doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'Date']});
		try {
			const text = command('status', folder.path);
			await once(silent.server, 'connection');
			await new Promise((resolve) => setImmediate(resolve));
			await jest.advanceTimersByTimeAsync(2000);
			expect(await text).toEqual([0, expect.stringMatching(expected), '']);
			expect((await text)[1]).toMatch(/\nThe process does not answer: .* fg lets it go on\.\n$/);
		} finally {
			jest.useRealTimers();
		}
	});

	test.each(['status', 'pause', 'resume', 'stop', 'export'])('%s fails without a crawl', async (name) => {
		using folder = new Folder();
		const [code, said, error] = await command(name, folder.path);
		expect([code, said]).toEqual([1, '']);
		expect(error).toMatch(/^error: (no crawl is running in \S+|\S+ holds no crawl)\n$/);
		expect(readdirSync(folder.path)).toEqual([]);
		expect(await codeOf(name, join(folder.path, 'nowhere'))).toBe(1);
	});
});

function leaveSocket(dir: string): void {
	mkdirSync(join(dir, 'control'), {recursive: true, mode: 0o700});
	// As good as a socket that nobody listens on.
	writeFileSync(join(dir, 'control', 'socket'), '');
	writeFileSync(join(dir, 'control', 'address'), join(dir, 'control', 'socket'));
}

/** As a process does that is stopped by Ctrl-Z. */
async function listenAndSayNothing(dir: string): Promise<Disposable & {server: Server}> {
	leaveSocket(dir);
	const address = join(dir, 'control', 'socket');
	rmSync(address);
	const server = createServer(() => {});
	await new Promise<void>((resolve) => server.listen(address, resolve));
	return {server, [Symbol.dispose]: () => void server.close()};
}

describe('the socket', () => {
	test('only this user may open the socket', async () => {
		using folder = new Folder();
		mkdirSync(join(folder.path, 'control'), {mode: 0o777});
		chmodSync(join(folder.path, 'control'), 0o777);
		await using _server = await serveControl(new FakeCrawl(), folder.path);
		expect(mode(join(folder.path, 'control'))).toBe(0o700);
		expect(mode(addressOf(folder.path))).toBe(0o600);
		expect(mode(join(folder.path, 'control', 'address'))).toBe(0o600);
	});

	test('a path that is too long for a socket gets a short one elsewhere', async () => {
		using folder = new Folder();
		const dir = join(folder.path, 'long'.repeat(30));
		mkdirSync(dir);
		const server = await serveControl(new FakeCrawl(), dir);
		const address = addressOf(dir);
		expect(address.startsWith(dir)).toBe(false);
		expect(mode(dirname(address))).toBe(0o700);
		expect(mode(address)).toBe(0o600);
		expect(await codeOf('pause', dir)).toBe(0);
		await server[Symbol.asyncDispose]();
		expect(existsSync(dirname(address))).toBe(false);
		expect(recordedAddress(dir)).toBeUndefined();
	});

	test('an address in a folder that others may write to is not trusted', async () => {
		using folder = new Folder();
		const address = join(folder.path, 'open', 'socket');
		mkdirSync(dirname(address));
		chmodSync(dirname(address), 0o777);
		const trap = createServer(() => {
			throw new Error('visited');
		});
		await new Promise<void>((resolve) => trap.listen(address, resolve));
		leaveSocket(folder.path);
		writeFileSync(join(folder.path, 'control', 'address'), address);
		expect(await codeOf('pause', folder.path)).toBe(1);
		trap.close();
	});

	test('the socket leaves nothing behind', async () => {
		using folder = new Folder();
		const server = await serveControl(new FakeCrawl(), folder.path);
		using visitor = new Visitor(folder.path);
		await once(visitor.socket, 'connect');
		const left = once(visitor.socket, 'close');
		await server[Symbol.asyncDispose]();
		await left;
		expect(readdirSync(join(folder.path, 'control'))).toEqual([]);
	});

	test('a crawl that cannot create its socket runs without one', async () => {
		using folder = new Folder();
		await using site = await WatchedSite.start();
		writeFileSync(join(folder.path, 'control'), 'in the way');
		const host = new FakeHost();
		expect(await run([site.url, '--dir', folder.path, '--max-pages', '1'], host)).toBe(0);
		expect(host.stderr.text).toMatch(/^no control from other terminals: .*control/);
	});

	test('an answer that never comes is an error', async () => {
		using folder = new Folder();
		using silent = await listenAndSayNothing(folder.path);
		jest.useFakeTimers({doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask']});
		try {
			const answer = ask(folder.path, {command: 'status'}).next();
			const failed = expect(answer).rejects.toThrow(`the crawl in ${folder.path} does not answer`);
			await once(silent.server, 'connection');
			await new Promise((resolve) => setImmediate(resolve));
			await jest.advanceTimersByTimeAsync(15_000);
			await failed;
		} finally {
			jest.useRealTimers();
		}
	});
});

describe('hostile clients', () => {
	test.each([
		['{', 'expected one line of JSON'],
		['', 'expected one line of JSON'],
		['null', 'expected an object'],
		['[]', 'expected an object'],
		['{"command":"exec"}', 'expected a command: status, pause, resume or stop'],
		['{"__proto__":{"command":"stop"}}', 'expected a command: status, pause, resume or stop'],
		['{"command":"pause","host":7}', 'expected 1 to 300 characters for host'],
		['{"command":"pause","reason":""}', 'expected 1 to 100 characters for reason'],
		['{"command":"pause","until":1e400}', 'expected milliseconds since 1970, to come, for until'],
		['{"command":"pause","until":"now"}', 'expected milliseconds since 1970, to come, for until'],
		['{"command":"pause","until":5}', 'expected milliseconds since 1970, to come, for until'],
	])('%s', async (line, error) => {
		using folder = new Folder();
		const crawl = new FakeCrawl();
		await using _server = await serveControl(crawl, folder.path);
		using visitor = new Visitor(folder.path);
		visitor.socket.write(`${line}\n{"command":"status"}\n`);
		expect(await visitor.answers(2)).toEqual([
			{ok: false, error},
			expect.objectContaining({ok: true, isDone: true}),
		]);
		expect(crawl.calls).toEqual([]);
	});

	test('a request without end is disconnected', async () => {
		using folder = new Folder();
		await using _server = await serveControl(new FakeCrawl(), folder.path);
		using visitor = new Visitor(folder.path);
		visitor.socket.write('x'.repeat(5000));
		await once(visitor.socket, 'close');
		expect(visitor.text).toBe('{"ok":false,"error":"expected a line of 4096 bytes at most"}\n');
		expect(await codeOf('pause', folder.path)).toBe(0);
	});

	test('a request may come in pieces, and several in one', async () => {
		using folder = new Folder();
		await using _server = await serveControl(new FakeCrawl(), folder.path);
		using visitor = new Visitor(folder.path);
		for (const byte of '{"command":"pause","reason":"caf\u00E9"}') {
			visitor.socket.write(byte);
			await new Promise((resolve) => setImmediate(resolve));
		}
		visitor.socket.write('\n{"command":"status"}\n{"command":"status"}\n');
		const answers = await visitor.answers(4);
		expect(answers).toHaveLength(4);
		expect(answers[3]).toMatchObject({status: {holds: [{reason: 'caf\u00E9'}]}});
	});

	test('a client that asks and never reads is disconnected', async () => {
		using folder = new Folder();
		const crawl = new FakeCrawl();
		const hosts = Array.from({length: 20}, (_, index) => hostStatus(`${'x'.repeat(1000)}${index}`));
		crawl.status = {...crawl.status, hosts, counts: noCounts};
		await using _server = await serveControl(crawl, folder.path);
		using visitor = new Visitor(folder.path);
		visitor.socket.pause();
		const gone = once(visitor.socket, 'close');
		visitor.socket.write('{"command":"status"}\n'.repeat(1000));
		visitor.socket.once('error', () => {});
		setTimeout(() => visitor.socket.resume(), 200);
		await gone;
		expect(visitor.text.length).toBeLessThan(1000 * 20_000);
	});

	test('clients that leave in the middle do no harm', async () => {
		using folder = new Folder();
		const crawl = new FakeCrawl();
		crawl.pausing = new Promise(() => {});
		await using _server = await serveControl(crawl, folder.path);
		for (let visit = 0; visit < 40; visit++) {
			const visitor = new Visitor(folder.path);
			await once(visitor.socket, 'connect');
			visitor.socket.write('{"command":"pause"}\n');
			visitor[Symbol.dispose]();
		}
		expect(await codeOf('resume', folder.path)).toBe(0);
	});
});
