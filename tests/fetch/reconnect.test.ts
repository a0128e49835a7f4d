// Rules 14, 15 and 16: how a transfer is resumed, and what each answer means.
import {describe, expect, jest, test} from '@jest/globals';
import {Readable} from 'node:stream';
import {PausableController} from 'pausable-signal';
import {pausableFetch, TransferError} from 'pausable-signal/fetch';
import type {Behaviour, HostileServer} from '../support/hostile-server.ts';
import {never, pass, passUntil, Run, run, serve, settle, until, useFakeClock} from './kit.ts';

const size = 300_000;
const date = 'Sat, 01 Jan 2000 00:00:00 GMT';

useFakeClock();

/** The requests that the server got after the first one. */
function asked(server: HostileServer): (string | undefined)[][] {
	return server.requests.slice(1).map(({headers}) => [headers['range'], headers['if-range']]);
}

describe('the request', () => {
	test("is that of the caller, with Range and If-Range; the caller's headers may change meanwhile", async () => {
		const server = await serve({size});
		const headers = new Headers({'x-own': 'first', cookie: 'a=1'});
		const controller = new PausableController();
		const url = new URL(`${server.url}?query`);
		server.next({dropAfter: 1000});
		const response = await pausableFetch(url, {
			headers,
			signal: controller.signal,
		});
		headers.set('x-own', 'changed');
		url.search = 'changed';
		await new Run(server, controller, response).expectWhole();
		const [first, second] = server.requests;
		expect(second).toMatchObject({method: 'GET', path: '/file?query', connection: 2});
		expect(second!.headers).toMatchObject({range: 'bytes=1000-', 'if-range': '"version-1"'});
		for (const name of ['x-own', 'cookie', 'user-agent', 'accept'])
			expect([name, second!.headers[name]]).toEqual([name, first!.headers[name]]);
	});

	test('goes to the original url, as signed urls behind redirects expire', async () => {
		const server = await serve({size});
		server.next({redirect: '/signed/1'}, {dropAfter: 1000}, {redirect: '/signed/2'});
		const one = await run(server);
		expect([one.response.url, one.response.redirected]).toEqual([
			server.url.replace('/file', '/signed/1'),
			true,
		]);
		await one.expectWhole();
		expect(server.requests.map(({path}) => path)).toEqual(['/file', '/signed/1', '/file', '/signed/2']);
		expect(server.requests[3]!.headers).toMatchObject({range: 'bytes=1000-', 'if-range': '"version-1"'});
		expect(one.transfer.toJSON().url).toBe(server.url);
	});

	test('uses the caller’s fetch', async () => {
		const server = await serve({size});
		const urls: unknown[] = [];
		const signing = (async (input: string, init?: RequestInit) => {
			urls.push(input);
			return fetch(`${input}?signature=${urls.length}`, init);
		}) as typeof fetch;
		const one = await run(server.next({dropAfter: 1000}), {fetch: signing});
		await one.expectWhole();
		expect(urls).toEqual([server.url, server.url]);
		expect(server.requests.map(({path}) => path)).toEqual(['/file?signature=1', '/file?signature=2']);
	});

	test('is also sent if the body is a Node Readable, as with node-fetch', async () => {
		const server = await serve({size});
		const bodies: Readable[] = [];
		const others = (async (input: string, init?: RequestInit) => {
			const {status, statusText, headers, body} = await fetch(input, init);
			bodies.push(Readable.fromWeb(body as never));
			return {status, statusText, headers, body: bodies.at(-1)};
		}) as unknown as typeof fetch;
		const one = await run(server.next({silentAfter: 1000}), {fetch: others, holdMs: 0});
		await one.read();
		const read = one.read();
		await settle();
		one.controller.pause();
		await until(() => server.openSockets === 0);
		one.controller.resume();
		await read;
		await one.expectWhole();
		expect(bodies.map(({destroyed}) => destroyed)).toEqual([true, true]);
	});

	test.each<[string, Behaviour]>([
		['a closed socket', {dropAfter: 1000}],
		['a reset', {resetAfter: 1000}],
		['a body shorter than its length', {endAfter: 1000}],
		['a chunked body that is cut', {chunked: true, dropAfter: 1000}],
	])('is sent after %s', async (_name, behaviour) => {
		const server = await serve({size});
		const one = await run(server.next(behaviour));
		await one.expectWhole();
		expect(one.transfer.reconnects).toBe(1);
	});
});

