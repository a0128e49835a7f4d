import type {ItemSource} from './source.ts';

/** The parts of Node's `Readable` that are used, by shape, so that no Node module is needed. */
export interface ReadableLike<T> extends AsyncIterable<T> {
	readonly readable: boolean;
	/** The next chunk; `null` when there is none yet. */
	read(): unknown;
	destroy(error?: Error): unknown;
	on(event: string, listener: (...values: unknown[]) => void): unknown;
	off(event: string, listener: (...values: unknown[]) => void): unknown;
	readonly destroyed?: boolean;
	readonly readableEnded?: boolean;
	readonly errored?: Error | null;
}

const events = ['readable', 'end', 'error', 'close'] as const;
const ignore = (): void => {};

/**
 * Reads a Node `Readable` without its own iterator, which cannot be left while a read is pending, and
 * destroys the stream.
 */
export class ReadableSource<T> implements ItemSource<T> {
	readonly #readable: ReadableLike<T>;
	#failure: {readonly error: unknown} | undefined;
	#isListening = false;
	#pending: {resolve(result: IteratorResult<T, unknown>): void; reject(error: unknown): void} | undefined;

	constructor(readable: ReadableLike<T>) {
		this.#readable = readable;
		// Without a listener, an error before the first pull would end the process.
		readable.on('error', this.#onError);
	}

	pull(): Promise<IteratorResult<T, unknown>> {
		return new Promise((resolve, reject) => {
			this.#pending = {resolve, reject};
			this.#listen();
			this.#look();
		});
	}

	// Not before the first pull: a listener for `readable` makes the stream start to read.
	#listen(): void {
		if (this.#isListening) return;
		this.#isListening = true;
		for (const event of events) this.#readable.on(event, this.#look);
	}

	readonly #onError = (error: unknown): void => {
		this.#failure ??= {error};
	};

	readonly #look = (): void => {
		const pending = this.#pending;
		if (pending === undefined) return;
		const {destroyed = false, readableEnded = false, errored} = this.#readable;
		const chunk = destroyed ? null : this.#readable.read();
		if (chunk !== null) {
			this.#pending = undefined;
			pending.resolve({done: false, value: chunk as T});
		} else if (readableEnded) {
			this.#end();
			pending.resolve({done: true, value: undefined});
		} else if (this.#failure !== undefined || errored || destroyed) {
			this.#end();
			pending.reject(this.#failure === undefined ? (errored ?? closedEarly()) : this.#failure.error);
		}
	};

	// Nobody handles the error that a destruction may emit, so it is ignored here.
	#end(): void {
		this.#pending = undefined;
		this.#readable.on('error', ignore);
	}

	async cancel(reason: unknown): Promise<void> {
		this.#pending?.resolve({done: true, value: undefined});
		this.#end();
		this.leave();
		this.#readable.destroy(reason as Error | undefined);
	}

	leave(): void {
		this.#pending = undefined;
		for (const event of events) this.#readable.off(event, this.#look);
		this.#readable.off('error', this.#onError);
	}
}

function closedEarly(): Error {
	return Object.assign(new Error('Premature close'), {code: 'ERR_STREAM_PREMATURE_CLOSE'});
}
