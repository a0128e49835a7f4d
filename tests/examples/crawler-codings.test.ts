import {once} from 'node:events';
import {type AddressInfo, createServer, type Socket} from 'node:net';
import {expect, test} from '@jest/globals';
import {dropOvercoded} from '../../examples/crawler/engine/codings.ts';

test.each([
	['stays quiet', 'Content-Length: 100\r\n\r\nxx'],
	['is whole', 'Content-Length: 2\r\n\r\nxx'],
	['is broken', 'Transfer-Encoding: chunked\r\n\r\nzz'],
])('E1: an answer with too many content codings, whose rest %s, is closed at once', async (_title, rest) => {
	using _guard = dropOvercoded();
	const sockets: Socket[] = [];
	const server = createServer((socket) => {
		sockets.push(socket);
		socket.on('error', () => {});
		socket.once('data', () => {
			socket.write(`HTTP/1.1 200 OK\r\nContent-Encoding: ${'gzip, '.repeat(5)}gzip\r\n${rest}`);
		});
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const {port} = server.address() as AddressInfo;
	await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('fetch failed');
	const [asked] = sockets as [Socket];
	if (!asked.closed) await once(asked, 'close');
	// It connects anew before anybody asks.
	for (const socket of sockets) socket.destroy();
	await new Promise((resolve) => server.close(resolve));
});
