import {atNextJob} from './next-job.ts';
import {observe} from './observer.ts';
import {isAborted, turnAbove} from './driven.ts';
import type {SignalNode} from './signal-node.ts';
import {findBlocker, isPaused} from './pauses.ts';
import {left, park} from './waiting.ts';
import {expectMilliseconds, expectOptions} from './validate.ts';
import {type Outcome, Waiter} from './waiters.ts';

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

function waitOn(node: SignalNode, timeout: number): Promise<boolean> {
	return new Promise((resolve) => {
		const waiter = new Waiter((outcome: Outcome) => {
			left(node);
			if (outcome === 'passed') atNextJob(() => resolve(!isAborted(node)));
			else resolve(outcome === 'open');
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
		const node = this.#node;
		if (options !== undefined) return waitFor(node, options);
		if (isAborted(node)) return stop;
		noteCheckpointAt(node);
		if (findBlocker(node) !== undefined) return waitOn(node, Infinity);
		return node.hasForeign ? afterTurn(node, goOn, () => this.wait()) : goOn;
	}
}

/** The answer of an open gate; if news need a turn of the event loop first, the answer of a new wait. */
function afterTurn<T>(node: SignalNode, answer: Promise<T>, again: () => Promise<T>): Promise<T> {
	return turnAbove(node)?.then(again) ?? answer;
}

function waitFor(node: SignalNode, options: SignalWaitOptions): Promise<boolean> {
	try {
		expectOptions('options', options, '{timeout}');
		const {timeout = Infinity} = options;
		expectMilliseconds('timeout', timeout);
		if (isAborted(node)) return stop;
		noteCheckpointAt(node);
		if (!isPaused(node)) return node.hasForeign ? afterTurn(node, goOn, () => waitFor(node, options)) : goOn;
		return timeout > 0 ? waitOn(node, timeout) : stop;
	} catch (error) {
		return Promise.reject(error);
	}
}

/** `signal.checkpoint()`. */
export function checkpointAt(node: SignalNode): Promise<void> {
	if (isAborted(node)) return Promise.reject(node.reason);
	noteCheckpointAt(node);
	if (findBlocker(node) !== undefined) return parkAt(node);
	return node.hasForeign ? afterTurn(node, clear, () => checkpointAt(node)) : clear;
}

function settle(node: SignalNode, resolve: () => void, reject: (reason: unknown) => void): void {
	if (isAborted(node)) reject(node.reason);
	else resolve();
}

function parkAt(node: SignalNode): Promise<void> {
	return new Promise((resolve, reject) => {
		park(
			node,
			new Waiter((outcome) => {
				left(node);
				if (outcome === 'open') resolve();
				else if (outcome === 'passed') atNextJob(() => settle(node, resolve, reject));
				else reject(node.reason);
			}),
		);
	});
}
