import type {GatedSource, Sink} from './gated-source.ts';

/** What is told of the bytes on their way. */
export interface ByteSinkListener {
	/** So many bytes were handed to the reader. */
	delivered?(bytes: number): void;
	end?(): void;
	error?(): void;
}

/** Hands bytes to a byte stream: into buffers of its reader, if it brings some. */
export class ByteSink implements Sink<Uint8Array> {
	readonly #listener: ByteSinkListener;
	#controller!: ReadableByteStreamController;
	#gated!: GatedSource<Uint8Array>;

	constructor(listener: ByteSinkListener = {}) {
		this.#listener = listener;
	}

	/** The stream that is filled from the source. */
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

	// What does not fit goes back behind the gate: in the stream's own queue no pause would hold it.
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
			// The reader wanted numbers of several bytes, and half a number is left: the stream has told it.
		}
	}

	error(error: unknown): void {
		this.#listener.error?.();
		this.#controller.error(error);
	}
}

// A byte stream takes the whole memory of what it is given: of a part of something, a copy. Not by
// slice(): that of a Buffer gives a view, and Node keeps small Buffers in memory that they share.
function alone(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
	const {buffer, byteLength} = bytes;
	const isAlone = byteLength === buffer.byteLength && buffer instanceof ArrayBuffer;
	return isAlone ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}
