import {expectSignal} from '../core/index.ts';
import {GatedReader} from './gated-reader.ts';
import {openSource, type PausableSource} from './source.ts';

/** The iterator that {@link pausable} returns. */
export interface PausableIterator<T> extends AsyncIterator<T, undefined, undefined> {
	next(): Promise<IteratorResult<T, undefined>>;
	/** Ends the iteration at once, even while paused, and closes the source. */
	return(): Promise<IteratorResult<T, undefined>>;
	[Symbol.asyncIterator](): PausableIterator<T>;
	[Symbol.asyncDispose](): Promise<void>;
}

/**
 * Iterates over a source while the signal is not paused, until it aborts.
 *
 * Use it around the source of a loop: `for await (const chunk of pausable(signal, response.body))`.
 * `source` is an iterable, an async iterable, a `ReadableStream` or a Node `Readable`.
 *
 * While paused it asks the source for nothing. It keeps an item that it asked for before the pause,
 * and delivers it first on resume. An abort, paused or not, ends the loop at once with the signal's
 * reason and closes the source, as leaving the loop does.
 *
 * Each read is a checkpoint. An abort loses the item that is on its way or kept.
 *
 * Throws a `TypeError` on a bad argument or a locked stream.
 *
 * @example
 * ```ts
 * import {PausableController, pausable} from 'pausable-signal';
 *
 * const controller = new PausableController();
 * const seen: string[] = [];
 * for await (const word of pausable(controller.signal, ['one', 'two', 'three'])) {
 * 	seen.push(word);
 * 	if (word === 'two') break;
 * }
 * seen; // => ['one', 'two']
 * ```
 */
export function pausable<T>(signal: AbortSignal, source: PausableSource<T>): PausableIterator<T> {
	const reader = new GatedReader(expectSignal('signal', signal), openSource(source));
	return {
		next: () => reader.read(),
		async return() {
			await reader.cancel(undefined);
			return {done: true, value: undefined};
		},
		[Symbol.asyncIterator]() {
			return this;
		},
		async [Symbol.asyncDispose]() {
			await reader.cancel(undefined);
		},
	};
}
