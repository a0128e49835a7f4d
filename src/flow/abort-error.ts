import {isAbortError} from 'abort-controller-x';
import {expectSignal, reasonOf} from '../core/index.ts';

// These recognise an abort by the name of the error alone; isAbortOf() recognises it by the signal.
export {AbortError, catchAbortError, isAbortError, rethrowAbortError} from 'abort-controller-x';

/**
 * Throws the signal's reason when it is aborted.
 *
 * Use it between two steps of synchronous work. It ignores pauses: it is no checkpoint. Throws a
 * `TypeError` when `signal` is not an `AbortSignal`.
 *
 * @example
 * ```ts
 * import {PausableController, throwIfAborted} from 'pausable-signal';
 *
 * const controller = new PausableController();
 * throwIfAborted(controller.signal);
 * controller.abort('enough');
 * throwIfAborted(controller.signal); // => throws 'enough'
 * ```
 */
export function throwIfAborted(signal: AbortSignal): void {
	if (expectSignal('signal', signal).aborted) throw reasonOf(signal);
}

/** Whether it is an `AbortError`, for what others threw: a Proxy or a getter may throw at the question. */
export function isNamedAbort(error: unknown): error is Error {
	try {
		return isAbortError(error);
	} catch {
		return false;
	}
}
