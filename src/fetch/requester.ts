import {unlimited} from './dispatcher.ts';
import type {PausableInit, Settings} from './options.ts';

/** Asks for one resource, as often as it takes. */
export class Requester {
	readonly url: string;
	readonly method: string;
	/** Whether bytes can be asked for: not where the caller asks for some. */
	readonly canAskForRange: boolean;
	/** Whether the answer is as long as its Content-Length says, whatever its headers show. */
	readonly asksForIdentity: boolean;
	/** Whether identity coding can be asked for by a range alone, as in browsers. */
	readonly asksByRange: boolean;
	readonly #input: RequestInfo;
	readonly #init: RequestInit;
	readonly #headers: Headers;
	readonly #fetch: typeof fetch | undefined;

	constructor(input: RequestInfo | URL, init: PausableInit | undefined, settings: Settings) {
		const {holdMs: _1, buffer: _2, idleTimeout: _3, retry: _4, from: _5, fetch: _6, ...rest} = init ?? {};
		const request = isRequest(input) ? input : undefined;
		// Copies: the caller may change its own before the next connection is opened.
		this.#input = request ?? String(input);
		this.#headers = new Headers(rest.headers ?? request?.headers);
		this.#init = rest;
		this.#fetch = settings.fetch;
		this.url = request?.url ?? absolute(String(input));
		this.method = (rest.method ?? request?.method ?? 'GET').toUpperCase();
		const isPlainGet = this.method === 'GET' && !this.#headers.has('range');
		this.canAskForRange = isPlainGet && !(rest.integrity ?? request?.integrity);
		const isUndecided = !this.#headers.has('accept-encoding');
		if (isUndecided && sendsAcceptEncoding()) this.#headers.set('accept-encoding', 'identity');
		this.asksByRange = isUndecided && isPlainGet && !sendsAcceptEncoding();
		this.asksForIdentity = this.asksByRange || this.#headers.get('accept-encoding') === 'identity';
	}

	ask(range: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Response> {
		const headers = new Headers(this.#headers);
		for (const [name, value] of Object.entries(range)) headers.set(name, value);
		const {dispatcher: own, ...init} = this.#init as RequestInit & {dispatcher?: unknown};
		const dispatcher = unlimited(own);
		const all = {...init, ...(dispatcher === undefined ? {} : {dispatcher}), headers, signal};
		return (this.#fetch ?? globalThis.fetch)(this.#input, all);
	}
}

function isRequest(input: RequestInfo | URL): input is Request {
	return typeof input === 'object' && input !== null && 'url' in input;
}

function absolute(url: string): string {
	try {
		return new URL(url, (globalThis as {location?: {href: string}}).location?.href).href;
	} catch {
		// fetch will say what is wrong with it.
		return url;
	}
}

let canSend: boolean | undefined;

// Browsers keep this header to themselves, and drop it without a word.
function sendsAcceptEncoding(): boolean {
	canSend ??= new Request('http://localhost/', {headers: {'accept-encoding': 'identity'}}).headers.has(
		'accept-encoding',
	);
	return canSend;
}
