import {isOne, listOf, type Parents, type PauseNode} from './node.ts';

/** Goes up from a node, to the parents that `visit` returns. A chain, the usual case, needs no list. */
export function climb(node: PauseNode, visit: (node: PauseNode) => Parents): void {
	let parents = visit(node);
	while (isOne(parents)) parents = visit(parents);
	for (const parent of listOf(parents)) climb(parent, visit);
}

/**
 * These nodes and all that `next` leads to, nearest first. A node that several paths reach comes once.
 * `next` is called for a node after the consumer has handled it.
 */
export function* walk(
	from: Iterable<PauseNode>,
	next: (node: PauseNode) => Iterable<PauseNode>,
): Iterable<PauseNode> {
	// Iteration over a set also visits items that are added meanwhile.
	const reached = new Set(from);
	for (const node of reached) {
		yield node;
		for (const more of next(node)) reached.add(more);
	}
}

/** The parents from which pauses come. */
export function pauseParentsOf(node: PauseNode): readonly PauseNode[] {
	return listOf(node.pauseParents);
}

/** The children that somebody needs. */
export function neededChildrenOf(node: PauseNode): PauseNode[] {
	return [...(node.children ?? [])].flatMap(({child}) => child ?? []);
}
