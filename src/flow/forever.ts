import {noteCheckpoint, restWhilePaused} from '../core/index.ts';
import {execute} from './execute.ts';

/**
 * Waits for the abort, and for nothing else.
 *
 * Use it to keep a scope open while its forks or listeners do the work. It keeps no process alive.
 * While paused, it counts as standing still.
 *
 * Only an abort ends it, and loses nothing.
 *
 * Never resolves. Rejects with the signal's reason on abort, with a `TypeError` when `signal` is not
 * an `AbortSignal`.
 *
 * @example
 * ```ts
 * import {forever, PausableController} from 'pausable-signal';
 *
 * const controller = new PausableController();
 * setTimeout(() => controller.abort('closing time'), 5);
 * await forever(controller.signal); // => throws 'closing time'
 * ```
 */
export function forever(signal: AbortSignal): Promise<never> {
	return execute<never>(signal, () => {
		noteCheckpoint(signal);
		return restWhilePaused(signal);
	});
}
