import {once} from 'node:events';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {delay, type Gate, PausableController, type PausableSignal} from 'pausable-signal';
import {renderPage} from './html.ts';
import type {DemoPage, DemoSite} from './site.ts';
import {dice} from './words.ts';

export interface DemoServer extends AsyncDisposable {
	/** Where it is: `http://127.0.0.1:PORT`. */
	readonly origin: string;
	readonly port: number;
	readonly start: string;
}

export interface DemoServerOptions {
	/** How many times as slow as usual it answers; 0 is at once. */
	readonly slowness?: number;
	/** While it is closed, no page is answered. */
	readonly gate?: Gate;
	readonly log?: (event: ServerEvent, path: string) => void;
	/** Where the other demo sites are, by name. */
	readonly origins?: ReadonlyMap<string, string>;
	/** Default: one of the system's choice. */
	readonly port?: number | undefined;
}

/** A connection came or went; a request came, its answer has ended. */
export type ServerEvent = 'connect' | 'disconnect' | 'request' | 'end';

/** Serves the demo site on this machine. Rejects with the system's error when its port is in use. */
export async function serveDemoSite(site: DemoSite, options: DemoServerOptions = {}): Promise<DemoServer> {
	const {slowness = 1, gate, log, origins = new Map(), port: wanted = 0} = options;
	const closing = new PausableController();
	const failedOnce = new Set<string>();
	const limiter = new Limiter(site.limit, slowness);
	const resolve = (link: string): string => {
		const [, name, path] = /^@(\w+)(.*)/.exec(link) ?? [];
		return name === undefined ? link : `${origins.get(name) ?? 'https://elsewhere.invalid'}${path}`;
	};
	const server = createServer((request, response) => {
		const path = request.url ?? '';
		log?.('request', path);
		const visit = new PausableController({signal: closing.signal});
		const {signal} = visit;
		response.once('close', () => {
			visit.abort();
			log?.('end', path);
		});
		const wait = async (ms: number): Promise<void> => {
			await gate?.wait({signal});
			await delay(signal, ms * slowness);
		};
		const found = site.pages.get(path);
		const page = found && {...found, links: found.links.map(resolve)};
		void answer({site, page, request, response, signal, wait, failedOnce, limiter}).catch(
			(error: unknown) => {
				// A visitor who left needs no answer.
				if (!signal.aborted) throw error;
			},
		);
	});
	server.on('connection', (socket) => {
		log?.('connect', '');
		socket.once('close', () => log?.('disconnect', ''));
	});
	await once(server.listen(wanted, '127.0.0.1'), 'listening');
	const {port} = server.address() as AddressInfo;
	const origin = `http://127.0.0.1:${port}`;
	return {
		origin,
		port,
		start: origin + site.start,
		async [Symbol.asyncDispose]() {
			closing.abort();
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}

/** Wants a rest after so many requests, and says how long. */
class Limiter {
	readonly #limit: DemoSite['limit'];
	readonly #slowness: number;
	#answers = 0;
	#refusals = 0;
	#restsUntil = 0;

	constructor(limit: DemoSite['limit'], slowness: number) {
		this.#limit = limit;
		this.#slowness = slowness;
	}

	/** A Retry-After, now in seconds and now as a date. */
	refusal(): string | undefined {
		if (this.#limit === undefined) return undefined;
		const now = Date.now();
		if (now >= this.#restsUntil && this.#answers++ < this.#limit.requests) return undefined;
		if (now >= this.#restsUntil) {
			this.#restsUntil = now + this.#limit.restMs * this.#slowness;
			this.#answers = 0;
		}
		const seconds = Math.ceil((this.#restsUntil - now) / 1000);
		return this.#refusals++ % 2 === 0 ? String(seconds) : new Date(now + 1000 * seconds).toUTCString();
	}
}

interface Exchange {
	readonly site: DemoSite;
	readonly page: DemoPage | undefined;
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
	/** Aborted when the visitor has left. */
	readonly signal: PausableSignal;
	readonly wait: (ms: number) => Promise<void>;
	readonly failedOnce: Set<string>;
	readonly limiter: Limiter;
}

async function answer(exchange: Exchange): Promise<void> {
	const {site, page, request, response, wait, limiter} = exchange;
	const origin = `http://${request.headers.host}`;
	if (request.url === '/robots.txt') return send(response, 200, site.robots, 'text/plain; charset=utf-8');
	const file = site.files?.get(request.url ?? '');
	if (file !== undefined) return send(response, 200, file(origin), 'application/octet-stream');
	const refusal = limiter.refusal();
	if (refusal !== undefined) {
		response.setHeader('retry-after', refusal);
		return send(response, 429, 'One at a time, please.', 'text/plain');
	}
	if (page === undefined) return send(response, 404, 'There is no such page.', 'text/plain');
	await wait(20 + dice(page.path)(140));
	const html = renderPage(page, site, origin);
	await behaviours[page.behaviour]({...exchange, page, html});
}

interface PageExchange extends Exchange {
	readonly page: DemoPage;
	readonly html: string;
}

const behaviours: Record<DemoPage['behaviour'], (exchange: PageExchange) => Promise<void> | void> = {
	page({response, html, site: {charset = 'utf-8'}}) {
		const body = charset === 'utf-8' ? html : Buffer.from(withReferences(html), 'latin1');
		send(response, 200, body, `text/html; charset=${charset}`);
	},
	missing: ({response, html}) => send(response, 404, html),
	broken: ({response, html}) => send(response, 500, html),
	picture: ({response}) => send(response, 200, 'not really a picture', 'image/png'),
	async slow({response, html, wait}) {
		await wait(2000);
		send(response, 200, html);
	},
	async dripping({response, html, wait}) {
		response.writeHead(200, {'content-type': 'text/html'});
		for (let at = 0; at < html.length; at += 1000) {
			response.write(html.slice(at, at + 1000));
			await wait(400);
		}
		response.end();
	},
	flaky({response, html, page, failedOnce}) {
		const status = failedOnce.has(page.path) ? 200 : 503;
		failedOnce.add(page.path);
		send(response, status, html);
	},
	redirect({response, page}) {
		response.writeHead(301, {location: page.links[0]});
		response.end();
	},
	async huge({response, html, signal}) {
		response.writeHead(200, {'content-type': 'text/html'});
		// It has no end: the visitor has to leave.
		for (;;) {
			if (!response.write(html.repeat(20))) await once(response, 'drain', {signal});
		}
	},
};

/** HTML with a reference for each letter that Latin-1 has not. */
function withReferences(html: string): string {
	return html.replaceAll(/[^\0-\xff]/gu, (letter) => `&#${letter.codePointAt(0)};`);
}

function send(
	response: ServerResponse,
	status: number,
	body: string | Buffer,
	type = 'text/html; charset=utf-8',
): void {
	response.writeHead(status, {'content-type': type, 'content-length': Buffer.byteLength(body)});
	response.end(body);
}
