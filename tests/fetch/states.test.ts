// Rules 11 and 12: what a pause does to a transfer, each arrow between its states, and its clocks.
import {describe, expect, test} from '@jest/globals';
import {type PausableInit, TransferError} from 'pausable-signal/fetch';
import type {Behaviour} from '../support/hostile-server.ts';
import {never, pass, passUntil, run, serve, settle, until, useFakeClock, watched} from './kit.ts';

/** More than the sockets between server and client hold. */
const size = 3_000_000;

useFakeClock();

describe('running and held', () => {
	test('a pause holds and a resume continues, on the same connection', async () => {
		const server = await serve({size});
		const one = await run(server);
		await one.read();
		const {offset} = one.transfer;
		one.controller.pause();
		const read = watched(one.read());
		await settle();
		expect(one.transfer).toMatchObject({state: 'held', offset});
		expect(read.state).toBe('pending');
		one.controller.resume();
		expect(one.transfer.state).toBe('running');
		await until(() => read.state === 'resolved');
		await one.expectWhole();
		expect(one.states).toEqual(['held', 'running', 'completed']);
		expect([one.transfer.reconnects, server.connections]).toEqual([0, 1]);
	});

	test('a pause reads nothing, which makes the server wait', async () => {
		const server = await serve({size: 30_000_000});
		const one = await run(server);
		one.controller.pause();
		const read = one.rest();
		await settle();
		expect(server.openAnswers).toBe(1);
		one.controller.resume();
		await read;
		await one.expectWhole();
	});

	test('a pause fills the buffer, and no more; its bytes come first', async () => {
		const server = await serve({size});
		const one = await run(server, {buffer: 1_000_000, holdMs: 10});
		await one.readTo(1);
		const {offset} = one.transfer;
		one.controller.pause();
		await settle();
		await pass(10);
		expect(one.transfer).toMatchObject({state: 'dropped', offset});
		one.controller.resume();
		await one.expectWhole();
		const from = Number(/\d+/.exec(server.requests[1]!.headers['range']!)![0]);
		expect(from).toBeGreaterThanOrEqual(offset + 1_000_000);
		expect(from).toBeLessThan(offset + 1_200_000);
	});

	test('a body that has arrived completely stays held, and ends after the resume', async () => {
		const server = await serve({size: 1000});
		const one = await run(server, {holdMs: 0, buffer: 10_000});
		await one.read();
		one.controller.pause();
		const end = watched(one.read());
		await settle();
		expect(one.states).toEqual(['held']);
		expect(end.state).toBe('pending');
		one.controller.resume();
		await one.expectWhole();
		expect(one.states).toEqual(['held', 'running', 'completed']);
	});
});

