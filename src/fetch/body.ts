import {whenDropped} from '../core/index.ts';
import {GatedSource, type Sink} from '../iterate/index.ts';
import type {Settings} from './options.ts';
import type {TransferSource} from './transfer-source.ts';

/** The body of a response: a stream of bytes that is gated by the signal. */
export function bodyOf(source: TransferSource, {signal, buffer}: Settings): ReadableStream<Uint8Array> {
	const sink = new ByteSink(source, signal);
	const gated = new GatedSource(signal, source, sink, {buffer});
	const stream = new ReadableStream({
		type: 'bytes',
		start: (controller) => sink.open(controller, gated),
		pull: () => sink.want(),
		cancel: (reason: unknown) => gated.cancel(reason),
	});
	gated.follow();
	stopWhenDropped(stream, source);
	return stream;
}

// A response that nobody looks at any more must not keep its connection. By itself: a closure up
// there would reach the stream through what it shares with the others.
function stopWhenDropped(stream: ReadableStream, source: TransferSource): void {
	whenDropped(stream, () => source.finish('stopped'));
}

class ByteSink implements Sink<Uint8Array> {
	wants = false;
	readonly #source: TransferSource;
	readonly #signal: AbortSignal;
	#controller!: ReadableByteStreamController;
	#gated!: GatedSource<Uint8Array>;

	constructor(source: TransferSource, signal: AbortSignal) {
		this.#source = source;
		this.#signal = signal;
	}

	open(controller: ReadableByteStreamController, gated: GatedSource<Uint8Array>): void {
		this.#controller = controller;
		this.#gated = gated;
	}

	want(): void {
		if (this.wants) return;
		this.wants = true;
		this.#gated.want();
	}

	item({value: bytes}: IteratorYieldResult<Uint8Array>): void {
		this.wants = false;
		const request = this.#controller.byobRequest;
		if (request?.view == null) {
			this.#source.delivered(bytes.byteLength);
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
		this.#source.delivered(fitting);
		request.respond(fitting);
	}

	end(): void {
		this.#source.finish('completed');
		try {
			this.#controller.close();
			this.#controller.byobRequest?.respond(0);
		} catch {
			// The reader wanted numbers of several bytes, and half a number is left: the stream has told it.
		}
	}

	error(error: unknown): void {
		this.#source.finish(this.#signal.aborted ? 'stopped' : 'failed');
		this.#controller.error(error);
	}
}

// A byte stream takes the whole memory of what it is given: of a part of something, a copy.
function alone(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
	const {buffer, byteLength} = bytes;
	const isAlone = byteLength === buffer.byteLength && buffer instanceof ArrayBuffer;
	return isAlone ? (bytes as Uint8Array<ArrayBuffer>) : bytes.slice();
}
