import {expectSignal, leftOnNode} from '../core/index.ts';
import {listenersOn} from './origins.ts';

/** The things that work has put on a signal and not removed. */
export interface Leftovers {
	/** Listeners for `abort`, `pause` and `resume`, the library's own among them. */
	readonly listeners: number;
	/** Waits at a checkpoint, or at the gate, of the signal itself. */
	readonly waiters: number;
	/** Clocks, readers, tasks and others of the library that follow the signal. */
	readonly followers: number;
	/** Children on which something waits or listens. Others can be collected, and do not count. */
	readonly children: number;
}

/**
 * Counts the things that are on a signal now.
 *
 * Use it at the end of a test, to show that work has left nothing on a signal that outlives it. It takes
 * any `AbortSignal`, and throws a `TypeError` for anything else. Browsers show nobody's listeners, so
 * there a plain signal counts as having none. An aborted signal has nothing left but listeners. It only
 * looks: it is no checkpoint, and an abort loses nothing.
 *
 * @example
 * ```ts
 * import {PausableController} from 'pausable-signal';
 * import {leftOn} from 'pausable-signal/testing';
 *
 * const controller = new PausableController();
 * const child = new PausableController({signal: controller.signal});
 * controller.pause();
 * const waiting = child.signal.checkpoint();
 * leftOn(controller.signal); // => {listeners: 0, waiters: 0, followers: 0, children: 1}
 * controller.resume();
 * await waiting;
 * leftOn(controller.signal); // => {listeners: 0, waiters: 0, followers: 0, children: 0}
 * ```
 */
export function leftOn(signal: AbortSignal): Leftovers {
	const {listeners, ...counts} = leftOnNode(expectSignal('signal', signal));
	return {listeners: countListeners(signal) ?? listeners, ...counts};
}

const types = ['abort', 'pause', 'resume'];

function countListeners(signal: AbortSignal): number | undefined {
	const lists = types.map((type) => listenersOn(signal, type));
	return lists.includes(undefined) ? undefined : lists.flat().length;
}
