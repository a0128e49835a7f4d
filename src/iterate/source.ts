import {wrongType} from '../core/index.ts';

/** What Node's `Readable` has that matters here; named by shape, so that no Node module is needed. */
export interface ReadableLike<T> extends AsyncIterable<T> {
	readonly readable: boolean;
	destroy(error?: Error): unknown;
	on(event: string, listener: (...values: never[]) => void): unknown;
}

/** Anything that gives one item after the other. */
export type PausableSource<T> =
	| Iterable<T | PromiseLike<T>>
	| AsyncIterable<T>
	| ReadableStream<T>
	| ReadableLike<T>;

/** One way to read all of them: an item at a time, and an end that reaches the source at once. */
export interface ItemSource<T> {
	pull(): PromiseLike<IteratorResult<T, unknown>>;
	/** Settles when the source has closed; what it answers late, or never, is the caller's to wait for. */
	cancel(reason: unknown): Promise<void>;
}

/** Opens a source; a `TypeError` for what is none, or is locked by another reader. */
export function openSource<T>(source: PausableSource<T>): ItemSource<T> {
	if (isReadableStream(source)) return openStream(source);
	if (isReadableLike(source)) return openReadable(source);
	if (isAsyncIterable(source)) return openAsync(source[Symbol.asyncIterator]());
	if (isIterable(source)) return openSync(source[Symbol.iterator]());
	throw wrongType('source', 'an iterable, an async iterable or a stream', source);
}

function isReadableStream<T>(source: PausableSource<T>): source is ReadableStream<T> {
	return typeof (source as ReadableStream<T> | null)?.getReader === 'function';
}

function isReadableLike<T>(source: PausableSource<T>): source is ReadableLike<T> {
	const readable = source as ReadableLike<T> | null;
	return typeof readable?.destroy === 'function' && isAsyncIterable(readable);
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
	return {
		async pull() {
			try {
				const result = await reader.read();
				if (result.done) reader.releaseLock();
				return result;
			} catch (error) {
				// Of no effect after cancel(), which has released it.
				reader.releaseLock();
				throw error;
			}
		},
		async cancel(reason) {
			const cancelled = reader.cancel(reason);
			reader.releaseLock();
			await cancelled;
		},
	};
}

function openReadable<T>(readable: ReadableLike<T>): ItemSource<T> {
	const iterator = readable[Symbol.asyncIterator]();
	// Node's iterator listens from the first pull on, and finds an error that came before; without a
	// listener that error would end the process.
	readable.on('error', () => {});
	return {
		pull: () => iterator.next(),
		// Not iterator.return(): that waits behind a read that may never end.
		async cancel() {
			readable.destroy();
		},
	};
}

function openAsync<T>(iterator: AsyncIterator<T>): ItemSource<T> {
	return {
		pull: () => iterator.next(),
		async cancel() {
			await iterator.return?.();
		},
	};
}

function openSync<T>(iterator: Iterator<T | PromiseLike<T>>): ItemSource<T> {
	let isRunning = false;
	let isCancelled = false;
	const next = (): IteratorResult<T | PromiseLike<T>> => {
		isRunning = true;
		try {
			return iterator.next();
		} finally {
			isRunning = false;
			// A generator cannot be closed from inside: it would miss its end.
			if (isCancelled) iterator.return?.();
		}
	};
	return {
		async pull() {
			const {done, value} = next();
			if (done) return {done, value};
			try {
				return {done: false, value: await value};
			} catch (error) {
				if (!isCancelled) iterator.return?.();
				throw error;
			}
		},
		async cancel() {
			isCancelled = true;
			if (!isRunning) iterator.return?.();
		},
	};
}
