// pausableFetch() against a server of its own: what is read is the file, whatever happens on the way.
import {describe, expect, test} from '@jest/globals';
import {PausableController} from 'pausable-signal';
import {pausableFetch, TransferError, transferOf} from 'pausable-signal/fetch';
import {nodeOf} from '../../src/core/foreign.ts';
import {collectGarbage, reasons} from '../core/support.ts';
import {
	cutAfter,
	FileServer,
	flush,
	macrotask,
	readAll,
	sha,
	silentAfter,
	status,
	until,
	watched,
} from './basic-kit.ts';

const size = 3_000_000;
const soon = {baseMs: 1} as const;

function nothingLeftOn(signal: AbortSignal): void {
	expect(nodeOf(signal).followers?.size ?? 0).toBe(0);
}

describe('the response', () => {
	test("looks as fetch's own", async () => {
		const file = await FileServer.start(1000);
		const [ours, theirs] = [await pausableFetch(file.url), await fetch(file.url)];
		for (const name of ['status', 'statusText', 'ok', 'url', 'redirected', 'type', 'bodyUsed'] as const)
			expect([name, ours[name]]).toEqual([name, theirs[name]]);
		expect([...ours.headers]).toEqual(
			[...theirs.headers].map(([name, value]) => [name, name === 'date' ? ours.headers.get('date') : value]),
		);
		expect(ours).toBeInstanceOf(Response);
		expect(sha(new Uint8Array(await ours.arrayBuffer()))).toBe(sha(file.content));
		expect(ours.bodyUsed).toBe(true);
		await theirs.body?.cancel();
		expect(file.requests[0]?.headers).toMatchObject({'accept-encoding': 'identity'});
		expect(file.requests[0]?.headers).not.toHaveProperty('range');
	});

	test('clone() gives the same twice', async () => {
		const file = await FileServer.start(300_000);
		const response = await pausableFetch(file.url);
		const clone = response.clone();
		expect(clone.url).toBe(file.url);
		expect(clone.clone().url).toBe(file.url);
		const [one, two] = await Promise.all([response.arrayBuffer(), clone.arrayBuffer()]);
		expect(sha(new Uint8Array(one))).toBe(sha(file.content));
		expect(sha(new Uint8Array(two))).toBe(sha(file.content));
	});

	test.each([204, 304])('status %s has no body', async (code) => {
		const file = await FileServer.start(10);
		file.script.push((_request, response) => void response.writeHead(code).end());
		const response = await pausableFetch(file.url);
		expect([response.status, response.body, transferOf(response)?.state]).toEqual([code, null, 'completed']);
	});

	test('HEAD, POST, and an HTTP error are responses', async () => {
		const file = await FileServer.start(10);
		const head = await pausableFetch(file.url, {method: 'HEAD'});
		expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '10', '']);
		file.script.push((request, response) => void request.pipe(response));
		const post = await pausableFetch(file.url, {method: 'POST', body: 'hello'});
		expect([await post.text(), transferOf(post)?.resumable]).toEqual(['hello', false]);
		file.script.push(status(404));
		const missing = await pausableFetch(file.url);
		expect([missing.status, missing.ok, await missing.text()]).toEqual([404, false, 'status 404']);
	});

	test('can be read into buffers of the reader, and a pause holds the rest of a chunk', async () => {
		const file = await FileServer.start(100_000);
		const controller = new PausableController();
		const response = await pausableFetch(file.url, {signal: controller.signal});
		const reader = response.body!.getReader({mode: 'byob'});
		const parts: Uint8Array[] = [];
		for (;;) {
			const {done, value} = await reader.read(new Uint8Array(1000));
			if (done) break;
			parts.push(value);
			if (parts.length === 2) {
				controller.pause();
				const read = watched(reader.read(new Uint8Array(1000)));
				await macrotask();
				expect([read.state, transferOf(response)?.offset]).toEqual(['pending', 2000]);
				controller.resume();
				await until(() => read.state !== 'pending');
				parts.push(read.value!.value!);
			}
		}
		expect(sha(Buffer.concat(parts))).toBe(sha(file.content));
	});

	test('of another fetch has no transfer', () => {
		expect(transferOf(new Response('text'))).toBeUndefined();
	});

	test('that nobody reads and nobody keeps gives its connection and the signal back', async () => {
		const file = await FileServer.start(size);
		const {signal} = new PausableController();
		await (async () => void (await pausableFetch(file.url, {signal})))();
		expect(file.sockets.size).toBe(1);
		await collectGarbage();
		await until(() => file.sockets.size === 0);
		nothingLeftOn(signal);
	});
});

