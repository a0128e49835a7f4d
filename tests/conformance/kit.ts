import {getEventListeners} from 'node:events';
import {PausableController, PausableSignal} from 'pausable-signal';

export {collectGarbage, Deferred, flush, reasons, rejectionOf, watched} from '../flow/kit.ts';

/** The running Node's major version: what the platform's own classes do depends on it. */
export const nodeMajor: number = Number(process.versions.node.split('.')[0]);

/** A controller's class, and the class of signals that goes with it: the platform's, or ours in its place. */
export interface Classes {
	readonly Controller: new () => AbortController;
	readonly Signal: {
		readonly prototype: AbortSignal;
		abort(reason?: unknown): AbortSignal;
		any(signals: Iterable<AbortSignal>): AbortSignal;
		timeout(ms: number): AbortSignal;
	};
}

export const ours: Classes = {Controller: PausableController, Signal: PausableSignal};
export const platform: Classes = {Controller: AbortController, Signal: AbortSignal};

/** How many `abort` listeners are on a signal. */
export function listenersOn(signal: AbortSignal): number {
	return getEventListeners(signal, 'abort').length;
}

/** Resolves with the next event, and keeps the process alive until then, which a time limit does not. */
export function nextEvent(target: EventTarget, type: string): Promise<Event> {
	return new Promise((resolve) => {
		const alive = setInterval(() => {}, 2 ** 31 - 1);
		target.addEventListener(
			type,
			(event) => {
				clearInterval(alive);
				resolve(event);
			},
			{once: true},
		);
	});
}

/** Matches a `TypeError` of any realm: those that the platform throws are not of the tests' one. */
export const typeError: Error = {name: 'TypeError'} as Error;

/** What a function throws; fails when it throws nothing. */
export function thrownBy(fn: () => unknown): unknown {
	try {
		fn();
	} catch (error) {
		return error;
	}
	throw new Error('expected it to throw');
}