describe('dropped', () => {
	test('after holdMs, and not before, closes the connection; no request follows until resume', async () => {
		const server = await serve({size});
		const one = await run(server);
		await one.read();
		one.controller.pause();
		await pass(24_999);
		expect(one.transfer.state).toBe('held');
		expect(server.openSockets).toBe(1);
		await pass(1);
		expect(one.transfer.state).toBe('dropped');
		await until(() => server.openSockets === 0);
		const read = watched(one.read());
		await pass(1_000_000);
		await settle();
		expect([read.state, server.requests.length]).toEqual(['pending', 1]);
		one.controller.resume();
		await one.expectWhole();
		expect(one.states).toEqual(['held', 'dropped', 'reconnecting', 'running', 'completed']);
		expect(one.transfer.reconnects).toBe(1);
	});

	test('no request follows the resume until the first read', async () => {
		const server = await serve({size});
		const one = await run(server, {holdMs: 0});
		one.controller.pause();
		expect(one.transfer.state).toBe('dropped');
		one.controller.resume();
		await settle();
		expect([one.transfer.state, server.requests.length]).toEqual(['dropped', 1]);
		await one.expectWhole();
		expect(one.states).toEqual(['dropped', 'reconnecting', 'running', 'completed']);
	});

	test('a pause that is ended and begun again has its own holdMs', async () => {
		const server = await serve({size});
		const one = await run(server, {holdMs: 100});
		one.controller.pause();
		await pass(99);
		one.controller.resume();
		one.controller.pause();
		await pass(99);
		expect(one.transfer.state).toBe('held');
		await pass(1);
		expect(one.transfer.state).toBe('dropped');
		one.controller.resume();
		await one.expectWhole();
	});

	test('never with holdMs Infinity', async () => {
		const server = await serve({size});
		const one = await run(server, {holdMs: Infinity});
		one.controller.pause();
		await pass(1e12);
		expect(one.transfer.state).toBe('held');
		one.controller.resume();
		await one.expectWhole();
		expect(one.transfer.reconnects).toBe(0);
	});

	test('many times: each resume costs one connection', async () => {
		const server = await serve({size});
		const one = await run(server, {holdMs: 0});
		for (let times = 1; times <= 5; times++) {
			await one.read();
			one.controller.pause();
			await until(() => server.openSockets === 0);
			one.controller.resume();
		}
		await one.expectWhole();
		expect(one.transfer.reconnects).toBe(5);
	});

	const certain = 'Sat, 01 Jan 2000 00:00:00 GMT';
	const unresumable: Record<string, [Behaviour, PausableInit]> = {
		'a weak tag, no date': [{headers: {etag: 'W/"one"', 'last-modified': undefined}}, {}],
		'a tag without quotes, no date': [{headers: {etag: 'one', 'last-modified': undefined}}, {}],
		'neither tag nor date': [{headers: {etag: undefined, 'last-modified': undefined}}, {}],
		'a date that is as young as the answer': [
			{headers: {etag: undefined, date: certain, 'last-modified': certain}},
			{},
		],
		'a date, and an answer without one': [{headers: {etag: undefined, date: undefined}}, {}],
		'no Accept-Ranges': [{headers: {'accept-ranges': undefined}}, {}],
		'Accept-Ranges: none': [{headers: {'accept-ranges': 'none'}}, {}],
		'a coding': [{gzip: true}, {}],
		'an error': [{status: 404, body: 'x'.repeat(size)}, {}],
		'a POST': [{}, {method: 'POST', body: 'x'}],
		"a range of the caller's": [{}, {headers: {range: 'bytes=0-'}}],
		'a part that nobody asked for': [
			{status: 206, headers: {'content-range': `bytes 0-9/${size}`, etag: '"one"'}, body: 'x'.repeat(10)},
			{},
		],
	};

	test.each(Object.entries(unresumable))(
		'never if it cannot be resumed: %s',
		async (_name, [behaviour, init]) => {
			const server = await serve({size});
			const one = await run(server.next(behaviour), {...init, holdMs: 0});
			expect(one.transfer.resumable).toBe(false);
			one.controller.pause();
			await pass(1e9);
			expect(one.transfer.state).toBe('held');
			one.controller.resume();
			await one.rest();
			expect(one.states).toEqual(['held', 'running', 'completed']);
			expect(server.requests).toHaveLength(1);
			await one.expectNothingLeft();
		},
	);

	const resumable: Record<string, [Behaviour, string]> = {
		'a strong tag alone': [{headers: {'last-modified': undefined}}, '"version-1"'],
		'an empty tag': [{headers: {etag: '""'}}, '""'],
		'a weak tag and a date': [{headers: {etag: 'W/"version-1"'}}, certain],
		'a date a second older than the answer': [
			{headers: {etag: undefined, date: 'Sat, 01 Jan 2000 00:00:01 GMT'}},
			certain,
		],
		'bytes among other units': [{headers: {'accept-ranges': 'pages, Bytes'}}, '"version-1"'],
		'no length': [{chunked: true}, '"version-1"'],
	};

	test.each(Object.entries(resumable))(
		'if it can be resumed: %s, and If-Range says which version',
		async (_name, [behaviour, validator]) => {
			const server = await serve({size});
			server.file.etag = validator === '""' ? '""' : server.file.etag;
			if (behaviour.headers?.['etag']?.startsWith('W/')) server.file.etag = behaviour.headers['etag'];
			const one = await run(server.next(behaviour), {holdMs: 0});
			expect(one.transfer.resumable).toBe(true);
			await one.read();
			one.controller.pause();
			expect(one.transfer.state).toBe('dropped');
			const {offset} = one.transfer;
			one.controller.resume();
			await one.expectWhole();
			expect(server.requests[1]!.headers).toMatchObject({range: `bytes=${offset}-`, 'if-range': validator});
		},
	);
});