describe('pausing', () => {
	test('before the request: nothing is sent; abort rejects with the reason', async () => {
		const file = await FileServer.start(10);
		const controller = new PausableController();
		controller.pause();
		const call = watched(pausableFetch(file.url, {signal: controller.signal}));
		await macrotask();
		expect([call.state, file.requests.length]).toEqual(['pending', 0]);
		controller.resume();
		await until(() => call.state === 'resolved');
		expect(await call.value!.text()).toHaveLength(file.content.toString().length);
		nothingLeftOn(controller.signal);
	});

	test('while the answer is on its way: it is kept until resume', async () => {
		const file = await FileServer.start(1000);
		let answer = (): void => {};
		file.script.push((request, response) => (answer = () => file.serve(request, response)));
		const controller = new PausableController();
		const call = watched(pausableFetch(file.url, {signal: controller.signal}));
		await until(() => file.requests.length === 1);
		controller.pause();
		answer();
		await macrotask();
		await macrotask();
		expect(call.state).toBe('pending');
		controller.resume();
		await until(() => call.state !== 'pending');
		expect(sha(await readAll(call.value!.body))).toBe(sha(file.content));
	});

	test('softly: held, nothing delivered, the same connection', async () => {
		const file = await FileServer.start(size);
		const controller = new PausableController();
		const response = await pausableFetch(file.url, {signal: controller.signal});
		const transfer = transferOf(response)!;
		const states: string[] = [];
		transfer.addEventListener('statechange', () => states.push(transfer.state));
		const reader = response.body!.getReader();
		const first = (await reader.read()).value!;
		controller.pause();
		const read = watched(reader.read());
		await macrotask();
		expect([read.state, transfer.state, transfer.offset]).toEqual(['pending', 'held', first.byteLength]);
		controller.resume();
		await until(() => read.state !== 'pending');
		reader.releaseLock();
		const rest = await readAll(response.body);
		expect(sha(Buffer.concat([first, read.value!.value!, rest]))).toBe(sha(file.content));
		expect([transfer.state, transfer.reconnects, transfer.offset, transfer.total]).toEqual([
			'completed',
			0,
			size,
			size,
		]);
		await flush();
		expect(states).toEqual(['held', 'running', 'completed']);
		nothingLeftOn(controller.signal);
	});

	test.each([0, 5])(
		'hard, after holdMs %s: dropped, and taken up with Range and If-Range',
		async (holdMs) => {
			const file = await FileServer.start(size);
			const controller = new PausableController();
			const response = await pausableFetch(file.url, {signal: controller.signal, holdMs});
			const transfer = transferOf(response)!;
			const reader = response.body!.getReader();
			const parts: Uint8Array[] = [(await reader.read()).value!];
			controller.pause();
			await until(() => transfer.state === 'dropped');
			await until(() => file.sockets.size === 0);
			expect(file.requests).toHaveLength(1);
			controller.resume();
			await macrotask();
			expect([transfer.state, file.requests.length]).toEqual(['dropped', 1]);
			reader.releaseLock();
			parts.push(await readAll(response.body));
			expect(sha(Buffer.concat(parts))).toBe(sha(file.content));
			expect([transfer.state, transfer.reconnects]).toEqual(['completed', 1]);
			expect(file.requests[1]!.headers['if-range']).toBe('"one"');
			expect(file.requests[1]!.headers['range']).toMatch(/^bytes=\d+-$/);
			nothingLeftOn(controller.signal);
		},
	);

	test('without a validator it stays held', async () => {
		const file = await FileServer.start(size);
		file.etag = 'W/"weak"';
		file.lastModified = undefined;
		const controller = new PausableController();
		const response = await pausableFetch(file.url, {signal: controller.signal, holdMs: 0});
		controller.pause();
		await macrotask();
		expect([transferOf(response)!.state, transferOf(response)!.resumable]).toEqual(['held', false]);
		controller.resume();
		expect(sha(await readAll(response.body))).toBe(sha(file.content));
	});

	test('a connection that died meanwhile is taken up on resume', async () => {
		const file = await FileServer.start(size);
		const controller = new PausableController();
		const response = await pausableFetch(file.url, {signal: controller.signal});
		const reader = response.body!.getReader();
		const first = (await reader.read()).value!;
		controller.pause();
		for (const socket of file.sockets) socket.destroy();
		const read = watched(reader.read());
		await until(() => file.sockets.size === 0);
		await macrotask();
		expect([read.state, transferOf(response)!.state]).toEqual(['pending', 'held']);
		controller.resume();
		await until(() => read.state !== 'pending');
		reader.releaseLock();
		const rest = await readAll(response.body);
		expect(sha(Buffer.concat([first, read.value!.value!, rest]))).toBe(sha(file.content));
	});

	test('with a buffer goes on reading', async () => {
		const file = await FileServer.start(size);
		const controller = new PausableController();
		const response = await pausableFetch(file.url, {signal: controller.signal, buffer: size});
		const reader = response.body!.getReader();
		const first = (await reader.read()).value!;
		controller.pause();
		await until(
			() => file.sockets.size === 0 || [...file.sockets].every((socket) => socket.writableLength === 0),
		);
		expect(transferOf(response)!.offset).toBe(first.byteLength);
		controller.resume();
		reader.releaseLock();
		expect(sha(Buffer.concat([first, await readAll(response.body)]))).toBe(sha(file.content));
	});
});

