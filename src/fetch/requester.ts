import {unlimited} from './dispatcher.ts';
import type {PausableInit, Settings} from './options.ts';

/** Sends the requests for one resource. */
export class Requester {
	readonly url: string;
	readonly method: string;
	/** Whether a range can be asked for: not if the caller asks for one. */
	readonly canAskForRange: boolean;
	/** Whether the body is as long as Content-Length says, even if the headers hide its coding. */
	readonly asksForIdentity: boolean;
	/** Whether a range is the only way to ask for identity coding, as in browsers. */
	readonly asksByRange: boolean;
	readonly #input: RequestInfo;
	readonly #init: RequestInit;
	readonly #headers: Headers;
	readonly #fetch: typeof fetch | undefined;

	constructor(input: RequestInfo | URL, init: PausableInit | undefined, settings: Settings) {
		const {holdMs: _1, buffer: _2, idleTimeout: _3, retry: _4, from: _5, fetch: _6, ...rest} = init ?? {};
		const request = isRequest(input) ? input : undefined;
		// Copies: the caller may change the originals before the next connection opens.
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
		// fetch will reject it with its own error.
		return url;
	}
}

let canSend: boolean | undefined;

// Browsers set this header themselves, and silently drop ours.
function sendsAcceptEncoding(): boolean {
	canSend ??= new Request('http://localhost/', {headers: {'accept-encoding': 'identity'}}).headers.has(
		'accept-encoding',
	);
	return canSend;
}
