// The state of nodes that something outside the tree drives, or that are below such a node.
import {isOne, type PauseNode} from './node.ts';
import {findBlocker} from './pauses.ts';
import {parentsOf, walk} from './walk.ts';

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
