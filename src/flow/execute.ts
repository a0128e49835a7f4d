import {expectFunction, expectSignal, follow, reasonOf} from '../core/index.ts';

/** Undoes what an executor started; the promise it may return is waited for. */
export type AbortCallback = (reason: unknown) => void | PromiseLike<void>;

/**
 * `new Promise(executor)`, with a callback for the abort.
 *
 * Use it to wrap something that can be stopped: the executor starts it and returns what stops it.
 * That is called with the reason once the signal aborts, unless the promise was resolved or rejected
 * before. A pause does not matter to it.
 *
 * It is no checkpoint. A value that the executor gives after an abort is lost.
 *
 * Settles as the executor says. On abort it rejects with the signal's reason, after the promise that
 * the callback may return; a callback that fails rejects it with that error. Rejects without calling
 * the executor when the signal is aborted already, and with what an executor throws. Rejects with a
 * `TypeError` on a bad argument.
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
		// Arrow functions return all kinds of things where nothing is expected.
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
