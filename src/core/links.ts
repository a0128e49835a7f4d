import {countCollections} from './collections.ts';
import type {PauseNode} from './node.ts';
import {isOne, listOf} from './parents.ts';

// Below this number of children it is not worth looking for collected ones.
const fewChildren = 64;

/** Makes a new node known to its parents for aborts. */
export function link(node: PauseNode): void {
	const parents = node.abortParents;
	if (isOne(parents)) adopt(parents, node);
	else for (const parent of listOf(parents)) adopt(parent, node);
}

function adopt(parent: PauseNode, child: PauseNode): void {
	parent.children ??= new Map();
	if (parent.children.size >= Math.max(fewChildren, parent.sweepAt)) sweepAgain(parent);
	parent.children.set((child.ref ??= new WeakRef(child)), null);
	parent.usageChanged();
}

// Nothing is to be found before garbage was collected, and within one job nothing is.
function sweepAgain(parent: PauseNode): void {
	const collections = countCollections();
	if (parent.sweptAt === collections) return;
	parent.sweptAt = collections;
	sweep(parent);
}

/** Forgets the children that were collected. Amortised O(1) for each child. */
export function sweep(parent: PauseNode): void {
	if (parent.children === null) return;
	for (const [ref, child] of parent.children) {
		if (child === null && ref.deref() === undefined) parent.children.delete(ref);
	}
	parent.sweepAt = parent.children.size * 2;
	parent.usageChanged();
}

/** One more reason to keep the node: its parents, and theirs, hold on to it from the first on. */
export function need(node: PauseNode): void {
	const reached = [node];
	for (const at of reached) {
		if (at.aborted || at.needs++ > 0) continue;
		for (const parent of listOf(at.abortParents)) {
			if (at.ref !== null) parent.children?.set(at.ref, at);
			reached.push(parent);
		}
		at.usageChanged();
	}
}

export function unneed(node: PauseNode): void {
	const reached = [node];
	for (const at of reached) {
		if (at.aborted || --at.needs > 0) continue;
		for (const parent of listOf(at.abortParents)) {
			if (at.ref !== null) parent.children?.set(at.ref, null);
			reached.push(parent);
		}
		at.usageChanged();
	}
}