describe('a lost connection', () => {
	test('is taken up where it broke, as often as it brings something', async () => {
		const file = await FileServer.start(size);
		file.script.push(...Array.from({length: 6}, () => cutAfter(300_000)));
		const response = await pausableFetch(file.url, {retry: soon});
		expect(sha(await readAll(response.body))).toBe(sha(file.content));
		expect(transferOf(response)!.reconnects).toBe(6);
	});

	test.each([408, 429, 500, 503])('%s is a failed attempt', async (code) => {
		const file = await FileServer.start(size);
		file.script.push(cutAfter(1000), status(code), status(code));
		const response = await pausableFetch(file.url, {retry: soon});
		expect(sha(await readAll(response.body))).toBe(sha(file.content));
		expect(file.requests).toHaveLength(4);
	});

	test('fails when the attempts are used up', async () => {
		const file = await FileServer.start(size);
		file.script.push(cutAfter(1000), ...Array.from({length: 3}, () => status(503)));
		const response = await pausableFetch(file.url, {retry: soon});
		const error = await readAll(response.body).catch((error: unknown) => error);
		expect(error).toBeInstanceOf(TransferError);
		expect(error).toMatchObject({
			code: 'ERR_CONNECTION_LOST',
			offset: 1000,
			total: size,
			status: 503,
			url: file.url,
		});
		expect([transferOf(response)!.state, file.requests.length]).toEqual(['failed', 4]);
	});

	test('maxAttempts 0: fails at once, with the cause; but a drop is taken up once', async () => {
		const file = await FileServer.start(size);
		const controller = new PausableController();
		file.script.push(undefined, cutAfter(1000));
		const response = await pausableFetch(file.url, {
			signal: controller.signal,
			holdMs: 0,
			retry: {maxAttempts: 0},
		});
		controller.pause();
		controller.resume();
		await expect(readAll(response.body)).rejects.toMatchObject({
			code: 'ERR_CONNECTION_LOST',
			cause: {name: 'TypeError'},
		});
		expect(file.requests).toHaveLength(2);
	});

	test('silence counts as lost', async () => {
		const file = await FileServer.start(size);
		file.script.push(silentAfter(1000));
		const response = await pausableFetch(file.url, {idleTimeout: 20, retry: soon});
		expect(sha(await readAll(response.body))).toBe(sha(file.content));
		file.script.push(silentAfter(1000));
		const other = await pausableFetch(file.url, {idleTimeout: 20, retry: {maxAttempts: 0}});
		await expect(readAll(other.body)).rejects.toMatchObject({code: 'ERR_IDLE_TIMEOUT', offset: 1000});
	});

	test('a body that ends too early is no end', async () => {
		const file = await FileServer.start(size);
		const short = async (url: string, init?: RequestInit): Promise<Response> => {
			const {status, headers} = await fetch(url, init);
			return new Response(new Uint8Array(file.content.subarray(0, 5)), {status, headers});
		};
		const response = await pausableFetch(file.url, {fetch: short as never, retry: {maxAttempts: 0}});
		await expect(readAll(response.body)).rejects.toMatchObject({code: 'ERR_TRUNCATED', offset: 5});
	});
});

