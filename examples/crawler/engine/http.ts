import {deadline, isAbortOf, type PausableSignal} from 'pausable-signal';
import {pausableFetch, TransferError} from 'pausable-signal/fetch';
import {Failure} from './errors.ts';
import {pageUrl} from './urls.ts';

export interface RequestOptions {
	readonly userAgent: string;
	/** Active milliseconds for headers and body together. */
	readonly timeoutMs: number;
	/** Active milliseconds without a byte of the body. */
	readonly idleTimeoutMs: number;
	readonly fetch?: typeof fetch | undefined;
}

/**
 * Fetches a URL without following redirects, and gives the response to `read`. A pause holds it before
 * the request and between any two pieces of the body. Rejects with the signal's reason when aborted,
 * with a {@link Failure} when the network or the server is at fault.
 */
export async function request<T>(
	signal: PausableSignal,
	url: string,
	{userAgent, timeoutMs, idleTimeoutMs: idleTimeout, fetch}: RequestOptions,
	read: (response: Response) => Promise<T>,
): Promise<T> {
	const limited = deadline(signal, timeoutMs);
	try {
		// Pages are small and compress well. They are asked for again rather than taken up in the middle.
		const headers = {'user-agent': userAgent, accept, 'accept-encoding': 'gzip, deflate, br'};
		const init = {signal: limited, redirect: 'manual', headers, idleTimeout, fetch} as const;
		return await read(await pausableFetch(url, init));
	} catch (error) {
		if (isAbortOf(signal, error)) throw error;
		if (isAbortOf(limited, error)) throw new Failure('timed out', {isPassing: true, cause: error});
		throw transferFailure(error) ?? networkFailure(error) ?? error;
	}
}

const accept = 'text/html, application/xhtml+xml;q=0.9, application/xml;q=0.8, */*;q=0.1';

/** Where a redirect leads; undefined for any other response, and where it leads to no page. */
export function locationOf({status, headers}: Response, url: string): string | undefined {
	const location = headers.get('location');
	return status >= 300 && status < 400 && location !== null ? pageUrl(asUtf8(location), url) : undefined;
}

// The bytes of headers are read as Latin-1, while servers that do not escape write UTF-8.
function asUtf8(header: string): string {
	try {
		return new TextDecoder('utf-8', {fatal: true}).decode(Buffer.from(header, 'latin1'));
	} catch {
		return header;
	}
}

/** Says that nobody wants the body: its connection is free again. */
export async function drop(response: Response): Promise<void> {
	await response.body?.cancel();
}

/** The body, `most` bytes of it. Calls `onCut` instead of giving more. */
export async function* upTo(response: Response, most: number, onCut: () => void): AsyncIterable<Uint8Array> {
	let bytes = 0;
	for await (const chunk of response.body ?? []) {
		const room = most - bytes;
		if (chunk.length > room) {
			yield chunk.subarray(0, room);
			onCut();
			return;
		}
		bytes += chunk.length;
		yield chunk;
	}
}

function transferFailure(error: unknown): Failure | undefined {
	if (!(error instanceof TransferError)) return undefined;
	const reasons: Partial<Record<TransferError['code'], string>> = {
		ERR_IDLE_TIMEOUT: 'timed out',
		ERR_TRUNCATED: 'truncated',
		ERR_CONNECTION_LOST: 'connection lost',
	};
	return new Failure(reasons[error.code] ?? error.code, {isPassing: true, cause: error});
}

// The same event has many names, that depend on who notices it when.
const lost = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE', 'ECONNABORTED']);

// fetch tells network errors as a TypeError with a cause; a TypeError without one is a mistake of ours.
function networkFailure(error: unknown): Failure | undefined {
	const {name, cause} = error as {name?: string; cause?: {code?: string; message?: string}};
	if (name !== 'TypeError' || cause === undefined) return undefined;
	const {code = cause.message ?? 'network error'} = cause;
	return new Failure(lost.has(code) ? 'connection lost' : code, {isPassing: true, cause: error});
}
