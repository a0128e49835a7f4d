import {expectFunction, PausableController, type PausableSignal, whenDropped} from '../core/index.ts';
import {isNamedAbort} from './abort-error.ts';
import {beforeExit} from './node-before-exit.ts';
import type {Failure} from './scope.ts';

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
 * Runs a function in the background, with a signal of its own, and returns a function that stops it.
 *
 * Use it at the outermost level, where there is no signal to pass on: `const stop = run(poll)`, and
 * later `await stop()`. It calls the function at once. For work that you also pause, or whose end
 * matters, use a `Task`.
 *
 * It is no checkpoint. The function has no value, so an abort by `stop()` loses none.
 *
 * When the function fails, `stop()` rejects with its error, even if it failed long before. The failure
 * becomes an unhandled rejection only when nobody can call `stop` any more: when `stop` is collected,
 * or the process has nothing left to do. Throws a `TypeError` when `fn` is not a function.
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
	background.untold.watch(stop);
	return Object.assign(stop, {[Symbol.asyncDispose]: () => background.stop()});
}

class Background {
	readonly untold: Untold = new Untold();
	readonly #controller: PausableController = new PausableController();
	readonly #ended: Promise<Failure | undefined>;

	constructor(fn: (signal: PausableSignal) => void | PromiseLike<void>) {
		this.#ended = this.#run(fn);
	}

	async #run(fn: (signal: PausableSignal) => void | PromiseLike<void>): Promise<Failure | undefined> {
		try {
			await fn(this.#controller.signal);
		} catch (error) {
			// This includes the signal's reason: stop() aborts without one.
			if (isNamedAbort(error)) return undefined;
			this.untold.happened(error);
			return {error};
		}
		return undefined;
	}

	async stop(): Promise<void> {
		this.untold.isTold();
		this.#controller.abort();
		const failure = await this.#ended;
		if (failure !== undefined) throw failure.error;
	}
}

/**
 * A failure that nobody has seen yet.
 *
 * A class of its own, so that nothing here refers to the rest: the stack of an abort's reason refers to
 * `stop`, and `stop` must stay collectable, as its collection is what this class watches for.
 */
class Untold {
	#state: 'kept' | 'told' | 'dropped' = 'kept';
	#failure: Failure | undefined;
	#forgetExit: (() => void) | undefined;

	/** Once `stop` has been collected, nobody can call it any more. */
	watch(stop: () => unknown): void {
		whenDropped(stop, () => this.#drop());
	}

	happened(error: unknown): void {
		if (this.#state === 'told') return;
		this.#failure = {error};
		if (this.#state === 'dropped') this.#surface();
		else this.#forgetExit = beforeExit(() => this.#drop());
	}

	isTold(): void {
		this.#state = 'told';
		this.#failure = undefined;
		this.#forgetExit?.();
	}

	#drop(): void {
		if (this.#state !== 'kept') return;
		this.#state = 'dropped';
		this.#forgetExit?.();
		if (this.#failure !== undefined) this.#surface();
	}

	#surface(): void {
		// Deliberately without a handler, so that the failure shows as an unhandled rejection.
		void Promise.reject(this.#failure?.error);
	}
}
