// The flows of work on a node, for branches.ts: where the work passes, and where it rests.
import type {PauseNode} from './node.ts';

let turn = 0;

/**
 * The node on which work counts that follows this one. A composite or a time limit is made for one
 * step of the work around it, and dropped after it without a word: it is no branch of its own.
 */
function countedOn(node: PauseNode): PauseNode {
	return node.countsOn ?? node;
}

/** Notes that work came by a checkpoint of this node. */
export function pass(at: PauseNode): void {
	const node = countedOn(at);
	if (node.branches === null) return;
	node.lastWait = ++turn;
	if (node.firstWait > 0) return;
	node.firstWait = turn;
	node.branches.add(node);
}

/** Makes a node a branch on which so many flows are known to be under way. */
export function beginFlows(node: PauseNode, flows: number, joins: PauseNode | null): void {
	if (node.branches === null) return;
	node.flows = flows;
	node.joins = joins === null ? null : countedOn(joins);
	node.firstWait = ++turn;
	node.branches.enter(node);
}

/** One more flow is under way on a node whose flows are known. */
export function addFlow(node: PauseNode): void {
	node.flows++;
	node.branches?.changed();
}

/** One of the known flows has ended. */
export function endFlow(node: PauseNode): void {
	node.flows--;
	node.branches?.changed();
}

/** Notes that the work on this node stands still until it is resumed. */
export function rest(at: PauseNode): void {
	const node = countedOn(at);
	node.resting++;
	node.branches?.changed();
}

export function unrest(at: PauseNode): void {
	const node = countedOn(at);
	node.resting--;
	node.branches?.changed();
}
