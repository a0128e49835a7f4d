import {atNextJob} from './next-job.ts';
import {observe} from './observer.ts';
import {isAborted, turnAbove} from './driven.ts';
import type {SignalNode} from './signal-node.ts';
import {findBlocker, isPaused} from './pauses.ts';
import {left, park} from './waiting.ts';
import {expectMilliseconds, expectOptions} from './validate.ts';
import {Waiter} from './waiters.ts';

/** Options of `signal.gate.wait()`. */
export interface SignalWaitOptions {
	/** The most milliseconds to wait, wall-clock time, as it measures the pause. Default: no limit. */
	readonly timeout?: number | undefined;
}

// One promise for each answer that needs no wait, so that the fast path creates nothing.
const goOn: Promise<boolean> = Promise.resolve(true);
const stop: Promise<boolean> = Promise.resolve(false);
const clear: Promise<void> = Promise.resolve();

// To be called for a node that is not aborted.
function noteCheckpointAt(node: SignalNode): void {
	observe();
	node.work?.passed();
}

/** Settles the promise of a call that has waited. */
type Settle<T> = (
	mayContinue: boolean,
	resolve: (value: T) => void,
	reject: (reason: unknown) => void,
) => void;

function parkAt<T>(node: SignalNode, timeout: number, settle: Settle<T>): Promise<T> {
	return new Promise((resolve, reject) => {
		const waiter = new Waiter((outcome) => {
			left(node);
			if (outcome === 'passed') atNextJob(() => settle(!isAborted(node), resolve, reject));
			else settle(outcome === 'open', resolve, reject);
		}, timeout);
		park(node, waiter);
	});
}

/**
 * The gate of a signal, closed while the signal is paused.
 *
 * Level-triggered: a waiter that wakes checks the signal again, so `resume(); pause()` in one tick lets
 * nobody through.
 */
export class SignalGate {
	readonly #node: SignalNode;

	/** @internal */
	constructor(node: SignalNode) {
		this.#node = node;
	}

	/** Whether the work may continue: the signal is neither paused nor aborted. */
	get isOpen(): boolean {
		return !isAborted(this.#node) && !isPaused(this.#node);
	}

	/**
	 * Waits while the signal is paused.
	 *
	 * Resolves with `true` when the work may continue, with `false` when the signal is aborted or
	 * `timeout` milliseconds passed first. Rejects only on a bad option. An abort loses nothing.
	 */
	wait(options?: SignalWaitOptions): Promise<boolean> {
		try {
			return waitAt(this.#node, options === undefined ? Infinity : timeoutOf(options));
		} catch (error) {
			return Promise.reject(error);
		}
	}
}

function timeoutOf(options: SignalWaitOptions): number {
	expectOptions('options', options, '{timeout}');
	return options.timeout === undefined ? Infinity : expectMilliseconds('timeout', options.timeout);
}

const answer: Settle<boolean> = (mayContinue, resolve) => resolve(mayContinue);

function waitAt(node: SignalNode, timeout: number): Promise<boolean> {
	if (isAborted(node)) return stop;
	noteCheckpointAt(node);
	if (findBlocker(node) === undefined) return turnAbove(node)?.then(() => waitAt(node, timeout)) ?? goOn;
	if (timeout === 0) return stop;
	return parkAt(node, timeout, answer);
}

/** `signal.checkpoint()`. */
export function checkpointAt(node: SignalNode): Promise<void> {
	if (isAborted(node)) return Promise.reject(node.reason);
	noteCheckpointAt(node);
	if (findBlocker(node) === undefined) return turnAbove(node)?.then(() => checkpointAt(node)) ?? clear;
	return parkAt(node, Infinity, (mayContinue, resolve, reject) => {
		if (mayContinue) resolve();
		else reject(node.reason);
	});
}