describe('the attempts', () => {
	/** Without a limit on silence, the only timer is that of the next attempt. */
	const timed = {idleTimeout: Infinity};
	const waits = (): boolean => jest.getTimerCount() === 1;

	async function expectAttemptAfter(ms: number, server: HostileServer): Promise<void> {
		await until(waits);
		const {length} = server.requests;
		await pass(ms - 1);
		await settle();
		expect(server.requests).toHaveLength(length);
		await pass(1);
		await until(() => server.requests.length === length + 1);
	}

	test('start at once, then after baseMs, doubling, up to maxDelayMs', async () => {
		const server = await serve({size});
		server.otherwise = {status: 503};
		const retry = {maxAttempts: 5, baseMs: 100, maxDelayMs: 250};
		const one = await run(server.next({dropAfter: 1000}), {...timed, retry});
		const failure = one.failure();
		await until(() => server.requests.length === 2);
		for (const ms of [100, 200, 250, 250]) await expectAttemptAfter(ms, server);
		expect(await failure).toMatchObject({code: 'ERR_CONNECTION_LOST', status: 503, offset: 1000});
		expect(server.requests).toHaveLength(6);
		await one.expectNothingLeft();
	});

	test.each([429, 503, 408])(
		'D6: %s with a Retry-After: waits for it, at most maxDelayMs',
		async (status) => {
			const server = await serve({size});
			const answers = ['1.5', '0', '3600', '0.01'].map((value) => ({
				status,
				headers: {'retry-after': value},
			}));
			const retry = {maxAttempts: 5, baseMs: 100, maxDelayMs: 5000};
			const one = await run(server.next({dropAfter: 1000}, ...answers), {...timed, retry});
			const all = one.expectWhole();
			await until(() => server.requests.length === 2);
			// The back-off of its own, where that is longer.
			for (const ms of [1500, 200, 5000, 800]) await expectAttemptAfter(ms, server);
			await all;
		},
	);

	test('D6: a pause stops the wait for a Retry-After', async () => {
		const server = await serve({size});
		server.next({dropAfter: 1000}, {status: 503, headers: {'retry-after': '10'}});
		const one = await run(server, {...timed, holdMs: Infinity});
		const all = one.expectWhole();
		await until(() => server.requests.length === 2);
		await until(waits);
		await pass(4000);
		one.controller.pause();
		await pass(100_000);
		one.controller.resume();
		await expectAttemptAfter(6000, server);
		await all;
	});

	test('are 3 by default, and the last two come after half a second and a second', async () => {
		const server = await serve({size});
		server.otherwise = {hangUp: true};
		const one = await run(server.next({dropAfter: 1000}), timed);
		const failure = one.failure();
		await until(() => server.requests.length === 2);
		for (const ms of [500, 1000]) await expectAttemptAfter(ms, server);
		const error = await failure;
		expect(error).toMatchObject({code: 'ERR_CONNECTION_LOST', cause: {name: 'TypeError'}, status: undefined});
		expect((error as Error).message).toContain('no attempt is left');
		expect(server.requests).toHaveLength(4);
	});

	test('one new byte starts the count again', async () => {
		const server = await serve({size});
		for (let at = 0; at < 10; at++) server.next({dropAfter: 1}, {status: 500}, {hangUp: true});
		const one = await run(server, {retry: {maxAttempts: 3, baseMs: 1}});
		const all = one.expectWhole();
		await passUntil(() => one.transfer.state === 'completed');
		await all;
		// Those of the servers that hung up brought no answer.
		expect([server.requests.length, one.transfer.reconnects]).toEqual([31, 20]);
	});

	test('a connection that brings nothing new does not', async () => {
		const server = await serve({size});
		server.otherwise = {dropAfter: 0};
		const one = await run(server.next({dropAfter: 1000}), {retry: {maxAttempts: 3, baseMs: 1}});
		const failure = one.failure();
		await passUntil(() => one.transfer.state === 'failed');
		expect(await failure).toMatchObject({code: 'ERR_CONNECTION_LOST', offset: 1000});
		expect(server.requests).toHaveLength(4);
	});

	test('a pause stops the clock between them', async () => {
		const server = await serve({size});
		const init = {...timed, holdMs: Infinity, retry: {baseMs: 100}};
		const one = await run(server.next({dropAfter: 1000}, {status: 429}), init);
		const all = one.expectWhole();
		await until(waits);
		await pass(60);
		one.controller.pause();
		await pass(100_000);
		await settle();
		one.controller.resume();
		expect(server.requests).toHaveLength(2);
		await expectAttemptAfter(40, server);
		await all;
	});

	test('maxAttempts 0: a lost connection fails at once', async () => {
		const server = await serve({size});
		const one = await run(server.next({dropAfter: 1000}), {retry: {maxAttempts: 0}});
		expect(await one.failure()).toMatchObject({
			code: 'ERR_CONNECTION_LOST',
			offset: 1000,
			total: size,
			cause: {name: 'TypeError'},
		});
		expect(server.requests).toHaveLength(1);
		await one.expectNothingLeft();
	});

	test('maxAttempts 0: a dropped transfer still reconnects, once per drop', async () => {
		const server = await serve({size: 3_000_000});
		const one = await run(server, {holdMs: 0, retry: {maxAttempts: 0}});
		// The second drop comes before the connection has brought a byte, the third before it has answered.
		server.next({silentAfter: 0}, {wait: never}, {}, {status: 503});
		for (let drops = 1; drops <= 3; drops++) {
			one.controller.pause();
			await until(() => server.openSockets === 0);
			one.controller.resume();
			const read = one.read();
			await until(() => server.requests.length === drops + 1);
			await settle();
			if (drops === 3) await read;
		}
		one.controller.pause();
		one.controller.resume();
		expect(await one.failure()).toMatchObject({code: 'ERR_CONNECTION_LOST', status: 503});
	});
});

