/**
 * A server on the loopback that serves one file, and misbehaves as it is told, request by request.
 *
 * ```ts
 * await using server = await HostileServer.start({size: 3_000_000});
 * server.next({dropAfter: 1000}, {status: 503});  // the first two requests; then all is well
 * server.change();                                // from now on another version of the file
 * await fetch(server.url);
 * server.requests[0].headers.range;
 * ```
 *
 * It knows nothing of a test runner, so that scripts and benchmarks can use it, too.
 */
import {createCipheriv, createHash} from 'node:crypto';
import {once} from 'node:events';
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo, Socket} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';
import {gzipSync} from 'node:zlib';

/** One version of the file. A test may set any field at any time; requests to come see it. */
export interface FileVersion {
	content: Buffer;
	etag: string | undefined;
	lastModified: string | undefined;
}

/** What is done with one request. Empty: the file is served as a good server does. */
export interface Behaviour {
	/** Nothing is answered before this has settled; `never` for silence. */
	wait?: Promise<unknown>;
	/** Closes the socket in the place of an answer. */
	hangUp?: boolean;

	// ---- The head
	/** A status in the place of the file; its body is a short text, unless `body` is given. */
	status?: number;
	/** Headers to set; `undefined` leaves one out that would be there. */
	headers?: Readonly<Record<string, string | undefined>>;
	/** Sends the client there, with `status` or 302. */
	redirect?: string;

	// ---- Ranges
	/** Always all of the file, with 200. */
	ignoreRange?: boolean;
	/**
	 * What `If-Range` is worth. `dates`: tags are refused, dates are taken, as some CDNs do. `refused`:
	 * never matches. `ignored`: always matches, so that a 206 may be of another version.
	 */
	ifRange?: 'honoured' | 'dates' | 'refused' | 'ignored';
	/** A 206 in the format of many ranges, with just one in it. */
	multipart?: boolean;

	// ---- The body
	/** In the place of the file's content, which decides the Content-Length. */
	body?: string | Uint8Array;
	/** Compressed, whatever was asked for; no ranges. */
	gzip?: boolean;
	/** No Content-Length: the body's end is told by its last chunk. */
	chunked?: boolean;
	/** After so many bytes of the body the socket is closed. */
	dropAfter?: number;
	/** The same with a TCP reset. */
	resetAfter?: number;
	/** After so many bytes the body ends, as if that were all of it; Content-Length stays what it was. */
	endAfter?: number;
	/** After so many bytes nothing comes any more, on an open connection, before this has settled. */
	silentAfter?: number;
	until?: Promise<unknown>;
	/** The body comes in pieces of `bytes`, with `ms` milliseconds between them: slow, or a heartbeat. */
	pace?: {readonly bytes: number; readonly ms: number};
	/** Closes the socket when the client took nothing for so many milliseconds, as nginx does after 60,000. */
	sendTimeout?: number;
}

/** For what a {@link Behaviour} does not say. */
export type Handler = (request: IncomingMessage, response: ServerResponse, server: HostileServer) => void;

/** A request as it came. */
export interface SeenRequest {
	readonly method: string;
	readonly path: string;
	readonly headers: Readonly<Record<string, string | undefined>>;
	/** Which connection brought it: 1 for the first. */
	readonly connection: number;
}

export interface HostileServerOptions {
	/** Bytes of the file. Default: 100,000. */
	readonly size?: number;
	/** Decides the content. Default: 1. */
	readonly seed?: number;
}

/** A promise that does not settle. */
export const never: Promise<never> = new Promise<never>(() => {});

/** The same bytes for the same seed. */
export function bytesOf(seed: number, size: number): Buffer {
	const key = createHash('md5').update(String(seed)).digest();
	return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
}

/** By which tests compare what they got with the file. */
export function sha256(bytes: Uint8Array): string {
	return createHash('sha256').update(bytes).digest('hex');
}

export class HostileServer implements AsyncDisposable {
	/** The version that is served. */
	file: FileVersion;
	/** All versions that were ever served. */
	readonly versions: FileVersion[] = [];
	/** What is done with requests for which `next()` says nothing. */
	otherwise: Behaviour | Handler = {};
	readonly requests: SeenRequest[] = [];
	readonly #server: Server;
	readonly #script: (Behaviour | Handler)[] = [];
	readonly #sockets = new Map<Socket, number>();
	readonly #answers = new Set<ServerResponse>();
	#connections = 0;
	#seed: number;

