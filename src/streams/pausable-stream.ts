import {expectBoolean, expectBytes, expectOptions, expectSignal} from '../core/index.ts';
import {ByteSink, GatedSource, openSource, type PausableSource, type Sink} from '../iterate/index.ts';
import {expectUnread} from './unread.ts';

/** Options of {@link pausableStream}. */
export interface PausableStreamOptions {
	/**
	 * How much to read ahead while paused, in bytes by `byteLength`; a chunk without one counts 1.
	 * Default: 0, which leaves everything in the source.
	 */
	readonly buffer?: number | undefined;
	/** Leaves the source open and unlocked after an abort or a cancel. Default: `false`. */
	readonly preventCancel?: boolean | undefined;
}

/**
 * A `ReadableStream` that delivers nothing while the signal is paused.
 *
 * Use it between a source and a consumer of streams: `pipeTo`, `pipeThrough`, `new Response()`,
 * Node's `Readable.fromWeb`. `source` is a `ReadableStream`, a Node `Readable`, an async iterable or
 * an iterable. Over a byte stream the result is a byte stream, too, whose reader may bring its own
 * buffers. For a loop of your own, use `pausable()`.
 *
 * It asks the source for one chunk at each read, and for nothing between reads or while paused. It
 * keeps a chunk that it asked for before a pause, and delivers it first on resume. With `buffer`, for
 * producers that must not be blocked, it continues to read during a pause until it keeps that much.
 *
 * An abort, paused or not, errors the stream at once with the signal's reason and cancels the source
 * with it. `cancel()` reaches the source at once, even while paused.
 *
 * Each read is a checkpoint. An abort loses the chunks that are kept, and one that is on its way.
 *
 * Throws a `TypeError` or `RangeError` on a bad argument, or on a source that is locked or was read.
 *
 * @example
 * ```ts
 * import {PausableController} from 'pausable-signal';
 * import {pausableStream} from 'pausable-signal/streams';
 *
 * const controller = new PausableController();
 * const reader = pausableStream(controller.signal, ['one', 'two']).getReader();
 * (await reader.read()).value; // => 'one'
 * controller.pause();
 * const second = reader.read();
 * controller.resume();
 * (await second).value; // => 'two'
 * (await reader.read()).done; // => true
 * ```
 */
export function pausableStream<T>(
	signal: AbortSignal,
	source: PausableSource<T>,
	options?: PausableStreamOptions,
): ReadableStream<T> {
	expectSignal('signal', signal);
	expectStreamOptions(options);
	expectUnread(source);
	const sink = sinkFor<T>(source);
	const gated = new GatedSource(signal, openSource(source), sink, options);
	const stream = sink.open(gated);
	gated.follow();
	return stream;
}

interface OpenSink<T> extends Sink<T> {
	open(gated: GatedSource<T>): ReadableStream<T>;
}

// A byte stream over a byte stream: its items are bytes, whatever the caller chose for T.
function sinkFor<T>(source: unknown): OpenSink<T> {
	return isByteStream(source) ? (new ByteSink() as OpenSink<unknown> as OpenSink<T>) : new StreamSink<T>();
}

// Only asking for a byte reader shows it.
function isByteStream(source: unknown): boolean {
	if (!(source instanceof ReadableStream)) return false;
	try {
		source.getReader({mode: 'byob'}).releaseLock();
		return true;
	} catch {
		return false;
	}
}

function expectStreamOptions(options: PausableStreamOptions | undefined): void {
	expectOptions('options', options, '{buffer}');
	const {buffer = 0, preventCancel = false} = options ?? {};
	expectBytes('buffer', buffer);
	expectBoolean('preventCancel', preventCancel);
}

/** Hands items to a stream, one for each read. */
class StreamSink<T> implements OpenSink<T> {
	#controller!: ReadableStreamDefaultController<T>;

	/** The stream that is filled from the source. */
	open(gated: GatedSource<T>): ReadableStream<T> {
		return new ReadableStream<T>(
			{
				start: (controller) => void (this.#controller = controller),
				// Returns nothing: a promise for each item would cost as much as the read itself.
				pull: () => {
					if (!gated.isWanted) gated.want();
				},
				cancel: (reason: unknown) => gated.cancel(reason),
			},
			{highWaterMark: 0},
		);
	}

	item(value: T): void {
		this.#controller.enqueue(value);
	}

	end(): void {
		this.#controller.close();
	}

	error(error: unknown): void {
		this.#controller.error(error);
	}
}