describe('the answer', () => {
	/** A transfer whose connection is lost after 1000 bytes, and the answer to its next request. */
	async function lostAt1000(
		...answers: Behaviour[]
	): Promise<{server: HostileServer; failure: TransferError}> {
		const server = await serve({size});
		const one = await run(server.next({dropAfter: 1000}, ...answers), {retry: {maxAttempts: 1}});
		const failure = (await one.failure()) as TransferError;
		expect(failure).toBeInstanceOf(TransferError);
		expect(failure).toMatchObject({name: 'TransferError', url: server.url, offset: 1000, total: size});
		expect(failure.message).toContain(`${server.url}, at byte 1000 of ${size}: `);
		expect(one.bytes.equals(server.file.content.subarray(0, 1000))).toBe(true);
		expect(one.transfer).toMatchObject({state: 'failed', offset: 1000});
		await one.expectNothingLeft();
		return {server, failure};
	}

	const range = (text: string, headers: Behaviour['headers'] = {}): Behaviour => ({
		headers: {...headers, 'content-range': text},
	});
	const last = size - 1;

	test.each<[string, Behaviour, Partial<TransferError>]>([
		['from another byte', range(`bytes 999-${last}/${size}`), {code: 'ERR_BAD_RANGE'}],
		['from the beginning', range(`bytes 0-${last}/${size}`), {code: 'ERR_BAD_RANGE'}],
		['of another unit', range(`pages 1000-${last}/${size}`), {code: 'ERR_BAD_RANGE'}],
		['without Content-Range', {headers: {'content-range': undefined}}, {code: 'ERR_BAD_RANGE'}],
		['that makes no sense', range(`bytes ${last}-1000/${size}`), {code: 'ERR_BAD_RANGE'}],
		['of many parts', {multipart: true}, {code: 'ERR_BAD_RANGE'}],
		['that is compressed', {headers: {'content-encoding': 'gzip'}}, {code: 'ERR_BAD_RANGE'}],
		['of another total', range(`bytes 1000-${size}/${size + 1}`), {code: 'ERR_CHANGED'}],
		['with another tag', {headers: {etag: '"other"'}}, {code: 'ERR_CHANGED'}],
		['with the tag made weak', {headers: {etag: 'W/"version-1"'}}, {code: 'ERR_CHANGED'}],
		[
			'with another date',
			{headers: {'last-modified': 'Sun, 02 Jan 2000 00:00:00 GMT'}},
			{code: 'ERR_CHANGED'},
		],
	])('206 %s', async (_name, behaviour, expected) => {
		const {failure, server} = await lostAt1000(behaviour);
		expect(failure).toMatchObject(expected);
		expect(server.requests).toHaveLength(2);
	});

	test.each<[string, Behaviour]>([
		['with the total unknown', range(`bytes 1000-${last}/*`)],
		['that leaves the validators out', {headers: {etag: undefined, 'last-modified': undefined}}],
		['in other letters', range(`Bytes 1000-${last}/${size}`)],
		['without a length', {chunked: true}],
	])('206 %s is accepted', async (_name, behaviour) => {
		const server = await serve({size});
		const one = await run(server.next({dropAfter: 1000}, behaviour));
		await one.expectWhole();
		expect(one.transfer).toMatchObject({total: size, reconnects: 1});
	});

	test('206 of less than all: requests the rest', async () => {
		const server = await serve({size});
		const part: Behaviour = {
			...range(`bytes 1000-1999/${size}`),
			body: server.file.content.subarray(1000, 2000),
		};
		const one = await run(server.next({dropAfter: 1000}, part));
		await one.expectWhole();
		expect(asked(server).map(([range]) => range)).toEqual(['bytes=1000-', 'bytes=2000-']);
	});

	test('206 with more bytes than its headers say', async () => {
		const server = await serve({size});
		const part: Behaviour = {
			...range(`bytes 1000-1999/${size}`),
			body: server.file.content.subarray(1000, 2001),
		};
		const one = await run(server.next({dropAfter: 1000}, part));
		expect(await one.failure()).toMatchObject({code: 'ERR_BAD_RANGE', offset: 1000});
		await one.expectNothingLeft();
	});

	test('206 of a server that accepts any If-Range, after a change', async () => {
		const server = await serve({size});
		const one = await run(server.next({dropAfter: 1000}, {ifRange: 'ignored'}));
		server.change();
		expect(await one.failure()).toMatchObject({code: 'ERR_CHANGED', offset: 1000});
		expect(one.bytes.equals(server.versions[0]!.content.subarray(0, 1000))).toBe(true);
	});

	test.each<[string, Behaviour]>([
		['with another tag', {ignoreRange: true, headers: {etag: '"other"'}}],
		['without a tag', {ignoreRange: true, headers: {etag: undefined}}],
		['with the tag made weak', {ignoreRange: true, headers: {etag: 'W/"version-1"'}}],
		['with the same tag, of another length', {ignoreRange: true, body: 'short'}],
		['with the same tag, compressed', {gzip: true}],
	])('200 %s: changed', async (_name, behaviour) => {
		const {failure} = await lostAt1000(behaviour);
		expect(failure.code).toBe('ERR_CHANGED');
	});

	test('200 with the same strong tag: the next request tries the date, for a server that refuses tags', async () => {
		const server = await serve({size});
		server.next({dropAfter: 1000}, {ifRange: 'dates'}, {ifRange: 'dates'});
		const one = await run(server);
		await one.expectWhole();
		expect(asked(server)).toEqual([
			['bytes=1000-', '"version-1"'],
			['bytes=1000-', date],
		]);
	});

	test('200 with the same strong tag, and again for the date: the beginning is thrown away', async () => {
		const server = await serve({size: 3_000_000});
		server.otherwise = {ignoreRange: true};
		const one = await run(server.next({dropAfter: 2_000_000}));
		await one.expectWhole();
		expect(asked(server).map(([, validator]) => validator)).toEqual(['"version-1"', date]);
	});

	test('200 with the same strong tag, and no date: the beginning is thrown away at once', async () => {
		const server = await serve({size});
		server.file.lastModified = undefined;
		server.otherwise = {ignoreRange: true};
		const one = await run(server.next({dropAfter: 1000}));
		await one.expectWhole();
		expect(asked(server)).toEqual([['bytes=1000-', '"version-1"']]);
	});

	test('200 whose beginning is thrown away: a pause and a lost connection during that do no harm', async () => {
		const server = await serve({size: 3_000_000});
		server.file.lastModified = undefined;
		server.otherwise = {ignoreRange: true};
		server.next({dropAfter: 2_500_000}, {ignoreRange: true, dropAfter: 2_000_000});
		const one = await run(server, {holdMs: 0});
		const all = one.expectWhole();
		await passUntil(() => server.requests.length === 3);
		one.controller.pause();
		await settle();
		const {offset} = one.transfer;
		expect(offset).toBe(2_500_000);
		one.controller.resume();
		await all;
		expect(one.transfer.state).toBe('completed');
	});

	test('200 whose beginning ends early, again and again: truncated', async () => {
		const {failure} = await lostAt1000(
			{ifRange: 'refused', headers: {'last-modified': undefined}},
			{
				ifRange: 'refused',
				chunked: true,
				endAfter: 500,
			},
		);
		expect(failure.code).toBe('ERR_TRUNCATED');
	});

	test('200 for the date, changed by then', async () => {
		const {failure} = await lostAt1000({ifRange: 'dates'}, {ignoreRange: true, headers: {etag: '"other"'}});
		expect(failure.code).toBe('ERR_CHANGED');
	});

	test('200 for a date, without a strong tag: changed', async () => {
		const server = await serve({size});
		server.file.etag = undefined;
		const one = await run(server.next({dropAfter: 1000}, {ifRange: 'refused'}));
		expect(await one.failure()).toMatchObject({code: 'ERR_CHANGED', offset: 1000});
		expect(asked(server)).toEqual([['bytes=1000-', date]]);
	});

	test.each<[string, Record<string, string>]>([
		['of another length', {'content-range': 'bytes */999'}],
		['of the same length', {'content-range': `bytes */${size}`}],
		['without Content-Range', {}],
		['of another tag', {'content-range': 'bytes */1000', etag: '"other"'}],
		['which says that 1000 are all, of a file that was longer', {'content-range': 'bytes */1000'}],
	])('416 %s: changed', async (_name, headers) => {
		const {failure} = await lostAt1000({status: 416, headers});
		expect(failure.code).toBe('ERR_CHANGED');
	});

	test('416 that says that the body, of unknown length, was complete: complete', async () => {
		const server = await serve({size: 1000});
		const one = await run(server.next({chunked: true, dropAfter: 1000}));
		expect(one.transfer.total).toBeUndefined();
		await one.expectWhole();
		expect(one.transfer.total).toBe(1000);
		expect(one.states).toEqual(['reconnecting', 'completed']);
	});

	test.each([408, 429, 500, 502, 503, 504])('%s: a failed attempt', async (status) => {
		const server = await serve({size});
		server.next({dropAfter: 1000}, {status, headers: {'retry-after': '1'}}, {status});
		const one = await run(server, {retry: {baseMs: 1}});
		const all = one.expectWhole();
		await passUntil(() => one.transfer.state === 'completed');
		await all;
		expect(server.requests).toHaveLength(4);
	});

	test.each([201, 204, 304, 400, 401, 403, 404, 410, 412])('%s: the end', async (status) => {
		const {failure, server} = await lostAt1000({status});
		expect(failure).toMatchObject({code: 'ERR_STATUS', status});
		expect(server.requests).toHaveLength(2);
	});
});

