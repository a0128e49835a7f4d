import {once} from 'node:events';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {expect, test} from '@jest/globals';
import {pausableFetch} from 'pausable-signal/fetch';

test('D3: a request that has failed is not aborted as well', async () => {
	const signals: AbortSignal[] = [];
	const refusing: typeof fetch = (_input, init) => {
		signals.push(init?.signal as AbortSignal);
		return Promise.reject(new TypeError('fetch failed'));
	};
	await expect(pausableFetch('http://site.example/', {fetch: refusing})).rejects.toThrow('fetch failed');
	expect(signals.map(({aborted}) => aborted)).toEqual([false]);
});

test('E1: an answer with more codings than undici accepts fails, and ends nothing else', async () => {
	const server = createServer((_request, response) => {
		response.writeHead(200, {'content-encoding': 'gzip, '.repeat(40), connection: 'close'}).end('x');
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
	const [ours, platforms] = await Promise.allSettled([pausableFetch(url), fetch(url)]);
	expect(ours.status).toBe(platforms.status);
	server.closeAllConnections();
	await new Promise((resolve) => server.close(resolve));
});