describe('reconnecting', () => {
	test('when the connection is lost', async () => {
		const server = await serve({size});
		const one = await run(server.next({dropAfter: 1000}));
		await one.expectWhole();
		expect(one.states).toEqual(['reconnecting', 'running', 'completed']);
	});

	test('a pause of an attempt holds it, drops it later, and is no failure', async () => {
		const server = await serve({size});
		server.next({dropAfter: 1000}, {wait: never});
		const one = await run(server, {holdMs: 100, retry: {maxAttempts: 1}});
		const all = one.expectWhole();
		await until(() => server.requests.length === 2);
		expect(one.transfer.state).toBe('reconnecting');
		one.controller.pause();
		expect(one.transfer.state).toBe('held');
		await pass(100);
		expect(one.transfer.state).toBe('dropped');
		await until(() => server.openSockets === 0);
		one.controller.resume();
		await all;
		expect(one.states).toEqual(['reconnecting', 'held', 'dropped', 'reconnecting', 'running', 'completed']);
	});

	test('an attempt whose answer comes during the pause is used after it', async () => {
		const server = await serve({size});
		let answer = (): void => {};
		server.next({dropAfter: 1000}, {wait: new Promise<void>((resolve) => (answer = resolve))});
		const one = await run(server);
		const all = one.expectWhole();
		await until(() => server.requests.length === 2);
		one.controller.pause();
		answer();
		await settle();
		expect([one.transfer.state, one.transfer.offset]).toEqual(['held', 1000]);
		one.controller.resume();
		await all;
		expect(one.states).toEqual(['reconnecting', 'held', 'running', 'completed']);
	});

	test('a pause between two attempts drops at once: there is no connection', async () => {
		const server = await serve({size});
		server.next({dropAfter: 1000}, {status: 503});
		const one = await run(server, {retry: {baseMs: 1000}});
		const all = one.expectWhole();
		await until(() => server.requests.length === 2 && server.openAnswers === 0);
		await settle();
		await pass(400);
		one.controller.pause();
		expect(one.transfer.state).toBe('dropped');
		await pass(1e6);
		one.controller.resume();
		expect(one.transfer.state).toBe('reconnecting');
		await pass(599);
		await settle();
		expect(server.requests).toHaveLength(2);
		await pass(1);
		await all;
		expect(one.states).toEqual(['reconnecting', 'dropped', 'reconnecting', 'running', 'completed']);
	});

	test('fails when it may not continue', async () => {
		const server = await serve({size});
		const one = await run(server.next({dropAfter: 1000}, {status: 403}));
		expect(await one.failure()).toMatchObject({code: 'ERR_STATUS'});
		expect(one.states).toEqual(['reconnecting', 'failed']);
		await one.expectNothingLeft();
	});
});

