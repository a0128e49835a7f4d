import {randomBytes, timingSafeEqual} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';
import {perform} from '../control/perform.ts';
import {type Answer, longestRequest, parseRequest} from '../control/protocol.ts';
import type {EndedPages} from '../engine/reading.ts';
import {hasEnded, type LiveCrawl} from '../live.ts';
import {Feed} from './feed.ts';

export interface LivePage extends AsyncDisposable {
	/** Where to look: `http://127.0.0.1:PORT/`. */
	readonly url: string;
	/** Resolves when somebody closes the page of a crawl that has ended. */
	readonly closed: Promise<void>;
}

/** What the page shows beside the crawl's status. */
export interface Subject {
	/** Where the crawl started. */
	readonly what: string;
	/** Where it is kept. */
	readonly dir: string;
	list(ending: ListedEnding): EndedPages;
}

export type ListedEnding = 'failed' | 'skipped';

const noSubject: Subject = {what: '', dir: '', list: () => ({reasons: [], pages: []})};

const lastAnswersMs = 1000;

const security = {
	'content-security-policy':
		"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	'x-content-type-options': 'nosniff',
	'referrer-policy': 'no-referrer',
	'cross-origin-resource-policy': 'same-origin',
	'cross-origin-opener-policy': 'same-origin',
	'cache-control': 'no-store',
};

function asset(name: string): string {
	return readFileSync(new URL(name, import.meta.url), 'utf8');
}

/**
 * Shows the crawl on this machine alone, and lets those who look at it pause, resume and stop it; after its end,
 * until it is disposed of. Port 0: any.
 */
export async function serveUi(
	crawl: LiveCrawl,
	port: number,
	{what, dir, list}: Subject = noSubject,
): Promise<LivePage> {
	let close = (): void => {};
	const closed = new Promise<void>((resolve) => {
		close = resolve;
	});
	const feed = new Feed(crawl);
	const token = randomBytes(24).toString('hex');
	const work = new Set<Promise<void>>();
	const server = createServer({headersTimeout: 10_000, requestTimeout: 10_000}, (request, response) => {
		const answered = answer(request, response).finally(() => work.delete(answered));
		work.add(answered);
	});
	const assets: Record<string, readonly [type: string, content: string]> = {
		'/': ['text/html', filledIn(asset('page.html'), {token, what, dir})],
		'/page.css': ['text/css', asset('page.css')],
		'/page.js': ['text/javascript', asset('page.js')],
	};

	async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
		for (const [name, value] of Object.entries(security)) response.setHeader(name, value);
		// Another name that leads here is another site's trick to read this page.
		if (!hosts.has(request.headers.host ?? '')) return send(response, 421, 'text/plain', 'not here');
		const path = request.url ?? '';
		if (path === '/control') return control(request, response);
		if (request.method !== 'GET' && request.method !== 'HEAD')
			return send(response.setHeader('allow', 'GET, HEAD'), 405, 'text/plain', 'only to be read');
		if (path === '/events') return watch(response);
		const [, ending] = /^\/(failed|skipped)$/.exec(path) ?? [];
		if (ending !== undefined) return sendList(response, ending as ListedEnding);
		const found = Object.hasOwn(assets, path) ? assets[path] : undefined;
		if (found === undefined) return send(response, 404, 'text/plain', 'nothing here');
		send(response, 200, ...found);
	}

	function sendList(response: ServerResponse, ending: ListedEnding): void {
		try {
			send(response, 200, 'application/json', JSON.stringify(list(ending)));
		} catch (error) {
			send(response, 500, 'application/json', JSON.stringify({error: (error as Error).message}));
		}
	}

	function watch(response: ServerResponse): void {
		response.writeHead(200, {'content-type': 'text/event-stream; charset=utf-8'});
		if (!feed.add(response)) response.end('event: full\ndata: {}\n\n');
	}

	async function control(request: IncomingMessage, response: ServerResponse): Promise<void> {
		if (request.method !== 'POST')
			return send(response.setHeader('allow', 'POST'), 405, 'text/plain', 'only by the buttons');
		if (!isOwnPage(request)) return send(response, 403, 'text/plain', 'only from the page itself');
		const last: Answer[] = [];
		try {
			const asked = parseRequest(await bodyOf(request));
			// The crawl has been stopped already: what is left is its page.
			if (asked.command === 'stop' && hasEnded(crawl.status)) close();
			await perform(crawl, asked, (one) => last.splice(0, 1, one));
		} catch (error) {
			last.splice(0, 1, {ok: false, error: (error as Error).message});
		}
		const [said] = last;
		const ok = said?.ok === true;
		send(response, ok ? 200 : 400, 'application/json', JSON.stringify(ok ? {ok} : said));
	}

	// Other sites can send a request here, but neither know the token nor write another origin.
	function isOwnPage({headers}: IncomingMessage): boolean {
		const given = Buffer.from(String(headers['x-token'] ?? ''));
		const own = Buffer.from(token);
		const isSame = given.length === own.length && timingSafeEqual(given, own);
		return isSame && headers.origin === `http://${headers.host}`;
	}

	const hosts = new Set<string>();
	try {
		await new Promise<void>((resolve, reject) => {
			server.once('error', reject);
			server.listen(port, '127.0.0.1', resolve);
		});
	} catch (error) {
		feed[Symbol.dispose]();
		throw error;
	}
	const actual = (server.address() as AddressInfo).port;
	for (const name of ['127.0.0.1', 'localhost']) {
		hosts.add(`${name}:${actual}`);
		if (actual === 80) hosts.add(name);
	}
	return {
		url: `http://127.0.0.1:${actual}/`,
		closed,
		async [Symbol.asyncDispose]() {
			feed[Symbol.dispose]();
			const closed = new Promise<void>((resolve) => server.close(() => resolve()));
			// What was asked for ends with the crawl, as a rule; what nobody reads does not.
			await Promise.race([Promise.allSettled(work), sleep(lastAnswersMs, undefined, {ref: false})]);
			server.closeIdleConnections();
			await Promise.race([closed, sleep(lastAnswersMs, undefined, {ref: false})]);
			server.closeAllConnections();
			await closed;
		},
	};
}

function filledIn(html: string, values: Readonly<Record<string, string>>): string {
	return html.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => escaped(values[name] ?? ''));
}

function escaped(text: string): string {
	return text.replaceAll(/[&<>"']/g, (letter) => `&#${letter.codePointAt(0)};`);
}

function send(response: ServerResponse, status: number, type: string, content: string): void {
	response.writeHead(status, {'content-type': `${type}; charset=utf-8`}).end(content);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const chunk of request) {
		chunks.push(chunk as Buffer);
		size += (chunk as Buffer).length;
		if (size > longestRequest) throw new Error(`expected ${longestRequest} bytes at most`);
	}
	return Buffer.concat(chunks).toString('utf8');
}
