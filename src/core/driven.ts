// The state of nodes that something outside the tree drives, or that are below such a node.
import type {PauseNode} from './node.ts';
import {isOne, listOf} from './parents.ts';
import {findBlocker} from './pauses.ts';

/** Whether a node is aborted. */
export function isAborted(node: PauseNode): boolean {
	// An earlier listener may have kept the event of a foreign signal from us, or runs before us.
	if (!node.aborted && node.hasForeign) lookAbove(node);
	return node.aborted;
}

/** Whether a node is paused, asking what drives it first. */
export function isPausedNow(node: PauseNode): boolean {
	if (node.hasForeign) lookAbove(node);
	return findBlocker(node) !== undefined;
}

/** Lets everything outside the tree that drives this node, or one above it, say what it knows. */
export function lookAbove(node: PauseNode): void {
	let at = node;
	// Mostly a chain, and then no set is made for it.
	while (at.hasForeign) {
		at.look();
		const {abortParents, pauseParents} = at;
		if (abortParents === null && pauseParents === null) return;
		if (!isOne(abortParents) || (pauseParents !== null && pauseParents !== abortParents))
			return lookAboveAll(at);
		at = abortParents;
	}
}

/** A turn of the event loop that a wait on an open gate has to take, if there is one. */
export function turnAbove(node: PauseNode): Promise<void> | undefined {
	const reached = new Set([node]);
	for (const at of reached) {
		if (!at.hasForeign) continue;
		const turn = at.turn();
		if (turn !== undefined) return turn;
		for (const parent of parentsOf(at)) reached.add(parent);
	}
	return undefined;
}

function lookAboveAll(node: PauseNode): void {
	const reached = new Set(parentsOf(node));
	for (const at of reached) {
		if (!at.hasForeign) continue;
		at.look();
		for (const parent of parentsOf(at)) reached.add(parent);
	}
}

function parentsOf({abortParents, pauseParents}: PauseNode): readonly PauseNode[] {
	return pauseParents === abortParents
		? listOf(abortParents)
		: [...listOf(abortParents), ...listOf(pauseParents)];
}