describe('the resource meanwhile', () => {
	const error = async (
		file: FileServer,
		...answers: Parameters<FileServer['script']['push']>
	): Promise<unknown> => {
		file.script.push(cutAfter(1000), ...answers);
		const response = await pausableFetch(file.url, {retry: soon});
		return readAll(response.body).catch((error: unknown) => error);
	};

	test('changed: never spliced', async () => {
		const file = await FileServer.start(size);
		const change = (): void => void Object.assign(file, {etag: '"two"', content: Buffer.alloc(size)});
		file.script.push(cutAfter(1000));
		const response = await pausableFetch(file.url, {retry: soon});
		change();
		await expect(readAll(response.body)).rejects.toMatchObject({code: 'ERR_CHANGED', offset: 1000});
	});

	test('a 206 of other bytes, of another length, of another tag', async () => {
		const file = await FileServer.start(size);
		const part = (range: string, etag = '"one"') => status(206, {'content-range': range, etag});
		expect(await error(file, part(`bytes 999-${size - 1}/${size}`))).toMatchObject({code: 'ERR_BAD_RANGE'});
		expect(await error(file, part(`bytes 1000-${size}/${size + 1}`))).toMatchObject({code: 'ERR_CHANGED'});
		expect(await error(file, part(`bytes 1000-${size - 1}/${size}`, '"two"'))).toMatchObject({
			code: 'ERR_CHANGED',
		});
	});

	test('416 and 403', async () => {
		const file = await FileServer.start(size);
		expect(await error(file, status(416, {'content-range': 'bytes */1000'}))).toMatchObject({
			code: 'ERR_CHANGED',
		});
		expect(await error(file, status(403))).toMatchObject({code: 'ERR_STATUS', status: 403});
	});

	test('a 200 with the same strong tag: the date is tried, then the beginning is thrown away', async () => {
		const file = await FileServer.start(size);
		const whole = ((request, response) => {
			delete request.headers.range;
			file.serve(request, response);
		}) as Parameters<typeof file.script.push>[0];
		file.script.push(cutAfter(200_000), whole, whole);
		const response = await pausableFetch(file.url, {retry: soon});
		expect(sha(await readAll(response.body))).toBe(sha(file.content));
		expect(file.requests.map(({headers}) => headers['if-range'])).toEqual([
			undefined,
			'"one"',
			file.lastModified,
		]);
	});
});

describe('from', () => {
	test('goes on in another call', async () => {
		const file = await FileServer.start(size);
		const response = await pausableFetch(file.url);
		const reader = response.body!.getReader();
		const first = (await reader.read()).value!;
		const from = JSON.parse(JSON.stringify(transferOf(response)));
		expect(from).toEqual({
			url: file.url,
			offset: first.byteLength,
			total: size,
			etag: '"one"',
			lastModified: file.lastModified,
		});
		await reader.cancel();
		const rest = await pausableFetch(file.url, {from});
		expect([rest.status, rest.headers.get('content-length')]).toEqual([206, String(size - first.byteLength)]);
		expect(sha(Buffer.concat([first, await readAll(rest.body)]))).toBe(sha(file.content));
		expect(transferOf(rest)!.reconnects).toBe(0);
	});

	test('of a resource that has changed, or is complete', async () => {
		const file = await FileServer.start(100);
		const from = {url: 'http://elsewhere/', offset: 100, total: 100, etag: '"one"', lastModified: null};
		const complete = await pausableFetch(file.url, {from});
		expect([complete.status, await complete.text(), transferOf(complete)!.state]).toEqual([
			206,
			'',
			'completed',
		]);
		file.etag = '"two"';
		await expect(pausableFetch(file.url, {from: {...from, offset: 50}})).rejects.toMatchObject({
			code: 'ERR_CHANGED',
		});
	});
});

