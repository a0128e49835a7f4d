import {expectFunction, expectSignal, follow, reasonOf} from '../core/index.ts';

/** Stops what an executor started; `execute` waits for the promise that it may return. */
export type AbortCallback = (reason: unknown) => void | PromiseLike<void>;

/**
 * `new Promise(executor)`, with a callback for the abort.
 *
 * Use it to wrap something that can be stopped: the executor starts it and returns a callback that
 * stops it. When the signal aborts before the promise has settled, that callback gets the reason.
 * Pauses are ignored.
 *
 * It is no checkpoint. A value that the executor resolves with after an abort is lost.
 *
 * Settles as the executor says. On abort it rejects with the signal's reason, after the promise that
 * the callback may return, or with the error of a callback that fails. Rejects without calling the
 * executor when the signal has already aborted, and with the error that the executor throws. Rejects
 * with a `TypeError` on a bad argument.
 *
 * @example
 * ```ts
 * import {execute, PausableController} from 'pausable-signal';
 *
 * const controller = new PausableController();
 * const soon = execute<string>(controller.signal, (resolve) => {
 * 	const timer = setTimeout(resolve, 5, 'done');
 * 	return () => clearTimeout(timer);
 * });
 * await soon; // => 'done'
 * ```
 */
export function execute<T>(
	signal: AbortSignal,
	executor: (
		resolve: (value: T | PromiseLike<T>) => void,
		reject: (reason?: unknown) => void,
	) => AbortCallback,
): Promise<T> {
	return new Promise((resolve, reject) => {
		expectSignal('signal', signal);
		expectFunction('executor', executor);
		if (signal.aborted) {
			reject(reasonOf(signal));
			return;
		}
		let isOver = false;
		let unfollow: (() => void) | undefined;
		const end = (): void => {
			isOver = true;
			unfollow?.();
		};
		const callback = executor(
			(value) => {
				resolve(value);
				end();
			},
			(reason) => {
				reject(reason);
				end();
			},
		);
		if (isOver) return;
		expectFunction('what the executor returns', callback);
		const abort = (reason: unknown): void => cleanUp(callback, reason, reject);
		// The executor itself may have aborted it.
		if (signal.aborted) abort(reasonOf(signal));
		else unfollow = follow(signal, {abort});
	});
}

function cleanUp(callback: AbortCallback, reason: unknown, reject: (error: unknown) => void): void {
	try {
		// An arrow function may return anything, although its type says void.
		const cleaning: unknown = callback(reason);
		if (!isPromiseLike(cleaning)) reject(reason);
		else Promise.resolve(cleaning).then(() => reject(reason), reject);
	} catch (error) {
		reject(error);
	}
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
	return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}
