import {bodyOf} from './body.ts';
import {type OpenTransfer, openTransfer} from './open-transfer.ts';
import type {PausableInit} from './options.ts';
import {copyOf, responseLike} from './response.ts';
import type {Transfer} from './transfer.ts';
import type {TransferSource} from './transfer-source.ts';

const transfers = new WeakMap<Response, Transfer>();

/**
 * `fetch` whose body survives a pause.
 *
 * A pause does not pass through a `Request`, whose own signal only aborts: pass the signal beside it,
 * `pausableFetch(request, {signal})`.
 *
 * Use it instead of `fetch` for a large or slow body. It takes what `fetch` takes, and resolves and
 * rejects as `fetch` does. While `init.signal` is paused it sends no request and delivers no byte.
 * After `holdMs` milliseconds of a pause it closes the connection, if the transfer can be resumed: if
 * the server accepts ranges and names the version. The first read after the pause opens another
 * connection. It replaces a lost connection in the same way. It never mixes bytes of two versions: if
 * the resource has changed, the body fails.
 *
 * The call and each read of the body are checkpoints. An abort loses bytes that were received and not
 * yet read; with the `toJSON()` of {@link transferOf} as `from`, a later call continues at the first
 * one of them.
 *
 * An abort, paused or not, rejects the call or errors the body at once with the signal's reason, and
 * closes the connection. Rejects with a `TypeError` or `RangeError` on a bad option, before any
 * request. The body fails with a {@link TransferError}. A paused transfer keeps the process alive.
 *
 * @example
 * ```ts
 * import {createServer} from 'node:http';
 * import type {AddressInfo} from 'node:net';
 * import {PausableController} from 'pausable-signal';
 * import {pausableFetch, transferOf} from 'pausable-signal/fetch';
 *
 * const server = createServer((_request, response) => response.end('some text')).listen(0, '127.0.0.1');
 * await new Promise((resolve) => server.once('listening', resolve));
 * const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
 *
 * const controller = new PausableController();
 * const response = await pausableFetch(url, {signal: controller.signal});
 * controller.pause();
 * transferOf(response)?.state; // => 'held'
 * const text = response.text();
 * controller.resume();
 * await text; // => 'some text'
 * transferOf(response)?.state; // => 'completed'
 * server.close();
 * server.closeAllConnections();
 * ```
 */
export async function pausableFetch(input: RequestInfo | URL, init?: PausableInit): Promise<Response> {
	const open = await openTransfer(input, init);
	const {source} = open;
	try {
		const response = answer(open);
		transfers.set(response, source.view);
		return response;
	} catch (error) {
		// Whatever went wrong after the answer came, the connection must be given back.
		source.finish('failed');
		throw error;
	}
}

/**
 * The transfer behind the body of a response from {@link pausableFetch}: its state, its progress, and
 * the data to continue it later. Undefined for any other response. It only looks: it is no checkpoint,
 * and an abort loses nothing.
 *
 * @example
 * ```ts
 * import {transferOf} from 'pausable-signal/fetch';
 *
 * transferOf(new Response('text')); // => undefined
 * ```
 */
export function transferOf(response: Response): Transfer | undefined {
	return transfers.get(response);
}

function answer({source, settings, head: {response, kind}, hasBody}: OpenTransfer): Response {
	if (!hasBody) {
		source.finish('completed');
		return response as Response;
	}
	const headers = copyOf(response?.headers);
	const body = bodyOf(source, settings);
	if (kind === 'rest') return responseLike(restOf(source, headers, response), headers, body);
	const whole = response as Response;
	if (kind === 'plain') return responseLike(whole, headers, body);
	headers.delete('content-range');
	const {url, redirected, type} = whole;
	return responseLike({status: 200, statusText: 'OK', ok: true, url, redirected, type}, headers, body);
}

// A 206 even where the server sent all of it, or said that nothing is left.
function restOf(
	{offset, total, view}: TransferSource,
	headers: Headers,
	response: Response | undefined,
): Parameters<typeof responseLike>[0] {
	const isEmpty = offset === total;
	headers.delete('content-range');
	headers.delete('content-length');
	if (total !== undefined) {
		headers.set('content-length', String(total - offset));
		headers.set('content-range', isEmpty ? `bytes */${total}` : `bytes ${offset}-${total - 1}/${total}`);
	}
	const {url = view.toJSON().url, redirected = false, type = 'default'} = response ?? {};
	return {status: 206, statusText: 'Partial Content', ok: true, url, redirected, type};
}
