// Rule 17: going on where an earlier transfer stopped.
import {describe, expect, test} from '@jest/globals';
import {PausableController} from 'pausable-signal';
import {pausableFetch, type TransferState, transferOf} from 'pausable-signal/fetch';
import type {Behaviour} from '../support/hostile-server.ts';
import {expectNothingOn, type HostileServer, Run, run, serve, settle, until, watched} from './kit.ts';

const size = 300_000;

/** A transfer that stopped after 1000 bytes, as it was kept somewhere. */
async function stopped(options?: {size: number}): Promise<{server: HostileServer; from: TransferState}> {
	const server = await serve({size, ...options});
	const one = await run(server.next({silentAfter: 1000}));
	await one.read();
	const from = JSON.parse(JSON.stringify(one.transfer)) as TransferState;
	await one.cancel();
	return {server, from};
}

/** The earlier bytes, with the rest appended. */
async function expectRest(server: HostileServer, response: Response, version = 1): Promise<void> {
	const {content} = server.versions[version - 1]!;
	const {offset} = transferOf(response)!;
	const rest = Buffer.from(await response.arrayBuffer());
	expect(rest.equals(content.subarray(offset))).toBe(true);
}

test('the state is plain JSON, with null for what is absent', async () => {
	const {server, from} = await stopped();
	expect(from).toEqual({
		url: server.url,
		offset: 1000,
		total: size,
		etag: '"version-1"',
		lastModified: 'Sat, 01 Jan 2000 00:00:00 GMT',
	});
	const headers = {etag: undefined, date: 'Sat, 01 Jan 2000 00:00:00 GMT'};
	const other = await run(server.next({chunked: true, headers}));
	expect(other.transfer.toJSON()).toEqual({
		url: server.url,
		offset: 0,
		total: null,
		etag: null,
		lastModified: null,
	});
	await other.cancel();
});

test('the response for the rest is a 206, whatever the status of the server', async () => {
	const {server, from} = await stopped();
	for (const behaviour of [{}, {chunked: true}, {ignoreRange: true}] satisfies Behaviour[]) {
		server.next(behaviour, behaviour);
		const response = await pausableFetch(server.url, {from});
		expect([response.status, response.statusText, response.url]).toEqual([
			206,
			'Partial Content',
			server.url,
		]);
		expect(response.headers.get('content-range')).toBe(`bytes 1000-${size - 1}/${size}`);
		expect(response.headers.get('content-length')).toBe(String(size - 1000));
		expect(transferOf(response)).toMatchObject({state: 'running', offset: 1000, total: size});
		await expectRest(server, response);
		expect(transferOf(response)).toMatchObject({state: 'completed', offset: size});
		server.requests.length = 0;
	}
});

test('the requested url is that of the call, as signed ones change', async () => {
	const {server, from} = await stopped();
	const response = await pausableFetch(`${server.url}?signature=2`, {from});
	await expectRest(server, response);
	expect(server.requests[1]).toMatchObject({
		path: '/file?signature=2',
		headers: {range: 'bytes=1000-', 'if-range': '"version-1"'},
	});
	expect(transferOf(response)!.toJSON().url).toBe(`${server.url}?signature=2`);
});

test('a lost connection is replaced, and a pause works, as with any other', async () => {
	const {server, from} = await stopped({size: 3_000_000});
	const controller = new PausableController();
	server.next({dropAfter: 1000});
	const init = {from, signal: controller.signal, holdMs: 0};
	const one = new Run(server, controller, await pausableFetch(server.url, init));
	await one.readTo(100_000);
	controller.pause();
	expect(one.transfer.state).toBe('dropped');
	controller.resume();
	const rest = await one.rest();
	expect(rest.equals(server.file.content.subarray(1000))).toBe(true);
	expect(one.transfer.reconnects).toBe(2);
	await one.expectNothingLeft();
});

