import {
	expectCount,
	expectFunction,
	expectMilliseconds,
	expectOptions,
	expectSignal,
	PausableSignal,
	reasonOf,
	retire,
} from '../core/index.ts';
import {delay} from '../time/index.ts';
import {isNamedAbort} from './abort-error.ts';
import {backoff} from './backoff.ts';
import {isAbortOf} from './is-abort-of.ts';

/** Options of {@link retry}. */
export interface RetryOptions {
	/**
	 * Milliseconds before the second attempt, doubled for each one after it. The actual time is random,
	 * between half of that and all of it. Default: 1000.
	 */
	readonly baseMs?: number | undefined;
	/** The most milliseconds between two attempts. Default: 30 000. */
	readonly maxDelayMs?: number | undefined;
	/** The most attempts, the first included; `reset()` starts the count again. Default: `Infinity`. */
	readonly maxAttempts?: number | undefined;
	/**
	 * Called, and awaited, after each failed attempt except the last. `attempt` is the number of the
	 * failed one, `delayMs` the time until the next. An error that it throws ends the retrying.
	 */
	readonly onError?: ((error: unknown, attempt: number, delayMs: number) => unknown) | undefined;
}

/**
 * Calls a function until it succeeds, with growing delays in between.
 *
 * Use it for what fails now and then. The function gets a signal, the number of the attempt from 0
 * on, and `reset()`: that makes the next attempt number 0, without a delay. The delays are active
 * time, and no attempt begins while the signal is paused.
 *
 * It waits at a checkpoint before each attempt, and the delays are checkpoints. An abort loses only
 * the errors of earlier attempts, which `onError` has seen.
 *
 * Resolves with the function's value. Rejects with its error after the last attempt, with the error
 * that `onError` throws, or with the signal's reason on abort. It never retries after an `AbortError`,
 * whichever signal it belongs to. Rejects with a `TypeError` or `RangeError` on a bad argument.
 *
 * @example
 * ```ts
 * import {PausableController, retry} from 'pausable-signal';
 *
 * const controller = new PausableController();
 * const connect = async (attempt: number): Promise<string> => {
 * 	if (attempt < 2) throw new Error('busy');
 * 	return `connected at attempt ${attempt}`;
 * };
 * await retry(controller.signal, (_signal, attempt) => connect(attempt), {baseMs: 2}); // => 'connected at attempt 2'
 * ```
 */
export async function retry<T>(
	signal: AbortSignal,
	fn: (signal: PausableSignal, attempt: number, reset: () => void) => T | PromiseLike<T>,
	options?: RetryOptions,
): Promise<T> {
	expectSignal('signal', signal);
	expectFunction('fn', fn);
	const limits = expectLimits(options);
	// The signal itself if it is pausable: the function's result may keep using it.
	const inner = PausableSignal.from(signal);
	try {
		return await attempts(inner, fn, limits);
	} finally {
		if (inner !== signal) retire(inner);
	}
}

async function attempts<T>(
	signal: PausableSignal,
	fn: (signal: PausableSignal, attempt: number, reset: () => void) => T | PromiseLike<T>,
	{baseMs, maxDelayMs, maxAttempts, onError}: Limits,
): Promise<T> {
	let attempt = 0;
	const reset = (): void => {
		attempt = -1;
	};
	for (;;) {
		// Looks again after each wait: another pause may begin before the code after it runs.
		while (signal.paused || signal.aborted) await signal.checkpoint();
		try {
			return await fn(signal, attempt, reset);
		} catch (error) {
			if (isAbortOf(signal, error)) throw reasonOf(signal);
			if (isNamedAbort(error) || attempt + 1 >= maxAttempts) throw error;
			const delayMs = attempt === -1 ? 0 : backoff(attempt, baseMs, maxDelayMs);
			await onError?.(error, attempt, delayMs);
			if (delayMs > 0) await delay(signal, delayMs);
		}
		attempt++;
	}
}

interface Limits {
	readonly baseMs: number;
	readonly maxDelayMs: number;
	readonly maxAttempts: number;
	readonly onError: RetryOptions['onError'];
}

function expectLimits(options: RetryOptions | undefined): Limits {
	expectOptions('options', options, '{maxAttempts}');
	const {baseMs = 1000, maxDelayMs = 30_000, maxAttempts = Infinity, onError} = options ?? {};
	expectMilliseconds('baseMs', baseMs);
	expectMilliseconds('maxDelayMs', maxDelayMs);
	expectCount('maxAttempts', maxAttempts);
	if (onError !== undefined) expectFunction('onError', onError);
	return {baseMs, maxDelayMs, maxAttempts, onError};
}
