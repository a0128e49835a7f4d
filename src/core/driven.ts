// The state of nodes that something outside the tree drives, and of nodes below such a node.
import {type PauseNode, undriven} from './node.ts';
import {findBlocker} from './pauses.ts';

/** Whether a node is aborted. */
export function isAborted(node: PauseNode): boolean {
	// A foreign signal may be aborted before we hear of it: an earlier listener runs first, or stops the event.
	if (!node.aborted) lookAbove(node);
	return node.aborted;
}

/** Whether a node is paused. It first asks whatever drives the node. */
export function isPausedNow(node: PauseNode): boolean {
	lookAbove(node);
	return findBlocker(node) !== undefined;
}

/** Updates this node from everything outside the tree that drives it or a node above it. */
export function lookAbove({driven}: PauseNode): void {
	// A fast path: nearly every node has none.
	if (driven !== undriven) for (const at of driven) at.look();
}

/** The turn of the event loop that a wait on an open gate must take first, if any. */
export function turnAbove({driven}: PauseNode): Promise<void> | undefined {
	if (driven === undriven) return undefined;
	for (const at of driven) {
		const turn = at.turn();
		if (turn !== undefined) return turn;
	}
	return undefined;
}