	private constructor({size = 100_000, seed = 1}: HostileServerOptions) {
		this.#seed = seed;
		this.file = this.#create(size);
		this.#server = createServer((request, response) => void this.#handle(request, response));
		// A client may be paused for as long as a test likes.
		this.#server.keepAliveTimeout = this.#server.requestTimeout = this.#server.headersTimeout = 0;
	}

	static async start(options: HostileServerOptions = {}): Promise<HostileServer> {
		const server = new HostileServer(options);
		server.#server.listen(0, '127.0.0.1');
		await once(server.#server, 'listening');
		return server;
	}

	/** Where the file is. Every other path leads to it, too. */
	get url(): string {
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/file`;
	}

	/** Says what is done with the next requests, one after the other. */
	next(...behaviours: (Behaviour | Handler)[]): this {
		this.#script.push(...behaviours);
		return this;
	}

	/** Puts another version in the place of the file: other bytes, tag and date, and the same length. */
	change(changes: Partial<FileVersion> & {size?: number} = {}): FileVersion {
		const {size = this.file.content.length, ...rest} = changes;
		this.file = Object.assign(this.#create(size), rest);
		return this.file;
	}

	#create(size: number): FileVersion {
		const number = this.versions.length + 1;
		const version = {
			content: bytesOf(this.#seed++, size),
			etag: `"version-${number}"`,
			lastModified: new Date(Date.UTC(2000, 0, number)).toUTCString(),
		};
		this.versions.push(version);
		return version;
	}

	/** Which version these bytes are, 1 for the first; `undefined` for none, or a mixture. */
	versionOf(bytes: Uint8Array): number | undefined {
		const at = this.versions.findIndex(({content}) => content.equals(bytes));
		return at < 0 ? undefined : at + 1;
	}

	/** Connections that brought a request and are open: busy or kept for the next one. */
	get openSockets(): number {
		return this.#sockets.size;
	}

	/** Requests that are not answered completely, on open connections. */
	get openAnswers(): number {
		return this.#answers.size;
	}

	/** Connections that ever brought a request. */
	get connections(): number {
		return this.#connections;
	}

	/** Closes all connections, as a server does with those that are idle for too long. */
	killSockets(): void {
		for (const socket of this.#sockets.keys()) socket.destroy();
	}

	/** Lets the process end while it still listens. */
	unref(): void {
		this.#server.unref();
		this.#server.on('connection', (socket) => socket.unref());
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#server.closeAllConnections();
		this.#server.close();
		await once(this.#server, 'close');
	}

	// ---- One request

	async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
		this.#track(request, response);
		const behaviour = this.#script.shift() ?? this.otherwise;
		if (typeof behaviour === 'function') {
			behaviour(request, response, this);
			return;
		}
		await behaviour.wait;
		if (behaviour.hangUp) request.socket.destroy();
		else await this.serve(request, response, behaviour);
	}

	/** Answers a request; for a {@link Handler} that only wants to look on. */
	async serve(request: IncomingMessage, response: ServerResponse, behaviour: Behaviour = {}): Promise<void> {
		const {status, headers, body} = answerTo(request, this.file, behaviour);
		response.sendDate = true;
		for (const [name, value] of Object.entries({...headers, ...behaviour.headers})) {
			if (value !== undefined) response.setHeader(name, value);
			else if (name.toLowerCase() === 'date') response.sendDate = false;
		}
		response.writeHead(status);
		if (request.method === 'HEAD' || status === 204 || status === 304) response.end();
		else await sendBody(response, body, behaviour);
	}

	// Those that brought a request: after an abort Node 20 opens one more, for nothing.
	#track(request: IncomingMessage, response: ServerResponse): void {
		const {socket, method = '', url = '', headers} = request;
		if (!this.#sockets.has(socket)) {
			this.#sockets.set(socket, ++this.#connections);
			socket.on('error', () => {});
			socket.on('close', () => this.#sockets.delete(socket));
		}
		this.#answers.add(response);
		response.on('error', () => {});
		response.on('close', () => this.#answers.delete(response));
		const connection = this.#sockets.get(socket) ?? 0;
		this.requests.push({method, path: url, headers: headers as Record<string, string>, connection});
	}
}

// ---- The head

interface Answer {
	readonly status: number;
	readonly headers: Record<string, string | undefined>;
	readonly body: Uint8Array;
}

function answerTo(request: IncomingMessage, file: FileVersion, behaviour: Behaviour): Answer {
	const {redirect, status} = behaviour;
	const answer =
		redirect !== undefined
			? {status: status ?? 302, headers: {location: redirect}, body: Buffer.alloc(0)}
			: status !== undefined
				? {status, headers: {}, body: Buffer.from(`status ${status}\n`)}
				: fileAnswer(request, file, behaviour);
	const body = behaviour.body === undefined ? answer.body : Buffer.from(behaviour.body);
	const length = behaviour.chunked || answer.status === 204 ? undefined : String(body.length);
	return {...answer, body, headers: {...answer.headers, 'content-length': length}};
}

function fileAnswer(request: IncomingMessage, file: FileVersion, behaviour: Behaviour): Answer {
	const {content, etag, lastModified} = file;
	const headers = {etag, 'last-modified': lastModified, 'accept-ranges': 'bytes'};
	if (behaviour.gzip)
		return {status: 200, headers: {...headers, 'content-encoding': 'gzip'}, body: gzipSync(content)};
	const first = mayBePart(request, file, behaviour) ? firstByteOf(request.headers.range) : undefined;
	if (first === undefined) return {status: 200, headers, body: content};
	const total = content.length;
	if (first >= total)
		return {status: 416, headers: {'content-range': `bytes */${total}`}, body: Buffer.alloc(0)};
	const range = `bytes ${first}-${total - 1}/${total}`;
	const part = {status: 206, headers: {...headers, 'content-range': range}, body: content.subarray(first)};
	return behaviour.multipart ? multipartOf(part, range) : part;
}

function firstByteOf(range: string | undefined): number | undefined {
	const first = /^bytes=(\d+)-$/.exec(range ?? '')?.[1];
	return first === undefined ? undefined : Number(first);
}

function mayBePart({headers}: IncomingMessage, file: FileVersion, behaviour: Behaviour): boolean {
	const {ignoreRange = false, ifRange = 'honoured'} = behaviour;
	const validator = headers['if-range'] as string | undefined;
	if (ignoreRange) return false;
	if (validator === undefined || ifRange === 'ignored') return true;
	if (ifRange === 'refused') return false;
	const isTag = validator === file.etag && !validator.startsWith('W/');
	return validator === file.lastModified || (isTag && ifRange === 'honoured');
}

function multipartOf(part: Answer, range: string): Answer {
	const boundary = 'THE_BOUNDARY';
	const head = `--${boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: ${range}\r\n\r\n`;
	const body = Buffer.concat([Buffer.from(head), part.body, Buffer.from(`\r\n--${boundary}--\r\n`)]);
	const type = `multipart/byteranges; boundary=${boundary}`;
	return {...part, headers: {...part.headers, 'content-range': undefined, 'content-type': type}, body};
}

// ---- The body

async function sendBody(response: ServerResponse, body: Uint8Array, behaviour: Behaviour): Promise<void> {
	const {socket} = response;
	const {dropAfter, resetAfter, endAfter, silentAfter, until = never, sendTimeout} = behaviour;
	// Of the socket itself: a test's fake clock must not drive the server.
	if (sendTimeout !== undefined) socket?.setTimeout(sendTimeout, () => socket.destroy());
	if (silentAfter !== undefined) {
		await send(response, body.subarray(0, silentAfter), behaviour);
		await until;
	}
	const last = Math.min(dropAfter ?? resetAfter ?? endAfter ?? body.length, body.length);
	await send(response, body.subarray(silentAfter ?? 0, last), behaviour);
	if (dropAfter !== undefined) socket?.destroySoon();
	else if (resetAfter !== undefined) socket?.resetAndDestroy();
	else if (endAfter !== undefined && response.hasHeader('content-length')) socket?.destroySoon();
	else response.end();
}

/** Settles when the client's side has taken all of it, or is gone. */
async function send(response: ServerResponse, bytes: Uint8Array, {pace}: Behaviour): Promise<void> {
	response.flushHeaders();
	const size = pace?.bytes ?? Math.max(1, bytes.length);
	for (let at = 0; at < bytes.length && !response.destroyed; at += size) {
		if (pace !== undefined && at > 0) await sleep(pace.ms);
		await write(response, bytes.subarray(at, at + size));
	}
}

function write(response: ServerResponse, bytes: Uint8Array): Promise<void> {
	return new Promise((resolve) => {
		const settle = (): void => {
			response.off('close', settle);
			resolve();
		};
		response.once('close', settle);
		response.write(bytes, settle);
	});
}
