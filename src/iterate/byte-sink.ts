import type {GatedSource, Sink} from './gated-source.ts';

/** What a {@link ByteSink} reports. */
export interface ByteSinkListener {
	/** The reader has received this many bytes. */
	delivered?(bytes: number): void;
	end?(): void;
	error?(): void;
}

/** Hands bytes to a byte stream, into the reader's own buffers if it brings some. */
export class ByteSink implements Sink<Uint8Array> {
	readonly #listener: ByteSinkListener;
	#controller!: ReadableByteStreamController;
	#gated!: GatedSource<Uint8Array>;

	constructor(listener: ByteSinkListener = {}) {
		this.#listener = listener;
	}

	/** The stream that the source fills. */
	open(gated: GatedSource<Uint8Array>): ReadableStream<Uint8Array> {
		this.#gated = gated;
		return new ReadableStream({
			type: 'bytes',
			start: (controller) => void (this.#controller = controller),
			pull: () => {
				if (!gated.isWanted) gated.want();
			},
			cancel: (reason: unknown) => gated.cancel(reason),
		});
	}

	item(bytes: Uint8Array): void {
		const request = this.#controller.byobRequest;
		if (request?.view == null) {
			this.#listener.delivered?.(bytes.byteLength);
			this.#controller.enqueue(alone(bytes));
		} else {
			this.#fill(request, request.view, bytes);
		}
	}

	// Bytes that do not fit go back behind the gate: no pause could hold them in the stream's own queue.
	#fill(request: ReadableStreamBYOBRequest, view: ArrayBufferView, bytes: Uint8Array): void {
		const fitting = Math.min(view.byteLength, bytes.byteLength);
		new Uint8Array(view.buffer, view.byteOffset, fitting).set(bytes.subarray(0, fitting));
		if (fitting < bytes.byteLength) this.#gated.giveBack(bytes.subarray(fitting));
		this.#listener.delivered?.(fitting);
		request.respond(fitting);
	}

	end(): void {
		this.#listener.end?.();
		try {
			this.#controller.close();
			this.#controller.byobRequest?.respond(0);
		} catch {
			// The reader wanted numbers of several bytes, and half a number is left: the stream has rejected.
		}
	}

	error(error: unknown): void {
		this.#listener.error?.();
		this.#controller.error(error);
	}
}

// A byte stream takes over the whole memory behind a view, so a view of a part is copied. Not by
// slice(): a Buffer's slice is a view, and Node's small Buffers share memory.
function alone(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
	const {buffer, byteLength} = bytes;
	const isAlone = byteLength === buffer.byteLength && buffer instanceof ArrayBuffer;
	return isAlone ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}
