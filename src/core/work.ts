import {nextTurn} from './branch.ts';
import {nodeOf} from './foreign.ts';
import {type HoldOptions, PauseHold} from './hold.ts';
import {NodeWork, workOf} from './node-work.ts';
import {createDelaying} from './pauses.ts';
import type {PauseNode} from './node.ts';
import type {PausableSignal} from './signal.ts';
import {Stamp} from './stamp.ts';
import {addHold, detach as detachNode, removeHold, retire as retireNode} from './tree.ts';
import {WorkGroup} from './work-group.ts';

/**
 * Ends the work behind one of the library's own signals: the signal leaves its parents without an abort,
 * unless something still waits or listens on it.
 */
export function retire(signal: PausableSignal): void {
	retireNode(nodeOf(signal));
}

/** Ends the work behind a signal: it no longer follows any other, even if something waits on it. */
export function detach(signal: PausableSignal): void {
	detachNode(nodeOf(signal));
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
 * Holds a signal as `PausableController.hold()` does, except that the timer of `until` does not keep the
 * process alive, because the owner of the signal does that. Calls `ended` when the hold has ended.
 */
export function holdSignal(
	signal: PausableSignal,
	reason: unknown,
	options?: HoldOptions,
	ended?: () => void,
): PauseHold {
	return new PauseHold(nodeOf(signal), reason, options, false, ended);
}

/** A task of a pool, and the signal of the flow that awaits it if that is known. */
export interface PoolTask {
	readonly pool: Pool;
	readonly awaitedOn: AbortSignal | undefined;
}

/** Gathers the work on this signal and below it; it calls `onChange` at most once a tick. */
export function gatherWork(signal: PausableSignal, onChange: () => void, task?: PoolTask): WorkGroup {
	const node = nodeOf(signal);
	const known = workOf(node);
	const group = new WorkGroup(node, known === null ? [] : [known.group], onChange);
	const work = known ?? new NodeWork(node, group);
	work.group = group;
	node.work = work;
	const pool = task === undefined ? null : nodeOf(task.pool.signal);
	const awaitedOn = (task?.awaitedOn && Stamp.nodeOf(task.awaitedOn)) ?? null;
	work.beginFlow(awaitedOn === pool ? null : awaitedOn, pool);
	return group;
}

/** Counts the flows of work on an inner signal. After the last one, `retire` or abort the signal. */
export interface Flows {
	begin(): void;
	end(): void;
	/** From now on a flow on the outer signal awaits all of them, unless it does something else. */
	await(): void;
	/** No flow on the outer signal awaits them: they run independently. */
	leave(): void;
}

function flowsOn({work}: PauseNode): Flows {
	return {
		begin: () => work?.addFlow(),
		end: () => work?.endFlow(),
		await: () => work?.awaitFlows(nextTurn()),
		leave: () => work?.awaitFlows(0),
	};
}

/**
 * Notes that a flow of work is under way on an inner signal, started on the outer one. One flow on the
 * outer signal awaits it, and all that begin while it is under way.
 */
export function countFlows(outer: AbortSignal, inner: PausableSignal): Flows {
	const node = nodeOf(inner);
	node.work?.beginFlow(nodeOf(outer));
	node.work?.awaitFlows(Infinity);
	return flowsOn(node);
}

/** The tasks of a queue or a map that run, and the flows above that await something of it. */
export interface Pool extends Flows {
	readonly signal: PausableSignal;
	/** One more flow above awaits it. */
	await(): void;
	/** One of them has what it awaited. */
	leave(): void;
}

/**
 * Makes a signal the pool of tasks whose signals are below it. The flow that awaits them is on a signal
 * above. A pool that was dropped without an abort counts until it is collected.
 */
export function createPool(signal: PausableSignal): Pool {
	const node = nodeOf(signal);
	const {work} = node;
	if (!node.aborted) work?.beginPool();
	return {
		...flowsOn(node),
		signal,
		await: () => work?.awaitPool(1),
		leave: () => work?.awaitPool(-1),
	};
}
