// Rules 7, 8 and 9: responses and requests are the same as those of fetch.
import {describe, expect, test} from '@jest/globals';
import {PausableController} from 'pausable-signal';
import {pausableFetch, transferOf} from 'pausable-signal/fetch';
import type {Behaviour} from '../support/hostile-server.ts';
import {expectNothingOn, never, run, serve, settle, sha256, until, watched} from './kit.ts';

describe('the response', () => {
	const behaviours: Record<string, Behaviour> = {
		'a file': {},
		'a file without a length': {chunked: true},
		'a file without validators': {headers: {etag: undefined, 'last-modified': undefined}},
		'an error': {status: 404},
		'an error of the server, to be asked again': {status: 503, headers: {'retry-after': '1'}},
		'a redirect': {redirect: '/elsewhere'},
		'something compressed': {gzip: true},
		'an empty body': {body: ''},
		'no content': {status: 204},
		'reset content': {status: 205, headers: {'content-length': '0'}},
		'not modified': {status: 304},
		'a status of its own': {status: 299, body: 'text'},
	};

	test.each(Object.entries(behaviours))('looks like one of fetch: %s', async (_name, behaviour) => {
		const server = await serve({size: 1000});
		const ours = await pausableFetch(server.next(behaviour).url);
		if (behaviour.redirect !== undefined) await settle();
		const redirected = server.requests.length;
		const theirs = await fetch(server.next(behaviour).url, {headers: {'accept-encoding': 'identity'}});
		expect(server.requests.length).toBe(2 * redirected);
		for (const name of ['status', 'statusText', 'ok', 'url', 'redirected', 'type', 'bodyUsed'] as const)
			expect([name, ours[name]]).toEqual([name, theirs[name]]);
		const date = ours.headers.get('date')!;
		expect([...ours.headers]).toEqual(
			[...theirs.headers].map(([name, value]) => [name, name === 'date' ? date : value]),
		);
		expect(ours.body === null).toBe(theirs.body === null);
		expect(ours).toBeInstanceOf(Response);
		expect(sha256(new Uint8Array(await ours.arrayBuffer()))).toBe(
			sha256(new Uint8Array(await theirs.arrayBuffer())),
		);
		expect(ours.bodyUsed).toBe(theirs.bodyUsed);
		expect(transferOf(ours)!.state).toBe('completed');
	});

	test('can be read in each way that a Response can', async () => {
		const server = await serve();
		const text = JSON.stringify({some: 'text'});
		server.otherwise = {body: text, headers: {'content-type': 'application/json'}};
		const get = (): Promise<Response> => pausableFetch(server.url);
		expect(await (await get()).text()).toBe(text);
		expect(await (await get()).json()).toEqual({some: 'text'});
		expect(Buffer.from(await (await get()).arrayBuffer()).toString()).toBe(text);
		const blob = await (await get()).blob();
		expect([blob.type, await blob.text()]).toEqual(['application/json', text]);
		const twice = await get();
		const clone = twice.clone();
		expect([clone.url, clone.redirected, clone.type]).toEqual([twice.url, twice.redirected, twice.type]);
		expect(await Promise.all([twice.text(), clone.text()])).toEqual([text, text]);
		await expect(twice.text()).rejects.toMatchObject({name: 'TypeError'});
	});

	test('HEAD has no body, and is complete', async () => {
		const server = await serve({size: 1000});
		const {signal} = new PausableController();
		const response = await pausableFetch(server.url, {method: 'HEAD', signal});
		expect([response.status, response.headers.get('content-length')]).toEqual([200, '1000']);
		expect([await response.text(), transferOf(response)!.state]).toEqual(['', 'completed']);
		expectNothingOn(signal);
	});

	test('has a transfer, and no other response has one', async () => {
		const server = await serve({size: 1000});
		const response = await pausableFetch(server.url);
		const transfer = transferOf(response)!;
		expect(transfer).toBeInstanceOf(EventTarget);
		expect(transfer).toMatchObject({
			state: 'running',
			offset: 0,
			total: 1000,
			resumable: true,
			reconnects: 0,
		});
		expect(transferOf(new Response('text'))).toBeUndefined();
		await response.body?.cancel();
	});

	test('reports its progress while it has a listener', async () => {
		const server = await serve();
		const one = await run(server);
		const offsets: number[] = [];
		one.transfer.addEventListener('progress', () => offsets.push(one.transfer.offset));
		await one.expectWhole();
		expect(offsets.at(-1)).toBe(100_000);
		expect(offsets).toEqual([...new Set(offsets)].toSorted((a, b) => a - b));
		expect(one.states).toEqual(['completed']);
	});
});

