// The server that other tests rely on does what it says, seen by the platform's own fetch.
import {afterEach, describe, expect, test} from '@jest/globals';
import {type Behaviour, HostileServer, never} from './hostile-server.ts';

let server: HostileServer;

afterEach(async () => server[Symbol.asyncDispose]());

async function get(behaviour: Behaviour = {}, headers: Record<string, string> = {}): Promise<Response> {
	server = await HostileServer.start({size: 1000});
	return fetch(server.next(behaviour).url, {headers});
}

async function bytesOf(response: Response): Promise<Buffer> {
	return Buffer.from(await response.arrayBuffer());
}

test('without a word it is a good server', async () => {
	const response = await get();
	expect(response.status).toBe(200);
	expect(Object.fromEntries(response.headers)).toMatchObject({
		etag: '"version-1"',
		'last-modified': 'Sat, 01 Jan 2000 00:00:00 GMT',
		'accept-ranges': 'bytes',
		'content-length': '1000',
	});
	expect(server.versionOf(await bytesOf(response))).toBe(1);
	server.change();
	const other = await fetch(server.url, {headers: {range: 'bytes=0-'}});
	expect([other.status, other.headers.get('content-range')]).toEqual([206, 'bytes 0-999/1000']);
	expect(server.versionOf(await bytesOf(other))).toBe(2);
	expect(server.requests[1]).toMatchObject({method: 'GET', path: '/file', headers: {range: 'bytes=0-'}});
});

test('the same seed is the same file', async () => {
	await using twin = await HostileServer.start({size: 1000});
	await get().then((response) => response.body?.cancel());
	expect(twin.file.content.equals(server.file.content)).toBe(true);
});

describe('ranges', () => {
	const range = {range: 'bytes=400-'};

	test.each<[string, Behaviour, string | undefined, number]>([
		['no If-Range', {}, undefined, 206],
		['its tag', {}, '"version-1"', 206],
		['its date', {}, 'Sat, 01 Jan 2000 00:00:00 GMT', 206],
		['another tag', {}, '"other"', 200],
		['no ranges here', {ignoreRange: true}, undefined, 200],
		['no tags here', {ifRange: 'dates'}, '"version-1"', 200],
		['dates alone', {ifRange: 'dates'}, 'Sat, 01 Jan 2000 00:00:00 GMT', 206],
		['never the same', {ifRange: 'refused'}, '"version-1"', 200],
		['always the same', {ifRange: 'ignored'}, '"other"', 206],
	])('%s', async (_name, behaviour, validator, status) => {
		const response = await get(
			behaviour,
			validator === undefined ? range : {...range, 'if-range': validator},
		);
		expect([response.status, (await bytesOf(response)).length]).toEqual([
			status,
			status === 206 ? 600 : 1000,
		]);
	});

	test('behind the end: 416', async () => {
		const response = await get({}, {range: 'bytes=1000-'});
		expect([response.status, response.headers.get('content-range')]).toEqual([416, 'bytes */1000']);
	});

	test('multipart', async () => {
		const response = await get({multipart: true}, range);
		expect(response.headers.get('content-type')).toMatch('multipart/byteranges');
		expect(await response.text()).toContain('Content-Range: bytes 400-999/1000');
	});
});

describe('heads', () => {
	test.each([204, 304, 404, 429, 503])('status %s', async (status) => {
		const response = await get({status, headers: {'retry-after': '1'}});
		expect([response.status, response.headers.get('retry-after')]).toEqual([status, '1']);
		await response.body?.cancel();
	});

	test('HEAD, a redirect, gzip, and headers left out', async () => {
		await get({redirect: '/elsewhere'}).then((response) => response.body?.cancel());
		expect(server.requests.map(({path}) => path)).toEqual(['/file', '/elsewhere']);
		const head = await fetch(server.url, {method: 'HEAD'});
		expect(head.headers.get('content-length')).toBe('1000');
		server.next({gzip: true, headers: {etag: undefined, date: undefined}});
		const zipped = await fetch(server.url);
		expect(['content-encoding', 'etag', 'date'].map((name) => zipped.headers.get(name))).toEqual([
			'gzip',
			null,
			null,
		]);
		expect(server.versionOf(await bytesOf(zipped))).toBe(1);
	});

	test('hanging up', async () => {
		await expect(get({hangUp: true})).rejects.toThrow('fetch failed');
	});
});

describe('bodies', () => {
	test.each<[string, Behaviour]>([
		['dropped', {dropAfter: 600}],
		['reset', {resetAfter: 600}],
		['shorter than Content-Length says', {endAfter: 600}],
		['dropped in the middle of a chunk', {chunked: true, dropAfter: 600}],
	])('%s', async (_name, behaviour) => {
		const response = await get(behaviour);
		await expect(response.arrayBuffer()).rejects.toThrow(/terminated/);
	});

	test('chunked, and with an end that comes too early', async () => {
		const response = await get({chunked: true, endAfter: 600});
		expect(response.headers.get('content-length')).toBeNull();
		expect((await bytesOf(response)).length).toBe(600);
	});

	test('slow', async () => {
		const response = await get({pace: {bytes: 300, ms: 1}});
		expect(server.versionOf(await bytesOf(response))).toBe(1);
	});

	test('silent, for ever or for a while', async () => {
		let goOn = (): void => {};
		const until = new Promise<void>((resolve) => (goOn = resolve));
		const reader = (await get({silentAfter: 600, until})).body!.getReader();
		expect((await reader.read()).value).toHaveLength(600);
		const rest = reader.read();
		expect(server.openAnswers).toBe(1);
		goOn();
		expect((await rest).value).toHaveLength(400);
		const silent = (await fetch(server.next({silentAfter: 0, until: never}).url)).body!;
		expect(server.openAnswers).toBe(1);
		server.killSockets();
		await expect(silent.getReader().read()).rejects.toThrow();
	});

	test('given up when nobody takes them', async () => {
		const response = await get();
		await response.body!.cancel();
		server.change({size: 20_000_000});
		const idle = await fetch(server.next({sendTimeout: 50}).url);
		while (server.openAnswers > 0) await new Promise((resolve) => setImmediate(resolve));
		await expect(idle.arrayBuffer()).rejects.toThrow();
	});
});
