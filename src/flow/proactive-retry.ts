import {
	countFlows,
	expectCount,
	expectFunction,
	expectMilliseconds,
	expectOptions,
	expectSignal,
	type Flows,
	PausableController,
	type PausableSignal,
} from '../core/index.ts';
import {delay} from '../time/index.ts';
import {isNamedAbort} from './abort-error.ts';
import {backoff} from './backoff.ts';
import {execute} from './execute.ts';
import {isAbortOf} from './is-abort-of.ts';
import {abortError, type Failure} from './scope.ts';

/** Options of {@link proactiveRetry}. */
export interface ProactiveRetryOptions {
	/**
	 * Milliseconds before the second attempt starts, doubled for each one after it. The actual time is
	 * random, between half of that and all of it. Default: 1000.
	 */
	readonly baseMs?: number | undefined;
	/** The most attempts, the first included. Default: `Infinity`. */
	readonly maxAttempts?: number | undefined;
	/** Called after each failed attempt except the last. An error that it throws ends the retrying. */
	readonly onError?: ((error: unknown, attempt: number) => unknown) | undefined;
}

/**
 * Calls a function again while it is still running, until one of the calls succeeds: hedging.
 *
 * Use it for requests that are sometimes slow, where a second one may be faster. The function gets
 * an inner signal and the number of the attempt, from 0 on. The delays between attempts are active
 * time, and none begins while the signal is paused.
 *
 * It waits at a checkpoint before each attempt. An abort, and the first value, discard the values of
 * the attempts that are still running.
 *
 * Resolves with the first value and aborts the other attempts, without waiting for them: a slow
 * cleanup must not delay the answer. Rejects with the error of the last attempt when all have failed,
 * with the error that `onError` throws, or at once with the signal's reason on abort. Rejects with a
 * `TypeError` or `RangeError` on a bad argument.
 *
 * @example
 * ```ts
 * import {delay, PausableController, proactiveRetry} from 'pausable-signal';
 *
 * const controller = new PausableController();
 * const ask = async (signal: AbortSignal, attempt: number): Promise<string> => {
 * 	await delay(signal, attempt === 0 ? 60_000 : 1);
 * 	return `answer ${attempt}`;
 * };
 * await proactiveRetry(controller.signal, ask, {baseMs: 2, maxAttempts: 2}); // => 'answer 1'
 * ```
 */
export async function proactiveRetry<T>(
	signal: AbortSignal,
	fn: (signal: PausableSignal, attempt: number) => T | PromiseLike<T>,
	options?: ProactiveRetryOptions,
): Promise<T> {
	expectSignal('signal', signal);
	expectFunction('fn', fn);
	const limits = expectLimits(options);
	return execute<T>(signal, (resolve, reject) => {
		void new Hedge(signal, fn, limits, {resolve, reject}).start();
		return () => {};
	});
}

interface Settle<T> {
	resolve(value: T): void;
	reject(error: unknown): void;
}

/** The attempts of one call. Its inner signal aborts with the outer one, and at the end. */
class Hedge<T> {
	readonly #fn: (signal: PausableSignal, attempt: number) => T | PromiseLike<T>;
	readonly #limits: Limits;
	readonly #settle: Settle<T>;
	readonly #controller: PausableController;
	readonly #flows: Flows;
	#started = 0;
	#running = 0;

	constructor(
		signal: AbortSignal,
		fn: (signal: PausableSignal, attempt: number) => T | PromiseLike<T>,
		limits: Limits,
		settle: Settle<T>,
	) {
		this.#controller = new PausableController({signal});
		// The one flow starts the attempts.
		this.#flows = countFlows(signal, this.#signal);
		this.#fn = fn;
		this.#limits = limits;
		this.#settle = settle;
	}

	get #signal(): PausableSignal {
		return this.#controller.signal;
	}

	/** Starts one attempt after the other, until the end or until there are enough. */
	async start(): Promise<void> {
		const {baseMs, maxAttempts} = this.#limits;
		try {
			await this.#next();
			while (this.#started < maxAttempts) {
				await delay(this.#signal, backoff(this.#started - 1, baseMs));
				await this.#next();
			}
		} catch {
			// Aborted: the promise has already settled with the reason.
		}
		this.#flows.end();
	}

	async #next(): Promise<void> {
		// Looks again after each wait: another pause may begin before the code after it runs.
		while (this.#signal.paused || this.#signal.aborted) await this.#signal.checkpoint();
		void this.#attempt(this.#started++);
	}

	async #attempt(attempt: number): Promise<void> {
		this.#running++;
		this.#flows.begin();
		try {
			const fn = this.#fn;
			this.#settle.resolve(await fn(this.#signal, attempt));
			this.#end('another attempt of proactiveRetry() succeeded');
		} catch (error) {
			this.#running--;
			await this.#failed(error, attempt);
		}
		this.#flows.end();
	}

	// Nobody awaits the losing attempts, which may still be cleaning up.
	#end(why: string, failure?: Failure): void {
		this.#flows.leave();
		this.#controller.abort(abortError(why, failure));
	}

	async #failed(error: unknown, attempt: number): Promise<void> {
		if (this.#running === 0 && this.#started >= this.#limits.maxAttempts) return this.#giveUp(error);
		if (isNamedAbort(error) || isAbortOf(this.#signal, error)) return;
		try {
			await this.#limits.onError?.(error, attempt);
		} catch (thrown) {
			this.#giveUp(thrown);
		}
	}

	#giveUp(error: unknown): void {
		this.#settle.reject(error);
		this.#end('proactiveRetry() failed', {error});
	}
}

interface Limits {
	readonly baseMs: number;
	readonly maxAttempts: number;
	readonly onError: ProactiveRetryOptions['onError'];
}

function expectLimits(options: ProactiveRetryOptions | undefined): Limits {
	expectOptions('options', options, '{maxAttempts}');
	const {baseMs = 1000, maxAttempts = Infinity, onError} = options ?? {};
	expectMilliseconds('baseMs', baseMs);
	expectCount('maxAttempts', maxAttempts);
	if (onError !== undefined) expectFunction('onError', onError);
	return {baseMs, maxAttempts, onError};
}
