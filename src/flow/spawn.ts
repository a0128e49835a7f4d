import {
	countFlows,
	expectFunction,
	expectSignal,
	PausableController,
	type PausableSignal,
	reasonOf,
	retire,
} from '../core/index.ts';
import {isNamedAbort} from './abort-error.ts';
import {isAbortOf} from './is-abort-of.ts';
import {type Result, Scope} from './scope.ts';

/** What the function given to {@link spawn} can do. Both work when destructured: `({fork, defer})`. */
export interface SpawnEffects {
	/**
	 * Registers a function to run at the end, once the spawned function and all forks have ended,
	 * however they ended. Deferred functions run one at a time, the last one first; `spawn()` settles
	 * after them.
	 */
	defer(fn: () => void | PromiseLike<void>): void;
	/**
	 * Runs a function beside the spawned one, with a signal of its own below it. When it fails, the
	 * spawned function and the other forks are aborted; when the spawned function ends, all forks are.
	 */
	fork<T>(fn: (signal: PausableSignal) => T | PromiseLike<T>): ForkTask<T>;
}

/** A function that was forked. */
export interface ForkTask<T> {
	/** Aborts this fork and nothing else, with this reason. */
	abort(reason?: unknown): void;
	/** Settles as the forked function did. */
	join(): Promise<T>;
}

/**
 * Runs a function that can start others beside it, and cleans up after all of them.
 *
 * Use it where work needs helpers in the background (a lock to renew, a heartbeat) or resources to
 * close at the end. The function gets a signal that pauses and aborts with `signal`, and
 * {@link SpawnEffects}. `spawn` calls it at once, even while paused.
 *
 * It waits at no checkpoint of its own. An abort loses no value: `spawn` resolves with what the function
 * returns in spite of it.
 *
 * Settles when the function, all forks and then all deferred functions have ended. Resolves with the
 * function's value. Rejects with the first error that is not an abort, wherever it came from, else
 * with the signal's reason. A fork that rejects with any `AbortError` fails nothing. With an aborted
 * signal it rejects without calling the function; on a bad argument it rejects with a `TypeError`.
 *
 * @example
 * ```ts
 * import {delay, forever, PausableController, spawn} from 'pausable-signal';
 *
 * const controller = new PausableController();
 * const log: string[] = [];
 * await spawn(controller.signal, async (signal, {fork, defer}) => {
 * 	defer(() => void log.push('closed'));
 * 	fork((forkSignal) => forever(forkSignal).finally(() => log.push('heartbeat stopped')));
 * 	await delay(signal, 5);
 * 	log.push('done');
 * });
 * log; // => ['done', 'heartbeat stopped', 'closed']
 * ```
 */
export async function spawn<T>(
	signal: AbortSignal,
	fn: (signal: PausableSignal, effects: SpawnEffects) => T | PromiseLike<T>,
): Promise<T> {
	expectSignal('signal', signal);
	expectFunction('fn', fn);
	if (signal.aborted) throw reasonOf(signal);
	return new Spawned(signal).run(fn);
}

class Spawned implements SpawnEffects {
	readonly #scope: Scope;
	readonly #forks = new Set<Promise<void>>();
	readonly #deferred: (() => void | PromiseLike<void>)[] = [];
	#isOver = false;

	constructor(signal: AbortSignal) {
		this.#scope = new Scope(signal, 'spawn()');
	}

	async run<T>(fn: (signal: PausableSignal, effects: SpawnEffects) => T | PromiseLike<T>): Promise<T> {
		const effects = {defer: this.defer.bind(this), fork: this.fork.bind(this)};
		let result: Result<T> | undefined;
		try {
			result = {value: await fn(this.#scope.signal, effects)};
		} catch (error) {
			this.#scope.fail(error);
		}
		this.#scope.endStart();
		this.#scope.abort('the function given to spawn() has ended');
		await Promise.all(this.#forks);
		await this.#cleanUp();
		return this.#scope.conclude(result);
	}

	defer(fn: () => void | PromiseLike<void>): void {
		expectFunction('fn', fn);
		if (this.#isOver) throw new Error('defer: spawn() has ended, nothing will run this any more');
		this.#deferred.push(fn);
	}

	fork<T>(fn: (signal: PausableSignal) => T | PromiseLike<T>): ForkTask<T> {
		expectFunction('fn', fn);
		const {signal} = this.#scope;
		if (signal.aborted) return {abort() {}, join: () => Promise.reject(reasonOf(signal))};
		const controller = new PausableController({signal});
		const flows = countFlows(signal, controller.signal);
		flows.leave();
		const ended = call(fn, controller.signal);
		const watched = this.#watch(ended, controller.signal);
		this.#forks.add(watched);
		void watched.then(() => this.#forks.delete(watched));
		return {abort: (reason) => controller.abort(reason), join: () => (flows.await(), ended)};
	}

	async #watch(ended: Promise<unknown>, signal: PausableSignal): Promise<void> {
		try {
			await ended;
		} catch (error) {
			if (!isNamedAbort(error) && !isAbortOf(signal, error)) this.#scope.fail(error);
		}
		retire(signal);
	}

	async #cleanUp(): Promise<void> {
		for (let fn = this.#deferred.pop(); fn !== undefined; fn = this.#deferred.pop()) {
			try {
				await fn();
			} catch (error) {
				this.#scope.fail(error);
			}
		}
		this.#isOver = true;
	}
}

async function call<T>(
	fn: (signal: PausableSignal) => T | PromiseLike<T>,
	signal: PausableSignal,
): Promise<T> {
	return fn(signal);
}
