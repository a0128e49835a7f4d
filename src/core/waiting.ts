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

/** Has a waiter wait at a paused node (node.ts, invariant 2) until a resume, an abort or its timeout. */
export function park(node: PauseNode, waiter: Waiter): void {
	node.waiters ??= new WaiterList();
	if (node.waiters.size === 0) {
		need(node);
		standAt(node, findBlocker(node) ?? node);
	}
	node.waiters.add(waiter);
	node.work?.rest(1);
}

/** To be called by a waiter of the node that has left it. */
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

// Nodes whose parked ones are to be looked at again.
const waking = new Set<PauseNode>();
let isWakeScheduled = false;
// As it was at the start: fake timers must not keep the rest of many waiters from being woken.
const {setTimeout} = globalThis;

/** To be called when a node may have stopped to block those parked at it. */
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

// A node that was woken may have another blocker: then it waits there, and not to be woken.
function standAtBlockers(): void {
	for (const node of waking) {
		if (node.holds !== null || node.parked === null) continue;
		for (const parked of node.parked) {
			// Not to the same one: the list would come to it again, without end.
			const blocker = findBlocker(parked);
			if (blocker !== undefined) standAt(parked, blocker);
		}
	}
}

/** Looks again where a node and those below it wait: an ancestor has left the tree. */
export function standAgain(origin: PauseNode): void {
	// Nearly every node ends without anybody on it or below it.
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

/** Lets those through once that only this node's holds keep waiting, and says how many. */
export function letThrough(node: PauseNode): number {
	standAtBlockers();
	const {holds, parked} = node;
	if (holds === null || parked === null) return 0;
	let passed = 0;
	// No code of others runs while the holds are lifted: settling a promise only queues its jobs.
	node.holds = null;
	for (const waiting of parked) {
		if (!waiting.aborted && !isPaused(waiting)) passed += waiting.waiters?.end('passed') ?? 0;
	}
	node.holds = holds;
	return passed;
}
