import {afterEach} from '@jest/globals';
import {createHash, randomBytes} from 'node:crypto';
import {once} from 'node:events';
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo, Socket} from 'node:net';
import {setImmediate} from 'node:timers/promises';

export {flush, macrotask, watched} from '../core/support.ts';

/** What a server does with one request in the place of serving the file. */
export type Answer = (request: IncomingMessage, response: ServerResponse, file: FileServer) => void;

/** A file behind a server that does as the test says, request by request; then it serves the file. */
export class FileServer {
	content: Buffer;
	etag: string | undefined = '"one"';
	lastModified: string | undefined = 'Sat, 01 Jan 2000 00:00:00 GMT';
	acceptsRanges = true;
	/** Answers to the next requests; where there is none, the file is served. */
	readonly script: (Answer | undefined)[] = [];
	readonly requests: {method: string; headers: Record<string, string | undefined>}[] = [];
	/** Open connections. */
	readonly sockets: Set<Socket> = new Set();
	readonly #server: Server;

	private constructor(content: Buffer) {
		this.content = content;
		this.#server = createServer((request, response) => {
			this.requests.push({method: request.method!, headers: request.headers as Record<string, string>});
			response.on('error', () => {});
			this.#track(request.socket);
			const answer = this.script.shift();
			if (answer === undefined) this.serve(request, response);
			else answer(request, response, this);
		});
	}

	// Those that brought a request: after an abort Node 20 opens one more, for nothing.
	#track(socket: Socket): void {
		if (this.sockets.has(socket)) return;
		this.sockets.add(socket);
		socket.on('error', () => {});
		socket.on('close', () => this.sockets.delete(socket));
	}

	static async start(size: number): Promise<FileServer> {
		const file = new FileServer(randomBytes(size));
		servers.add(file);
		file.#server.listen(0, '127.0.0.1');
		await once(file.#server, 'listening');
		return file;
	}

	get url(): string {
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/file`;
	}

	/** The file, or the part of it that was asked for. Ends after `limit` bytes, if given, by closing the socket. */
	serve(request: IncomingMessage, response: ServerResponse, limit: number = Infinity): void {
		const {content, etag, lastModified} = this;
		const {range, 'if-range': ifRange} = request.headers;
		if (etag !== undefined) response.setHeader('etag', etag);
		if (lastModified !== undefined) response.setHeader('last-modified', lastModified);
		if (this.acceptsRanges) response.setHeader('accept-ranges', 'bytes');
		const isSame = ifRange === undefined || ifRange === etag || ifRange === lastModified;
		const first = this.acceptsRanges && isSame ? Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? -1) : -1;
		if (first >= content.length) {
			response.writeHead(416, {'content-range': `bytes */${content.length}`}).end();
			return;
		}
		if (first >= 0) {
			response.statusCode = 206;
			response.setHeader('content-range', `bytes ${first}-${content.length - 1}/${content.length}`);
		}
		const body = content.subarray(Math.max(0, first));
		response.setHeader('content-length', body.length);
		if (limit >= body.length) response.end(body);
		else response.write(body.subarray(0, limit), () => response.socket?.destroySoon());
	}

	async stop(): Promise<void> {
		this.#server.closeAllConnections();
		this.#server.close();
		await once(this.#server, 'close');
	}
}

const servers = new Set<FileServer>();

afterEach(async () => {
	await Promise.all([...servers].map((server) => server.stop()));
	servers.clear();
});

/** The file up to so many bytes, then the socket is closed. */
export function cutAfter(bytes: number): Answer {
	return (request, response, file) => file.serve(request, response, bytes);
}

/** The head and so many bytes, and then silence on an open connection. */
export function silentAfter(bytes: number): Answer {
	return (request, response, file) => {
		const write = response.end.bind(response);
		response.end = ((body: Buffer) => response.write(body.subarray(0, bytes))) as never;
		file.serve(request, response);
		response.end = write;
	};
}

export function status(code: number, headers: Record<string, string> = {}): Answer {
	return (_request, response) => void response.writeHead(code, headers).end(`status ${code}`);
}

export function sha(bytes: Uint8Array): string {
	return createHash('sha256').update(bytes).digest('hex');
}

/** Reads what is left of a body. */
export async function readAll(body: ReadableStream<Uint8Array> | null): Promise<Buffer> {
	const chunks: Uint8Array[] = [];
	for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) chunks.push(chunk);
	return Buffer.concat(chunks);
}

/** Waits, without a time, until something holds. */
export async function until(holds: () => boolean): Promise<void> {
	while (!holds()) await setImmediate();
}
