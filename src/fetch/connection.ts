import {NativeController, wrongType} from '../core/index.ts';
import {type ItemSource, openSource} from '../iterate/index.ts';
import type {Requester} from './requester.ts';

const ignore = (): void => {};

/**
 * One request and its body. All promises for it settle when it is closed, even where the platform or a
 * caller's own fetch ignores the abort.
 */
export class Connection {
	readonly #controller = new NativeController();
	#response: Response | undefined;
	#source: ItemSource<Uint8Array> | undefined;
	#reject: (error: unknown) => void = ignore;
	#isClosed = false;
	/** Its answer continues where the transfer stands, so its bytes may be read. */
	isAccepted = false;
	/** Bytes to discard at the beginning of the body. */
	skip = 0;
	/** Position in the resource after the last byte that it may bring. */
	limit: number = Infinity;
	/** It was closed because it brought nothing for too long. */
	isSilent = false;

	/** The answer, once there is one. */
	get response(): Response {
		return this.#response as Response;
	}

	/** Asks, and resolves with the answer. Rejects if it is closed first. */
	open(requester: Requester, range: Readonly<Record<string, string>>): Promise<Response> {
		return new Promise((resolve, reject) => {
			this.#reject = reject;
			requester.ask(range, this.#controller.signal).then(
				(response) => {
					this.#response = response;
					if (this.#isClosed) this.#discard();
					resolve(response);
				},
				(error: unknown) => this.#fail(error),
			);
		});
	}

	// No abort here: where undici refuses an answer, such as one with more than five content codings, it has
	// already created the body, and an abort would emit an error on it that nobody handles and that ends
	// the process.
	#fail(error: unknown): void {
		this.#isClosed = true;
		this.#reject(error);
	}

	/** The next bytes. Also settles, in either way, if the connection is closed first. */
	read(): Promise<IteratorResult<Uint8Array, unknown>> {
		try {
			return this.#open().pull();
		} catch (error) {
			return Promise.reject(error);
		}
	}

	/** The part of a chunk that is not to be discarded. */
	take(chunk: Uint8Array | ArrayBufferView): Uint8Array {
		const bytes = chunk instanceof Uint8Array ? chunk : bytesOf(chunk);
		if (this.skip === 0) return bytes;
		const skipped = Math.min(this.skip, bytes.byteLength);
		this.skip -= skipped;
		return bytes.subarray(skipped);
	}

	#open(): ItemSource<Uint8Array> {
		return (this.#source ??= openSource<Uint8Array>(this.response.body ?? []));
	}

	/** Ends it at once, and the transport with it. */
	close(): void {
		if (this.#isClosed) return;
		this.#isClosed = true;
		// The caller knows why it closes the connection, and ignores this error.
		this.#reject(new Error('The connection was closed'));
		this.#controller.abort();
		if (this.#response !== undefined) this.#discard();
	}

	#discard(): void {
		try {
			this.#open().cancel(undefined).catch(ignore);
		} catch {
			// Somebody else is reading it: a caller's own fetch returned a body that is in use.
		}
	}
}

// Accepts bytes of another realm, too. A caller's own fetch may return anything, such as a mock's text.
function bytesOf(chunk: ArrayBufferView): Uint8Array {
	if (!ArrayBuffer.isView(chunk)) throw wrongType('body', 'chunks of bytes', chunk);
	return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