describe('the body as a byte stream', () => {
	test('does not take memory that a Buffer shares with others', async () => {
		const file = Buffer.from('one and two');
		const body = new ReadableStream<Uint8Array>({
			start(controller) {
				controller.enqueue(file.subarray(0, 4));
				controller.enqueue(file.subarray(4));
				controller.close();
			},
		});
		const response = await pausableFetch('http://localhost/', {fetch: async () => new Response(body)});
		expect(await response.text()).toBe('one and two');
		expect(file.toString()).toBe('one and two');
	});

	test('can be read into buffers of the reader, and a pause holds the rest of a chunk', async () => {
		const server = await serve();
		const controller = new PausableController();
		const response = await pausableFetch(server.url, {signal: controller.signal});
		const reader = response.body!.getReader({mode: 'byob'});
		const parts: Uint8Array[] = [];
		for (;;) {
			const {done, value} = await reader.read(new Uint8Array(1000));
			if (done) break;
			parts.push(value);
			if (parts.length !== 2) continue;
			controller.pause();
			const held = watched(reader.read(new Uint8Array(1000)));
			await settle();
			expect([held.state, transferOf(response)!.offset]).toEqual(['pending', 2000]);
			controller.resume();
			await until(() => held.state !== 'pending');
			parts.push(held.value!.value!);
		}
		expect(server.versionOf(Buffer.concat(parts))).toBe(1);
		expectNothingOn(controller.signal);
	});

	test('can be read as two-byte numbers; half a number at the end is an error, as with fetch', async () => {
		const readNumbers = async (response: Response): Promise<number> => {
			const reader = response.body!.getReader({mode: 'byob'});
			for (let count = 0; ;) {
				const {done, value} = await reader.read(new Uint16Array(100));
				if (done) return count;
				count += value.length;
			}
		};
		const even = await serve({size: 1000});
		expect(await readNumbers(await pausableFetch(even.url))).toBe(500);
		const odd = await serve({size: 1001});
		await expect(readNumbers(await pausableFetch(odd.url))).rejects.toMatchObject({name: 'TypeError'});
	});
});

describe('the request', () => {
	/** Asks this Node's fetch which headers it adds or leaves out on its own. */
	const inits: Record<string, RequestInit & {duplex?: 'half'}> = {
		'a GET': {},
		headers: {headers: {'x-own': 'a', 'user-agent': 'me', authorization: 'secret'}},
		'a coding of its own': {headers: {'accept-encoding': 'br'}},
		'a range of its own': {headers: {range: 'bytes=5-'}},
		'a POST of text': {method: 'POST', body: 'text'},
		'a PUT of bytes': {method: 'PUT', body: new Uint8Array(10)},
		'a form': {method: 'POST', body: new URLSearchParams({a: '1'})},
		'a method in small letters': {method: 'delete'},
	};

	test.each(Object.entries(inits))('is that of fetch, except for the coding: %s', async (_name, init) => {
		const server = await serve({size: 10});
		const bodies: string[] = [];
		server.otherwise = (request, response) => {
			let body = '';
			request.on('data', (chunk) => (body += chunk));
			request.on('end', () => {
				bodies.push(body);
				response.end();
			});
		};
		await pausableFetch(server.url, init);
		const headers = new Headers(init.headers);
		if (!headers.has('accept-encoding')) headers.set('accept-encoding', 'identity');
		await fetch(server.url, {...init, headers});
		const [ours, theirs] = server.requests;
		expect({...ours, connection: 0}).toEqual({...theirs, connection: 0});
		expect(bodies[0]).toBe(bodies[1]);
	});

	test('uses the url, headers and signal of a Request; the options come first', async () => {
		const server = await serve({size: 10});
		const own = new PausableController();
		const request = new Request(server.url, {headers: {'x-own': 'request'}, signal: own.signal});
		await (await pausableFetch(request)).text();
		await (await pausableFetch(request, {headers: {'x-own': 'option'}})).text();
		expect(server.requests.map(({headers}) => headers['x-own'])).toEqual(['request', 'option']);
		server.next({wait: never}, {wait: never});
		const call = watched(pausableFetch(request, {}));
		const other = watched(pausableFetch(request, {signal: null}));
		await until(() => server.requests.length === 4);
		own.abort('enough');
		await settle();
		expect(call.state).toBe('rejected');
		expect(other.state).toBe('pending');
		server.killSockets();
		await until(() => other.state === 'rejected');
	});

	test('a compressed body is decoded, cannot be resumed, and has no known length', async () => {
		const server = await serve({size: 1000});
		server.next({gzip: true});
		const one = await run(server, {headers: {'accept-encoding': 'gzip'}});
		expect(one.transfer).toMatchObject({resumable: false, total: undefined});
		await one.expectWhole();
	});
});

