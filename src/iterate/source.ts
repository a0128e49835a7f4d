import {wrongType} from '../core/index.ts';
import {type ReadableLike, ReadableSource} from './readable.ts';

/** A source that gives one item after another. */
export type PausableSource<T> =
	| Iterable<T | PromiseLike<T>>
	| AsyncIterable<T>
	| ReadableStream<T>
	| ReadableLike<T>;

/** One interface for all sources: one item at a time, and a cancel that reaches the source at once. */
export interface ItemSource<T> {
	pull(): Promise<IteratorResult<T, unknown>>;
	/** Settles when the source has closed. That may take forever: the caller decides whether to wait. */
	cancel(reason: unknown): Promise<void>;
	/** Whether a cancel waits for a pending pull. */
	readonly queuesCancel?: boolean | undefined;
	/** Releases the source without closing it: after its end, or for another reader. */
	leave(): void;
}

/** Opens a source. Throws a `TypeError` for anything else, or if another reader has locked it. */
export function openSource<T>(source: PausableSource<T>): ItemSource<T> {
	if (isReadableStream(source)) return openStream(source);
	if (isReadableLike(source)) return new ReadableSource(source);
	if (isAsyncIterable(source)) return openAsync(source[Symbol.asyncIterator]());
	if (isIterable(source)) return openSync(source[Symbol.iterator]());
	throw wrongType('source', 'an iterable, an async iterable or a stream', source);
}

function isReadableStream<T>(source: PausableSource<T>): source is ReadableStream<T> {
	return typeof (source as ReadableStream<T> | null)?.getReader === 'function';
}

function isReadableLike<T>(source: PausableSource<T>): source is ReadableLike<T> {
	const readable = source as ReadableLike<T> | null;
	const methods = [readable?.destroy, readable?.on, readable?.off, readable?.read];
	return methods.every((method) => typeof method === 'function');
}

function isAsyncIterable<T>(source: PausableSource<T>): source is AsyncIterable<T> {
	return typeof (source as AsyncIterable<T> | null)?.[Symbol.asyncIterator] === 'function';
}

function isIterable<T>(source: PausableSource<T>): source is Iterable<T | PromiseLike<T>> {
	return typeof (source as Iterable<T> | null)?.[Symbol.iterator] === 'function';
}

function openStream<T>(stream: ReadableStream<T>): ItemSource<T> {
	if (stream.locked) throw new TypeError('source: expected a ReadableStream that is not locked');
	const reader = stream.getReader();
	let isLeft = false;
	const leave = (): void => {
		isLeft = true;
		reader.releaseLock();
	};
	return {
		pull: () => reader.read(),
		async cancel(reason) {
			if (isLeft) return;
			const cancelled = reader.cancel(reason);
			leave();
			await cancelled;
		},
		leave,
	};
}

function openAsync<T>(iterator: AsyncIterator<T>): ItemSource<T> {
	let isLeft = false;
	return {
		// A foreign next() may return something other than a promise.
		pull: () => Promise.resolve(iterator.next()),
		async cancel() {
			if (!isLeft) await iterator.return?.();
		},
		queuesCancel: Object.prototype.toString.call(iterator) === '[object AsyncGenerator]',
		leave() {
			isLeft = true;
		},
	};
}

function openSync<T>(iterator: Iterator<T | PromiseLike<T>>): ItemSource<T> {
	let isRunning = false;
	let isCancelled = false;
	let isLeft = false;
	// The first failure is reported; an error of return() after it is not.
	const abandon = (): void => {
		try {
			if (!isCancelled) iterator.return?.();
		} catch {}
	};
	const next = (): IteratorResult<T | PromiseLike<T>> => {
		isRunning = true;
		try {
			return iterator.next();
		} finally {
			isRunning = false;
			// A cancel from inside next(): a running generator cannot be closed, so it is closed now.
			if (isCancelled) iterator.return?.();
		}
	};
	return {
		async pull() {
			const result = next();
			try {
				if (isDone(result)) return {done: true, value: undefined};
				return {done: false, value: await result.value};
			} catch (error) {
				abandon();
				throw error;
			}
		},
		async cancel() {
			if (isLeft) return;
			isCancelled = true;
			if (!isRunning) iterator.return?.();
		},
		leave() {
			isLeft = true;
		},
	};
}

/** Whether a result says that the source has ended. A foreign result may be anything, and may throw. */
export function isDone(result: unknown): boolean {
	if ((typeof result !== 'object' || result === null) && typeof result !== 'function')
		throw wrongType('source', 'a result object from its next()', result);
	return Boolean((result as IteratorResult<unknown>).done);
}
