import {execute} from './execute.ts';

/**
 * Stops waiting for a promise once the signal aborts.
 *
 * Use it for work that takes no signal: on abort the work itself continues, but nobody waits for it.
 * It ignores pauses: it is no checkpoint. An abort loses the value of the promise.
 *
 * Settles as the promise does. Rejects with the signal's reason on abort, and ignores how the
 * promise settles after that. Rejects with a `TypeError` when `signal` is not an `AbortSignal`.
 *
 * @example
 * ```ts
 * import {abortable, PausableController} from 'pausable-signal';
 *
 * const controller = new PausableController();
 * await abortable(controller.signal, Promise.resolve(7)); // => 7
 * const never = abortable(controller.signal, new Promise(() => {}));
 * controller.abort('enough');
 * await never; // => throws 'enough'
 * ```
 */
export function abortable<T>(signal: AbortSignal, promise: T | PromiseLike<T>): Promise<T> {
	const work = Promise.resolve(promise);
	work.catch(() => {});
	return execute<T>(signal, (resolve, reject) => {
		work.then(resolve, reject);
		return () => {};
	});
}
