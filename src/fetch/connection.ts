import {NativeController, wrongType} from '../core/index.ts';
import {type ItemSource, openSource} from '../iterate/index.ts';
import type {Requester} from './requester.ts';

const ignore = (): void => {};

/**
 * One request and its body. Whatever waits for it settles when it is closed, also where the platform
 * or a caller's own fetch does not react to an abort.
 */
export class Connection {
	readonly #controller = new NativeController();
	#response: Response | undefined;
	#source: ItemSource<Uint8Array> | undefined;
	#reject: (error: unknown) => void = ignore;
	#isClosed = false;
	/** Its answer goes on where the transfer stands: its bytes may be read. */
	isAccepted = false;
	/** Bytes at the beginning of the body that are to be thrown away. */
	skip = 0;
	/** Position in the resource behind the last byte that it is to bring. */
	limit: number = Infinity;
	/** It was closed because it was silent for too long. */
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

	// It is over. To abort it as well would end the process where undici refuses an answer, such as one with more
	// than five content codings: then nobody listens for the error of the body that it has made already.
	#fail(error: unknown): void {
		this.#isClosed = true;
		this.#reject(error);
	}

	/** The next bytes. Settles in some way if it is closed first. */
	read(): Promise<IteratorResult<Uint8Array, unknown>> {
		try {
			return this.#open().pull();
		} catch (error) {
			return Promise.reject(error);
		}
	}

	/** What of a chunk that was read is not to be thrown away. */
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
		// Whoever closes it knows why, and does not look at this.
		this.#reject(new Error('The connection was closed'));
		this.#controller.abort();
		if (this.#response !== undefined) this.#discard();
	}

	#discard(): void {
		try {
			this.#open().cancel(undefined).catch(ignore);
		} catch {
			// Somebody else reads it: a caller's own fetch gave away a body that is in use.
		}
	}
}

// Also bytes of another realm. A caller's own fetch may give anything, as the text of a mock.
function bytesOf(chunk: ArrayBufferView): Uint8Array {
	if (!ArrayBuffer.isView(chunk)) throw wrongType('body', 'chunks of bytes', chunk);
	return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