describe('a first request that fails', () => {
	test.each<[string, Behaviour, RequestInit]>([
		['the server hangs up', {hangUp: true}, {}],
		['a redirect that is an error', {redirect: '/elsewhere'}, {redirect: 'error'}],
		['a body that is promised twice', {headers: {'content-length': '5, 6'}}, {}],
	])('rejects as with fetch, and is not retried: %s', async (_name, behaviour, init) => {
		const server = await serve();
		const {signal} = new PausableController();
		const ours = await pausableFetch(server.next(behaviour).url, {...init, signal}).catch((e: unknown) => e);
		expect(server.requests).toHaveLength(1);
		const theirs = await fetch(server.next(behaviour).url, init).catch((e: unknown) => e);
		expect(ours).toMatchObject({name: 'TypeError'});
		expect(String(ours)).toBe(String(theirs));
		expectNothingOn(signal);
	});

	test.each([
		['a url without a scheme', '/file'],
		['no url', undefined],
	] as const)('rejects as with fetch: %s', async (_name, url) => {
		const ours = await pausableFetch(url as never).catch((e: unknown) => e);
		const theirs = await fetch(url as never).catch((e: unknown) => e);
		expect([(ours as Error).name, (ours as Error).message]).toEqual([
			(theirs as Error).name,
			(theirs as Error).message,
		]);
	});

	test('during a pause: rejects on resume', async () => {
		const server = await serve();
		let fail = (): void => {};
		server.next({wait: new Promise<void>((resolve) => (fail = resolve)), hangUp: true});
		const controller = new PausableController();
		const call = watched(pausableFetch(server.url, {signal: controller.signal}));
		await until(() => server.requests.length === 1);
		controller.pause();
		fail();
		await until(() => server.openSockets === 0);
		await settle();
		expect(call.state).toBe('pending');
		controller.resume();
		await until(() => call.state === 'rejected');
		expect(call.reason).toMatchObject({name: 'TypeError'});
		expectNothingOn(controller.signal);
	});
});

describe('a pause before the first byte', () => {
	test('holds the request until resume', async () => {
		const server = await serve();
		const controller = new PausableController();
		controller.pause();
		const call = watched(pausableFetch(server.url, {signal: controller.signal}));
		await settle();
		expect([call.state, server.connections]).toEqual(['pending', 0]);
		controller.resume();
		controller.pause();
		await settle();
		expect([call.state, server.connections]).toEqual(['pending', 0]);
		controller.resume();
		await until(() => call.state === 'resolved');
		expect(server.versionOf(Buffer.from(await call.value!.arrayBuffer()))).toBe(1);
		expectNothingOn(controller.signal);
	});

	test('keeps an answer, and the call settles on resume', async () => {
		const server = await serve();
		let answer = (): void => {};
		server.next({wait: new Promise<void>((resolve) => (answer = resolve))});
		const controller = new PausableController();
		const call = watched(pausableFetch(server.url, {signal: controller.signal}));
		await until(() => server.requests.length === 1);
		controller.pause();
		answer();
		await settle();
		expect(call.state).toBe('pending');
		controller.resume();
		await until(() => call.state === 'resolved');
		expect(server.versionOf(Buffer.from(await call.value!.arrayBuffer()))).toBe(1);
		expect(server.requests).toHaveLength(1);
	});

	test('longer than holdMs closes the connection of an answer, and another one continues later', async () => {
		const server = await serve({size: 3_000_000});
		let answer = (): void => {};
		server.next({wait: new Promise<void>((resolve) => (answer = resolve))});
		const controller = new PausableController();
		const call = watched(pausableFetch(server.url, {signal: controller.signal, holdMs: 0}));
		await until(() => server.requests.length === 1);
		controller.pause();
		await settle();
		expect(server.openSockets).toBe(1);
		answer();
		await until(() => server.openSockets === 0);
		expect(call.state).toBe('pending');
		controller.resume();
		await until(() => call.state === 'resolved');
		expect(transferOf(call.value!)!.state).toBe('dropped');
		expect(server.versionOf(Buffer.from(await call.value!.arrayBuffer()))).toBe(1);
		expect(transferOf(call.value!)!.reconnects).toBe(1);
	});
});