describe('the end', () => {
	test.each([0, 2])('fewer bytes than the total, %s attempts: truncated', async (maxAttempts) => {
		const server = await serve({size});
		const short = (async (url: string, init?: RequestInit) => {
			const {status, headers} = await fetch(url, init);
			const first = Number(/\d+/.exec(headers.get('content-range') ?? '0')![0]);
			return new Response(new Uint8Array(server.file.content.subarray(first, 500)), {status, headers});
		}) as typeof fetch;
		const one = await run(server, {fetch: short, retry: {maxAttempts, baseMs: 0}});
		const failure = one.failure();
		await passUntil(() => one.transfer.state === 'failed');
		expect(await failure).toMatchObject({code: 'ERR_TRUNCATED', offset: 500, total: size});
		expect(server.requests).toHaveLength(1 + maxAttempts);
	});

	test('fewer bytes than the Content-Range of a 206 with an unknown total: requests the rest', async () => {
		const server = await serve({size});
		server.next(
			{chunked: true, dropAfter: 1000},
			{chunked: true, endAfter: 500, headers: {'content-range': `bytes 1000-${size - 1}/*`}},
		);
		const one = await run(server);
		await one.expectWhole();
		expect(asked(server).map(([range]) => range)).toEqual(['bytes=1000-', 'bytes=1500-']);
	});

	test('fewer bytes of a resource that cannot be resumed: truncated, as the connection was lost', async () => {
		const server = await serve({size});
		const one = await run(server.next({endAfter: 1000, headers: {'accept-ranges': undefined}}));
		expect(await one.failure()).toMatchObject({code: 'ERR_CONNECTION_LOST', offset: 1000});
		await one.expectNothingLeft();
	});

	test('a chunked body that ends normally is complete: nothing says otherwise', async () => {
		const server = await serve({size});
		const one = await run(server.next({chunked: true, endAfter: 1000}));
		expect((await one.rest()).length).toBe(1000);
		expect(one.transfer).toMatchObject({state: 'completed', total: 1000});
	});
});