describe('a resource that has changed rejects the call', () => {
	const changes: Record<string, (server: HostileServer) => unknown> = {
		'another version': (server) => server.change(),
		'a server that ignores If-Range': (server) => {
			server.change();
			server.otherwise = {ifRange: 'ignored'};
		},
		'a shorter version': (server) => server.change({size: 500}),
		'another length under the same tag': (server) =>
			server.change({size: size + 1, etag: server.file.etag, lastModified: server.file.lastModified}),
	};

	test.each(Object.entries(changes))('%s', async (_name, change) => {
		const {server, from} = await stopped();
		const {signal} = new PausableController();
		change(server);
		await expect(pausableFetch(server.url, {from, signal})).rejects.toMatchObject({
			name: 'TransferError',
			code: 'ERR_CHANGED',
			offset: 1000,
			total: size,
			url: server.url,
		});
		expectNothingOn(signal);
		await until(() => server.openAnswers === 0);
	});
});

test.each<[string, Behaviour, object]>([
	['is not there any more', {status: 404}, {code: 'ERR_STATUS', status: 404}],
	['sends other bytes', {headers: {'content-range': 'bytes 0-9/10'}}, {code: 'ERR_BAD_RANGE'}],
	['cannot be reached', {hangUp: true}, {code: 'ERR_CONNECTION_LOST', cause: {name: 'TypeError'}}],
	['does not answer', {wait: new Promise(() => {})}, {code: 'ERR_IDLE_TIMEOUT'}],
])('a resource that %s rejects the call, too', async (_name, behaviour, error) => {
	const {server, from} = await stopped();
	const {signal} = new PausableController();
	server.otherwise = behaviour;
	// Only what never comes may be missed after so short a time.
	const idleTimeout = behaviour.wait === undefined ? Infinity : 50;
	const init = {from, signal, idleTimeout, retry: {maxAttempts: 0}};
	await expect(pausableFetch(server.url, init)).rejects.toMatchObject(error);
	expect(server.requests).toHaveLength(2);
	expectNothingOn(signal);
});

describe('a call for a resource that is already complete', () => {
	test('says so, with an empty body', async () => {
		const {server, from} = await stopped();
		const {signal} = new PausableController();
		const response = await pausableFetch(server.url, {from: {...from, offset: size}, signal});
		expect([response.status, response.headers.get('content-range'), await response.text()]).toEqual([
			206,
			`bytes */${size}`,
			'',
		]);
		expect(transferOf(response)).toMatchObject({state: 'completed', offset: size, total: size});
		expect(server.requests[1]!.headers['range']).toBe(`bytes=${size}-`);
		expectNothingOn(signal);
	});

	test('asks again after a failed request, and does not assume that the resource is unchanged', async () => {
		const {server, from} = await stopped();
		server.next({status: 503});
		server.change();
		const init = {from: {...from, offset: size}, retry: {baseMs: 0}};
		await expect(pausableFetch(server.url, init)).rejects.toMatchObject({code: 'ERR_CHANGED'});
	});
});

describe('a call from the beginning', () => {
	test('with a version, requests that version', async () => {
		const {server, from} = await stopped();
		await expectRest(server, await pausableFetch(server.url, {from: {...from, offset: 0}}));
		server.change();
		await expect(pausableFetch(server.url, {from: {...from, offset: 0}})).rejects.toMatchObject({
			code: 'ERR_CHANGED',
		});
	});

	test('without a version, brings the current one', async () => {
		const {server} = await stopped();
		const from = {url: server.url, offset: 0, total: null, etag: null, lastModified: null};
		const response = await pausableFetch(server.url, {from});
		expect([response.status, response.headers.get('content-range')]).toEqual([
			206,
			`bytes 0-${size - 1}/${size}`,
		]);
		expect(transferOf(response)).toMatchObject({resumable: true, offset: 0, total: size});
		await expectRest(server, response);
		const missing = await pausableFetch(server.next({status: 404}).url, {from});
		expect(missing.status).toBe(404);
		await missing.text();
	});
});

test('a call on a paused signal sends nothing until it is resumed', async () => {
	const {server, from} = await stopped();
	const controller = new PausableController();
	controller.pause();
	const call = watched(pausableFetch(server.url, {from, signal: controller.signal}));
	await settle();
	expect([call.state, server.requests.length]).toEqual(['pending', 1]);
	controller.resume();
	await until(() => call.state === 'resolved');
	await expectRest(server, call.value!);
});