describe('a connection that dies while held', () => {
	test('is noticed on resume, and the transfer continues', async () => {
		const server = await serve({size: 20_000_000});
		const one = await run(server, {holdMs: Infinity});
		await one.read();
		one.controller.pause();
		const read = watched(one.read());
		server.killSockets();
		await until(() => server.openSockets === 0);
		await settle();
		await pass(1e9);
		expect([read.state, one.transfer.state]).toEqual(['pending', 'held']);
		one.controller.resume();
		await until(() => read.state === 'resolved');
		await one.expectWhole();
		expect(one.transfer.reconnects).toBe(1);
		// It may deliver the bytes that arrived before it died.
		expect(one.states.filter((state) => state !== 'running')).toEqual(['held', 'reconnecting', 'completed']);
	});

	test('fails an unresumable body on resume, not before, after the kept bytes', async () => {
		const server = await serve({size});
		server.next({dropAfter: 500_000, headers: {'accept-ranges': undefined}});
		const one = await run(server, {buffer: size});
		await one.read();
		one.controller.pause();
		await until(() => server.openSockets === 0);
		await settle();
		expect(one.transfer.state).toBe('held');
		one.controller.resume();
		const error = await one.failure();
		expect(error).toBeInstanceOf(TransferError);
		expect(error).toMatchObject({code: 'ERR_CONNECTION_LOST', offset: 500_000, total: size});
		expect((error as Error).message).toContain('the server takes no ranges');
		expect((error as Error).cause).toMatchObject({name: 'TypeError'});
		expect(server.file.content.subarray(0, 500_000).equals(one.bytes)).toBe(true);
		expect(one.states).toEqual(['held', 'running', 'failed']);
		await one.expectNothingLeft();
	});
});

describe('idleTimeout', () => {
	test('counts active time without a byte during a read', async () => {
		const server = await serve({size});
		const one = await run(server.next({silentAfter: 1000}), {idleTimeout: 1000});
		await one.read();
		await pass(100_000);
		expect(one.transfer.state).toBe('running');
		const all = one.expectWhole();
		await pass(999);
		await settle();
		one.controller.pause();
		await pass(20_000);
		one.controller.resume();
		await settle();
		expect([one.transfer.reconnects, one.transfer.state]).toEqual([0, 'running']);
		await pass(1);
		await all;
		expect(one.transfer.reconnects).toBe(1);
	});

	test('a heartbeat is no silence', async () => {
		const server = await serve({size: 3});
		const beats: (() => void)[] = [];
		server.next((request, response, self) => {
			response.writeHead(200, {'content-length': '3', etag: '"version-1"', 'accept-ranges': 'bytes'});
			const {content} = self.file;
			response.flushHeaders();
			for (const byte of content) beats.push(() => response.write(Buffer.of(byte)));
			beats.push(() => response.end());
		});
		const one = await run(server, {idleTimeout: 1000});
		for (const [at, beat] of beats.entries()) {
			const read = one.read();
			await pass(900);
			beat();
			expect(await read).toBe(at < 3);
		}
		await one.expectWhole();
		expect(one.transfer.reconnects).toBe(0);
	});

	test('of an attempt counts, too, and the failure says so', async () => {
		const server = await serve({size});
		server.next({dropAfter: 1000}, {wait: never}, {silentAfter: 0});
		const one = await run(server, {idleTimeout: 1000, retry: {maxAttempts: 2, baseMs: 0}});
		const failure = one.failure();
		await until(() => server.requests.length === 2);
		await pass(1000);
		await passUntil(() => server.requests.length === 3);
		await settle();
		await pass(1000);
		const error = await failure;
		expect(error).toMatchObject({code: 'ERR_IDLE_TIMEOUT', offset: 1000});
		expect((error as Error).message).toContain('nothing came for 1000 ms');
		await one.expectNothingLeft();
	});

	test('Infinity: never', async () => {
		const server = await serve({size});
		const one = await run(server.next({silentAfter: 1000}), {idleTimeout: Infinity});
		await one.read();
		const read = watched(one.read());
		await pass(1e12);
		await settle();
		expect(read.state).toBe('pending');
		one.controller.abort();
		await one.expectNothingLeft();
	});
});
