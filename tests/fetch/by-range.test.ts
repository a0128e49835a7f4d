// As in browsers, where `Accept-Encoding` cannot be set: a range requests identity coding.
import {describe, expect, test} from '@jest/globals';
import {PausableController} from 'pausable-signal';
import type {PausableInit} from 'pausable-signal/fetch';
import {serve} from './kit.ts';

const own = 'accept-encoding';
const {Request: NativeRequest, fetch: nativeFetch} = globalThis;

globalThis.Request = class extends NativeRequest {
	constructor(input: RequestInfo | URL, init?: RequestInit) {
		super(input, init);
		this.headers.delete(own);
	}
};
globalThis.fetch = async (input, init) => {
	const headers = new Headers(init?.headers);
	if (headers.has(own)) throw new Error('the header that a page may not set');
	return nativeFetch(input, {...init, headers});
};

// It notes what Request can do.
const {pausableFetch, transferOf} = await import('pausable-signal/fetch');

async function sizes(response: Response): Promise<[number, string | null, string | null, number]> {
	const {status, headers} = response;
	const {byteLength} = await response.arrayBuffer();
	return [status, headers.get('content-range'), headers.get('content-length'), byteLength];
}

describe('a GET', () => {
	test('asks for all bytes, and shows 200', async () => {
		const server = await serve({size: 1000});
		const response = await pausableFetch(server.url);
		expect(server.requests.map(({headers}) => headers['range'])).toEqual(['bytes=0-']);
		expect([response.statusText, response.ok, response.url]).toEqual(['OK', true, server.url]);
		expect(transferOf(response)).toMatchObject({state: 'running', offset: 0, total: 1000, resumable: true});
		expect(await sizes(response)).toEqual([200, null, '1000', 1000]);
		expect(transferOf(response)!.reconnects).toBe(0);
	});

	test('is resumable without Accept-Ranges, as the 206 shows', async () => {
		const server = await serve({size: 3_000_000});
		server.otherwise = {headers: {'accept-ranges': undefined}};
		const controller = new PausableController();
		const response = await pausableFetch(server.url, {signal: controller.signal, holdMs: 0});
		controller.pause();
		expect(transferOf(response)!.state).toBe('dropped');
		controller.resume();
		expect(server.versionOf(Buffer.from(await response.arrayBuffer()))).toBe(1);
		expect(transferOf(response)!.reconnects).toBe(1);
	});

	test('of a server without ranges shows its bytes', async () => {
		const server = await serve({size: 1000});
		const response = await pausableFetch(server.next({ignoreRange: true}).url);
		expect(await sizes(response)).toEqual([200, null, '1000', 1000]);
	});

	test.each([
		['an empty resource: 416', 0, {}],
		['a part', 1000, {headers: {'content-range': 'bytes 0-499/1000'}}],
		['many parts', 1000, {multipart: true}],
	] as const)('that is refused is repeated without a range: %s', async (_name, size, behaviour) => {
		const server = await serve({size});
		const response = await pausableFetch(server.next(behaviour).url);
		expect(server.requests.map(({headers}) => headers['range'])).toEqual(['bytes=0-', undefined]);
		expect(await sizes(response)).toEqual([200, null, String(size), size]);
		expect(transferOf(response)!.reconnects).toBe(0);
	});

	test('that fails resolves with the response of the failure', async () => {
		const server = await serve();
		const response = await pausableFetch(server.next({status: 404}).url);
		expect([response.status, await response.text()]).toEqual([404, 'status 404\n']);
		expect(transferOf(response)!.resumable).toBe(false);
	});
});

test.each<[string, PausableInit]>([
	['another method', {method: 'POST', body: 'x'}],
	['a range of its own', {headers: {range: 'bytes=5-'}}],
])('pausableFetch() adds no range to %s', async (_name, init) => {
	const server = await serve({size: 10});
	const response = await pausableFetch(server.url, init);
	expect(server.requests[0]!.headers['range']).toBe(new Headers(init.headers).get('range') ?? undefined);
	await response.text();
});
