// The state of nodes that something outside the tree drives, and of nodes below such a node.
import {isOne, type PauseNode} from './node.ts';
import {findBlocker} from './pauses.ts';
import {parentsOf, walk} from './walk.ts';

/** Whether a node is aborted. */
export function isAborted(node: PauseNode): boolean {
	// A foreign signal may be aborted before we hear of it: an earlier listener runs first, or stops the event.
	if (!node.aborted && node.hasForeign) lookAbove(node);
	return node.aborted;
}

/** Whether a node is paused. It first asks whatever drives the node. */
export function isPausedNow(node: PauseNode): boolean {
	if (node.hasForeign) lookAbove(node);
	return findBlocker(node) !== undefined;
}

/** Updates this node from everything outside the tree that drives it or a node above it. */
export function lookAbove(node: PauseNode): void {
	let at = node;
	// The nodes mostly form a chain, which needs no set.
	while (at.hasForeign) {
		at.look();
		const {abortParents, pauseParents} = at;
		if (abortParents === null && pauseParents === null) return;
		if (!isOne(abortParents) || (pauseParents !== null && pauseParents !== abortParents))
			return lookAboveAll(at);
		at = abortParents;
	}
}

/** The turn of the event loop that a wait on an open gate must take first, if any. */
export function turnAbove(node: PauseNode): Promise<void> | undefined {
	for (const at of walk([node], drivenAbove)) {
		const turn = at.turn();
		if (turn !== undefined) return turn;
	}
	return undefined;
}

function lookAboveAll(node: PauseNode): void {
	for (const at of walk(drivenAbove(node), drivenAbove)) at.look();
}

function drivenAbove(node: PauseNode): readonly PauseNode[] {
	return parentsOf(node).filter((parent) => parent.hasForeign);
}