describe('an abort', () => {
	const situations: Record<string, (file: FileServer, controller: PausableController) => Promise<unknown>> = {
		'of a call': async (file, {signal}) => {
			file.script.push(() => {});
			const call = pausableFetch(file.url, {signal});
			await until(() => file.requests.length === 1);
			return call;
		},
		'of a call that is paused': async (file, controller) => {
			controller.pause();
			return pausableFetch(file.url, {signal: controller.signal});
		},
		'of a running body': async (file, {signal}) => {
			file.script.push(silentAfter(1000));
			const {body} = await pausableFetch(file.url, {signal});
			return readAll(body);
		},
		'of a held body': async (file, controller) => {
			const {body} = await pausableFetch(file.url, {signal: controller.signal});
			controller.pause();
			return readAll(body);
		},
		'of a dropped body': async (file, controller) => {
			const {body} = await pausableFetch(file.url, {signal: controller.signal, holdMs: 0});
			controller.pause();
			return readAll(body);
		},
		'of a body that reconnects': async (file, {signal}) => {
			file.script.push(cutAfter(1000), () => {});
			const {body} = await pausableFetch(file.url, {signal});
			const all = readAll(body);
			all.catch(() => {});
			await until(() => file.requests.length === 2);
			return all;
		},
		'of a body that waits for the next attempt': async (file, {signal}) => {
			file.script.push(cutAfter(1000), status(503));
			const {body} = await pausableFetch(file.url, {signal, retry: {baseMs: 1_000_000}});
			const all = readAll(body);
			all.catch(() => {});
			await until(() => file.requests.length === 2);
			return all;
		},
	};

	test.each(
		Object.keys(situations).flatMap((name) => reasons.map(([kind, reason]) => [name, kind, reason] as const)),
	)('%s, with %s', async (name, _kind, reason) => {
		const file = await FileServer.start(size);
		const controller = new PausableController();
		const outcome = watched(situations[name]!(file, controller).then((x) => x));
		for (let turn = 0; turn < 20; turn++) await macrotask();
		expect(outcome.state).toBe('pending');
		controller.abort(reason);
		await flush();
		expect(outcome.state).toBe('rejected');
		expect(outcome.reason).toBe(controller.signal.reason);
		await until(() => file.sockets.size === 0 || name.includes('paused') || name.includes('next'));
		nothingLeftOn(controller.signal);
	});

	test('before the call: no request', async () => {
		const file = await FileServer.start(10);
		await expect(pausableFetch(file.url, {signal: AbortSignal.abort('no')})).rejects.toBe('no');
		expect(file.requests).toEqual([]);
	});
});

describe('a cancel', () => {
	test.each(['running', 'held', 'dropped'] as const)('of a %s body closes the connection', async (state) => {
		const file = await FileServer.start(size);
		const controller = new PausableController();
		const response = await pausableFetch(file.url, {
			signal: controller.signal,
			holdMs: state === 'dropped' ? 0 : 1e6,
		});
		if (state !== 'running') controller.pause();
		expect(transferOf(response)!.state).toBe(state);
		await response.body!.cancel('no more');
		expect(transferOf(response)!.state).toBe('stopped');
		await until(() => file.sockets.size === 0);
		nothingLeftOn(controller.signal);
	});
});

describe('bad options are refused before any request', () => {
	test.each<[object, RegExp]>([
		[{holdMs: -1}, /holdMs: expected a number of milliseconds, 0 or more, got -1/],
		[{holdMs: '5'}, /holdMs/],
		[{buffer: 'x'}, /buffer: expected a number of bytes.*'x' \(string\)/],
		[{idleTimeout: NaN}, /idleTimeout/],
		[{retry: 3}, /retry: expected an object/],
		[{retry: {maxAttempts: 1.5}}, /retry\.maxAttempts/],
		[{retry: {baseMs: -1}}, /retry\.baseMs/],
		[{retry: {maxDelayMs: null}}, /retry\.maxDelayMs/],
		[{from: {}}, /from\.url: expected a string/],
		[{from: {url: 'http://a', offset: -1}}, /from\.offset/],
		[{from: {url: 'http://a', offset: 5, total: 4}}, /from\.total/],
		[{from: {url: 'http://a', offset: 5, etag: 'W/"x"'}}, /from: expected a state with a strong ETag/],
		[{from: {url: 'http://a', offset: 5, etag: '"x"'}, method: 'POST'}, /from/],
		[{fetch: 'x'}, /fetch: expected a function/],
		[{signal: 5}, /signal: expected an AbortSignal/],
	])('%j', async (init, message) => {
		const file = await FileServer.start(10);
		await expect(pausableFetch(file.url, init as never)).rejects.toThrow(message);
		expect(file.requests).toEqual([]);
	});
});
