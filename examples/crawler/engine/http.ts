import {deadline, isAbortOf, PausableController, type PausableSignal} from 'pausable-signal';
import {pausableFetch, TransferError} from 'pausable-signal/fetch';
import {Failure, wordsOf} from './errors.ts';
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
 * with a {@link Failure} for everything else: whatever a server makes fetch or `read` throw, that URL alone fails.
 */
export async function request<T>(
	signal: PausableSignal,
	url: string,
	{userAgent, timeoutMs, idleTimeoutMs: idleTimeout, fetch}: RequestOptions,
	read: (response: Response) => Promise<T>,
): Promise<T> {
	const controller = new PausableController({signal});
	const limited = deadline(controller.signal, timeoutMs);
	let isAnswered = false;
	try {
		// Pages are small and compress well. A lost one is requested again, not resumed in the middle.
		const headers = {'user-agent': userAgent, accept, 'accept-encoding': 'gzip, deflate, br'};
		const init = {signal: limited, redirect: 'manual', headers, idleTimeout, fetch} as const;
		const response = await pausableFetch(url, init);
		isAnswered = true;
		return await read(response);
	} catch (error) {
		// An error that the abort has caused is none of the page.
		if (signal.aborted) throw signal.reason;
		if (error instanceof Failure) throw error;
		const reason = isAbortOf(limited, error) ? timedOut : (transferReason(error) ?? networkReason(error));
		const isSilent = !isAnswered && reason !== undefined && tellsOfSilence.test(reason);
		throw new Failure(reason ?? wordsOf(error), {isPassing: reason !== undefined, isSilent, cause: error});
	} finally {
		// Otherwise the clock of the time limit would run on until it has ended or is collected.
		controller.abort(isOver);
	}
}

/** Whether a host answers anything: its robots.txt is what every server expects to be asked for. */
export async function answers(
	signal: PausableSignal,
	origin: string,
	options: RequestOptions,
): Promise<boolean> {
	const timeoutMs = Math.min(options.timeoutMs, probeMs);
	try {
		await request(signal, `${origin}/robots.txt`, {...options, timeoutMs}, drop);
		return true;
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		return !error.isSilent;
	}
}

// Made once: an error looks at the stack, which costs more than the rest of an abort.
const isOver = new DOMException('the request is over', 'AbortError');
const probeMs = 10_000;
const timedOut = 'timed out';
const connectionLost = 'connection lost';
// Errors of the system before an answer: of the resolver, the network, the connection. Those of TLS and of the
// HTTP parser mean that somebody is there.
const tellsOfSilence = new RegExp(
	`^(?:${timedOut}|${connectionLost}|E(?!PROTO)[A-Z\\d]+|EAI_[A-Z]+|UND_ERR_(?:CONNECT|HEADERS)_TIMEOUT)$`,
);

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

function transferReason(error: unknown): string | undefined {
	if (!(error instanceof TransferError)) return undefined;
	const reasons: Partial<Record<TransferError['code'], string>> = {
		ERR_IDLE_TIMEOUT: timedOut,
		ERR_TRUNCATED: 'truncated',
		ERR_CONNECTION_LOST: connectionLost,
	};
	return reasons[error.code] ?? error.code;
}

// The same event has many names, that depend on who notices it when.
const lost = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE', 'ECONNABORTED']);

// fetch tells network errors as a TypeError with a cause.
function networkReason(error: unknown): string | undefined {
	const {name, cause} = Object(error) as {name?: unknown; cause?: unknown};
	if (name !== 'TypeError' || cause === undefined) return undefined;
	const {code} = Object(cause) as {code?: unknown};
	if (typeof code !== 'string') return wordsOf(cause);
	return lost.has(code) ? connectionLost : code;
}
