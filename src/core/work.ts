import {
	addFlow,
	awaitFlows,
	beginFlows,
	beginRest,
	endFlow,
	endRest,
	nextTurn,
	noteCheckpointOf,
} from './branch.ts';
import {follow} from './follow.ts';
import {nodeOf} from './foreign.ts';
import {type HoldOptions, PauseHold} from './hold.ts';
import {createDelaying} from './pauses.ts';
import {addHold, detach as detachNode, removeHold, retire as retireNode} from './tree.ts';
import {isAborted, isPausedNow} from './driven.ts';
import type {PauseNode} from './node.ts';
import type {PausableSignal} from './signal.ts';
import {WorkGroup} from './work-group.ts';

/**
 * Says that the work behind a signal of the library's own is over: it leaves its parents without an
 * abort, unless something still waits or listens on it.
 */
export function retire(signal: PausableSignal): void {
	retireNode(nodeOf(signal));
}

/** Says that the work behind a signal is over: it follows nobody any more, whatever hangs on it. */
export function detach(signal: PausableSignal): void {
	detachNode(nodeOf(signal));
}

/** A signal that is looked up once, for those who look at it for every item. */
export class PausePoint {
	readonly #node: PauseNode;

	constructor(signal: AbortSignal) {
		this.#node = nodeOf(signal);
	}

	/** Whether it is paused; one that is not ours never is. */
	get isPaused(): boolean {
		return isPausedNow(this.#node);
	}

	/** Notes that work came by, as a checkpoint does by itself: an abort that was not told yet is told. */
	noteCheckpoint(): void {
		if (!isAborted(this.#node)) noteCheckpointOf(this.#node);
	}
}

/** Whether any signal is paused; one that is not ours never is. */
export function isPaused(signal: AbortSignal): boolean {
	return isPausedNow(nodeOf(signal));
}

/** Notes that work came by a place that a pause stops, as a checkpoint does by itself. */
export function noteCheckpoint(signal: AbortSignal): void {
	noteCheckpointOf(nodeOf(signal));
}

/** Notes that work stands still at such a place, until the function that is returned is called. */
export function noteRest(signal: AbortSignal): () => void {
	const node = nodeOf(signal);
	let isResting = true;
	beginRest(node);
	return () => {
		if (isResting) endRest(node);
		isResting = false;
	};
}

/** Notes work that stands still whenever the signal is paused, until the returned function is called. */
export function restWhilePaused(signal: AbortSignal): () => void {
	let moveOn: (() => void) | undefined;
	const look = (): void => {
		if (isPaused(signal)) moveOn ??= noteRest(signal);
		else end();
	};
	const end = (): void => {
		moveOn?.();
		moveOn = undefined;
	};
	const unfollow = follow(signal, {pause: look, resume: look, abort: end});
	look();
	return () => {
		unfollow();
		end();
	};
}

/**
 * Keeps the signal paused beyond the end of its pause, until the returned function is called. This hold
 * is no reason for the pause, so it is listed after all others.
 */
export function delayResume(signal: PausableSignal, reason: unknown): () => void {
	const node = nodeOf(signal);
	const hold = createDelaying(reason);
	if (!node.aborted) addHold(node, hold);
	return () => void removeHold(node, hold);
}

/**
 * Holds a signal as `PausableController.hold()` does, but for the process: the timer of `until` does
 * not keep it alive, as the owner of the signal does that.
 */
export function holdSignal(signal: PausableSignal, reason: unknown, options?: HoldOptions): PauseHold {
	return new PauseHold(nodeOf(signal), reason, options, false);
}

/** Gathers the work on this signal and below it; `onChange` comes once a tick. */
export function gatherWork(signal: PausableSignal, onChange: () => void): WorkGroup {
	const node = nodeOf(signal);
	node.group = new WorkGroup(node, node.group === null ? [] : [node.group], onChange);
	beginFlows(node, 1, null);
	return node.group;
}

/** The flows of work on an inner signal, counted. After the last one, `retire` the signal or abort it. */
export interface Flows {
	begin(): void;
	end(): void;
	/** A flow on the outer signal awaits all of them from now on, as far as it does nothing else. */
	await(): void;
	/** No flow on the outer signal awaits them: they run beside. */
	leave(): void;
}

/**
 * Says that this many flows of work are under way on an inner signal, started on the outer one. One
 * flow there awaits all of them.
 */
export function countFlows(outer: AbortSignal, inner: PausableSignal, flows: number): Flows {
	const node = nodeOf(inner);
	beginFlows(node, flows, nodeOf(outer));
	awaitFlows(node, Infinity);
	return {
		begin: () => addFlow(node),
		end: () => endFlow(node),
		await: () => awaitFlows(node, nextTurn()),
		leave: () => awaitFlows(node, 0),
	};
}
