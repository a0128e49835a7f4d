import {expectMilliseconds, expectSignal, expectTime, isDate, reasonOf} from '../core/index.ts';
import {type ClockOptions, expectClock} from './clock.ts';
import {Sleep} from './sleep.ts';

/**
 * Waits for `due` milliseconds of active time, or until a `Date`.
 *
 * Use it for any sleep in work that can be paused or aborted. The clock stops while the signal is
 * paused. A `Date` is wall-clock time, and so are milliseconds with `{clock: 'wall'}`: a delay that
 * falls due during a pause ends on resume. A `Date` that passes while the machine sleeps is due within
 * a minute after it wakes. Any length works; `Infinity` waits for the abort.
 *
 * It is a checkpoint, and an abort loses nothing.
 *
 * Resolves when due. Rejects with the signal's reason at once on abort, also while paused, and
 * leaves no timer. Rejects with a `TypeError` or `RangeError` on a bad argument.
 *
 * @example
 * ```ts
 * import {delay, PausableController} from 'pausable-signal';
 *
 * const controller = new PausableController();
 * await delay(controller.signal, 10);
 * const long = delay(controller.signal, 60_000).catch((reason: unknown) => reason);
 * controller.pause();
 * controller.abort('no time');
 * await long; // => 'no time'
 * ```
 */
export function delay(signal: AbortSignal, due: number | Date, options?: ClockOptions): Promise<void> {
	// One promise instead of the two of an async function: some loops call this at every step.
	return new Promise<void>((resolve, reject) => {
		expectSignal('signal', signal);
		const clock = expectClock(options);
		if (isDate(due)) expectTime('due', due);
		else expectMilliseconds('due', due);
		if (signal.aborted) reject(reasonOf(signal));
		else new Sleep(signal, due, clock, {end: resolve, abort: reject});
	});
}
