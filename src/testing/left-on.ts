import {builtin, expectSignal, leftOnNode} from '../core/index.ts';

/** What work has put on a signal and not taken away again. */
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
 * Counts what is on a signal now.
 *
 * Use it at the end of a test, to show that work has left nothing on a signal that outlives it. On any
 * `AbortSignal`. In browsers, which tell nobody of listeners, those of a plain signal count as none. An
 * aborted signal has nothing left but listeners. Throws a `TypeError` when it is given something else.
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

interface EventsModule {
	getEventListeners?(target: object, type: string): unknown[];
}

const types = ['abort', 'pause', 'resume'];

function countListeners(signal: AbortSignal): number | undefined {
	const {getEventListeners} = (builtin('node:events') ?? {}) as EventsModule;
	if (getEventListeners === undefined) return undefined;
	try {
		return types.reduce((count, type) => count + getEventListeners(signal, type).length, 0);
	} catch {
		// A signal of somebody else's, which is no EventTarget for Node.
		return undefined;
	}
}
