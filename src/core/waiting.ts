import {LinkedList} from './linked-list.ts';
import {need, unneed} from './links.ts';
import {atNextJob} from './next-job.ts';
import type {PauseNode} from './node.ts';
import {nobody, watchedBelow} from './news.ts';
import {findBlocker, isPaused} from './pauses.ts';
import {type Waiter, WaiterList} from './waiters.ts';
import {neededChildrenOf, walk} from './walk.ts';

// How many waiters one turn of the event loop wakes. A million in one go would block it for a
// quarter of a second; in turns of this size timers are late by about 2 ms.
const wakeLimit = 10_000;

/** Makes a waiter wait at a paused node (node.ts, invariant 2) until a resume, an abort or its timeout. */
export function park(node: PauseNode, waiter: Waiter): void {
	node.waiters ??= new WaiterList();
	if (node.waiters.size === 0) {
		need(node);
		standAt(node, findBlocker(node) ?? node);
	}
	node.waiters.add(waiter);
	node.work?.rest(1);
}

/** A waiter calls this after it has left the node. */
export function left(node: PauseNode): void {
	node.work?.rest(-1);
	if (node.waiters !== null && node.waiters.size > 0) return;
	standAt(node, null);
	unneed(node);
}

function standAt(node: PauseNode, blocker: PauseNode | null): void {
	node.list?.remove(node);
	if (blocker !== null) (blocker.parked ??= new LinkedList()).add(node);
}

// Nodes that may no longer block the nodes parked at them: `wake()` checks these.
const waking = new Set<PauseNode>();
let isWakeScheduled = false;
// The original one, because fake timers must not stop us from waking the rest of many waiters.
const {setTimeout} = globalThis;

/** To be called when a node may have stopped blocking the nodes parked at it. */
export function scheduleWake(node: PauseNode): void {
	if (node.parked === null || node.parked.size === 0) return;
	waking.add(node);
	if (isWakeScheduled) return;
	isWakeScheduled = true;
	atNextJob(wake);
}

function wake(): void {
	isWakeScheduled = false;
	let budget = wakeLimit;
	for (const node of waking) {
		budget -= wakeParkedAt(node, budget);
		if (budget <= 0) {
			setTimeout(wake, 0);
			return;
		}
		waking.delete(node);
	}
}

// A node that is about to wake may have another blocker: then it moves there, and does not wake.
function standAtBlockers(): void {
	for (const node of waking) {
		if (node.holds !== null || node.parked === null) continue;
		for (const parked of node.parked) {
			// Moving it within the same list would make this loop endless.
			const blocker = findBlocker(parked);
			if (blocker !== undefined) standAt(parked, blocker);
		}
	}
}

/** Finds the blockers of a node and of those below it again, after an ancestor has left the tree. */
export function standAgain(origin: PauseNode): void {
	// A fast path: nearly every node ends with nothing that waits on it or below it.
	if (origin.waiters === null && origin.children === null && watchedBelow(origin) === nobody) return;
	for (const node of walk([origin], hearsBelow)) {
		if (node.waiters === null || node.waiters.size === 0) continue;
		const blocker = findBlocker(node) ?? node;
		standAt(node, blocker);
		if (blocker.holds === null) scheduleWake(blocker);
	}
}

function hearsBelow(node: PauseNode): PauseNode[] {
	return [...neededChildrenOf(node), ...watchedBelow(node)];
}

function wakeParkedAt(node: PauseNode, limit: number): number {
	let woken = 0;
	if (node.holds !== null || node.parked === null) return woken;
	for (const parked of node.parked) {
		const blocker = findBlocker(parked);
		if (blocker !== undefined) standAt(parked, blocker);
		else woken += parked.waiters?.end('open', limit - woken) ?? 0;
		if (woken >= limit) break;
	}
	return woken;
}

/** Lets waiters pass once if only this node's holds block them. Returns their number. */
export function letThrough(node: PauseNode): number {
	standAtBlockers();
	const {holds, parked} = node;
	if (holds === null || parked === null) return 0;
	let passed = 0;
	// While the holds are lifted no other code runs, because settling a promise only queues its jobs.
	node.holds = null;
	for (const waiting of parked) {
		if (!waiting.aborted && !isPaused(waiting)) passed += waiting.waiters?.end('passed') ?? 0;
	}
	node.holds = holds;
	return passed;
}
