import {isAbortError} from 'abort-controller-x';
import {
	expectCount,
	expectFunction,
	expectMilliseconds,
	expectOptions,
	expectSignal,
	PausableController,
	type PausableSignal,
} from '../core/index.ts';
import {delay} from '../time/index.ts';
import {backoff} from './backoff.ts';
import {execute} from './execute.ts';
import {isAbortOf} from './is-abort-of.ts';
import {abortedBecauseOf} from './scope.ts';

/** Options of {@link proactiveRetry}. */
export interface ProactiveRetryOptions {
	/**
	 * Milliseconds before the second attempt is started; doubled for each one after it. The real time
	 * is random, between half of that and all of it. Default: 1000.
	 */
	readonly baseMs?: number | undefined;
	/** How often the function is called at most. Default: `Infinity`. */
	readonly maxAttempts?: number | undefined;
	/** Called after a failed attempt, but not after the last. What it throws ends the retrying. */
	readonly onError?: ((error: unknown, attempt: number) => unknown) | undefined;
}

/**
 * Calls a function again while it is still running, until one of the calls succeeds: hedging.
 *
 * Use it for requests that are sometimes slow, where a second one may be faster. The function gets
 * an inner signal and the number of the attempt, from 0 on. The delays between attempts are active
 * time, and none begins while the signal is paused.
 *
 * Resolves with the first value and aborts the other attempts, without waiting for them: a slow
 * cleanup must not delay the answer. Rejects with the error of the last attempt to fail when all
 * have, with what `onError` throws, or with the signal's reason on abort, at once. Rejects with a
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
	expectOptions('options', options);
	const {baseMs = 1000, maxAttempts = Infinity, onError} = options ?? {};
	expectMilliseconds('baseMs', baseMs);
	expectCount('maxAttempts', maxAttempts);
	if (onError !== undefined) expectFunction('onError', onError);

	return execute<T>(signal, (resolve, reject) => {
		const controller = new PausableController({signal});
		const inner = controller.signal;
		let started = 0;
		let running = 0;

		const give = (error: unknown): void => {
			reject(error);
			controller.abort(abortedBecauseOf(error));
		};

		const failed = async (error: unknown, attempt: number): Promise<void> => {
			running--;
			if (started >= maxAttempts && running === 0) {
				give(error);
			} else if (!isAbortError(error) && !isAbortOf(inner, error)) {
				await onError?.(error, attempt);
			}
		};

		const attemptOnce = async (attempt: number): Promise<void> => {
			started++;
			running++;
			try {
				resolve(await fn(inner, attempt));
				controller.abort();
			} catch (error) {
				await failed(error, attempt).catch(give);
			}
		};

		const start = async (): Promise<void> => {
			if (inner.paused) await inner.checkpoint();
			for (let attempt = 0; ; attempt++) {
				void attemptOnce(attempt);
				if (attempt + 1 >= maxAttempts) return;
				await delay(inner, backoff(attempt, baseMs));
			}
		};

		// The abort of the inner signal ends it.
		start().catch(() => {});
		return () => {};
	});
}
