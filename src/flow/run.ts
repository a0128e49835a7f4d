import {isAbortError} from 'abort-controller-x';
import {expectFunction, PausableController, type PausableSignal, whenDropped} from '../core/index.ts';
import {isAbortOf} from './is-abort-of.ts';

/** Stops what {@link run} started. */
export interface StopRun {
	/**
	 * Aborts the function's signal and waits until the function has ended, cleanup included.
	 *
	 * Rejects with the function's error, whenever it failed, unless that is an abort.
	 */
	(): Promise<void>;
	/** Stops it: `await using stop = run(…)`. */
	[Symbol.asyncDispose](): Promise<void>;
}

/**
 * Runs a function in the background, with a signal of its own, and returns what stops it.
 *
 * Use it at the outermost level, where no signal is at hand: `const stop = run(poll)`, and later
 * `await stop()`. It is called at once. For work that is also paused, or whose end matters, use a
 * `Task`.
 *
 * A failure is told by `stop()`, also when it happened long before. While somebody may still call
 * `stop`, it is no unhandled rejection; it becomes one when `stop` was dropped without being called
 * and is collected. Throws a `TypeError` when `fn` is no function.
 *
 * @example
 * ```ts
 * import {delay, run} from 'pausable-signal';
 *
 * const log: string[] = [];
 * const stop = run(async (signal) => {
 * 	try {
 * 		for (;;) await delay(signal, 1_000);
 * 	} finally {
 * 		log.push('cleaned up');
 * 	}
 * });
 * await stop();
 * log; // => ['cleaned up']
 * ```
 */
export function run(fn: (signal: PausableSignal) => void | PromiseLike<void>): StopRun {
	expectFunction('fn', fn);
	const background = new Background(fn);
	const stop = (): Promise<void> => background.stop();
	whenDropped(stop, () => background.drop());
	return Object.assign(stop, {[Symbol.asyncDispose]: () => background.stop()});
}

class Background {
	readonly #controller: PausableController = new PausableController();
	readonly #ended: Promise<void>;
	#failure: {readonly error: unknown} | undefined;
	#isAsked = false;
	#isDropped = false;

	constructor(fn: (signal: PausableSignal) => void | PromiseLike<void>) {
		this.#ended = this.#run(fn);
	}

	async #run(fn: (signal: PausableSignal) => void | PromiseLike<void>): Promise<void> {
		const {signal} = this.#controller;
		try {
			await fn(signal);
		} catch (error) {
			if (isAbortError(error) || isAbortOf(signal, error)) return;
			this.#failure = {error};
			this.#surface();
		}
	}

	async stop(): Promise<void> {
		this.#isAsked = true;
		this.#controller.abort();
		await this.#ended;
		if (this.#failure !== undefined) throw this.#failure.error;
	}

	/** Nobody can call stop() any more. */
	drop(): void {
		this.#isDropped = true;
		this.#surface();
	}

	#surface(): void {
		if (this.#failure === undefined || this.#isAsked || !this.#isDropped) return;
		// On purpose without a handler: a failure that nobody looks at stays visible.
		void Promise.reject(this.#failure.error);
	}
}
