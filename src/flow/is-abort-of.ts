import {expectSignal, reasonOf} from '../core/index.ts';
import {isNamedAbort} from './abort-error.ts';

/**
 * Whether `error` is the abort of `signal`, whatever its reason.
 *
 * Use it in a `catch`, to tell an abort that you asked for from a failure. True for the signal's
 * reason itself, by identity. Many functions throw an `AbortError` of their own instead: one with a
 * `cause` (as Node's functions throw) counts when the cause is the reason; one without a cause counts
 * once the signal has aborted, because nothing says where it comes from. False while the signal has
 * not aborted, and for the abort of another signal where the error names it as its cause.
 *
 * It only looks: it is no checkpoint, and an abort loses nothing.
 *
 * Throws a `TypeError` when `signal` is not an `AbortSignal`.
 *
 * @example
 * ```ts
 * import {delay, isAbortOf, PausableController} from 'pausable-signal';
 *
 * const controller = new PausableController();
 * controller.abort('user left');
 * const error: unknown = await delay(controller.signal, 10).catch((reason: unknown) => reason);
 * isAbortOf(controller.signal, error); // => true
 * isAbortOf(controller.signal, new Error('disk full')); // => false
 * ```
 */
export function isAbortOf(signal: AbortSignal, error: unknown): boolean {
	expectSignal('signal', signal);
	if (!signal.aborted) return false;
	if (Object.is(error, reasonOf(signal))) return true;
	if (!isNamedAbort(error)) return false;
	const cause = causeOf(error);
	return cause === undefined || Object.is(cause, reasonOf(signal));
}

// One that does not show its cause tells as much as one without.
function causeOf(error: Error): unknown {
	try {
		return error.cause;
	} catch {
		return undefined;
	}
}
