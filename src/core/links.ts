import {countCollections} from './collections.ts';
import {Children, isOne, Link, listOf, type PauseNode} from './node.ts';
import {climb} from './walk.ts';

// Below this number of children it is not worth looking for collected ones.
const fewChildren = 64;

const none: readonly Link[] = [];

function linksOf({links}: PauseNode): readonly Link[] {
	if (links === null) return none;
	return links instanceof Link ? [links] : links;
}

/** Links a new node to its parents for aborts; with `isKept` they keep it until it is unlinked. */
export function link(node: PauseNode, isKept: boolean): void {
	const parents = node.abortParents;
	node.links = isOne(parents)
		? adopt(parents, node, isKept)
		: listOf(parents).map((parent) => adopt(parent, node, isKept));
}

function adopt(parent: PauseNode, node: PauseNode, isKept: boolean): Link {
	const children = (parent.children ??= new Children());
	if (children.size >= Math.max(fewChildren, children.sweepAt)) sweepAgain(parent, children);
	const added = isKept
		? new Link(parent, null, node)
		: new Link(parent, (node.ref ??= new WeakRef(node)), null);
	children.add(added);
	parent.usageChanged();
	return added;
}

// Searching is useless until garbage was collected, and the engine collects no child within one job.
function sweepAgain(parent: PauseNode, children: Children): void {
	const collections = countCollections();
	if (children.sweptAt === collections) return;
	children.sweptAt = collections;
	sweep(parent);
}

/** Forgets the children that were collected. Amortised O(1) for each child. */
export function sweep(parent: PauseNode): void {
	const {children} = parent;
	if (children === null) return;
	for (const known of children)
		if (known.child === null && known.ref?.deref() === undefined) children.remove(known);
	children.sweepAt = children.size * 2;
	parent.usageChanged();
}

/** Unlinks a node from its parents. */
export function unlink(node: PauseNode): void {
	for (const known of linksOf(node)) {
		known.list?.remove(known);
		if (node.needs > 0) unneed(known.parent);
		known.parent.usageChanged();
	}
	node.links = null;
}

/** Adds a reason to keep the node. From the first reason on, all nodes above it keep it. */
export function need(node: PauseNode): void {
	climb(node, (at) => {
		if (at.aborted || at.needs++ > 0) return null;
		for (const known of linksOf(at)) known.child = at;
		at.usageChanged();
		return at.abortParents;
	});
}

export function unneed(node: PauseNode): void {
	climb(node, (at) => {
		if (at.aborted || --at.needs > 0) return null;
		for (const known of linksOf(at)) if (known.ref !== null) known.child = null;
		at.usageChanged();
		return at.abortParents;
	});
}
