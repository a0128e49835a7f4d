import {isOne, listOf, type Parents, type PauseNode} from './node.ts';

/** Goes up from a node, to the parents that `visit` returns. Mostly a chain, and then no list is made for it. */
export function climb(node: PauseNode, visit: (node: PauseNode) => Parents): void {
	let parents = visit(node);
	while (isOne(parents)) parents = visit(parents);
	for (const parent of listOf(parents)) climb(parent, visit);
}

/**
 * These nodes and all that `next` leads to from them, nearest first. One that several ways lead to comes
 * once. What a node leads to is asked after its turn.
 */
export function* walk(
	from: Iterable<PauseNode>,
	next: (node: PauseNode) => Iterable<PauseNode>,
): Iterable<PauseNode> {
	// A set grows while it is walked.
	const reached = new Set(from);
	for (const node of reached) {
		yield node;
		for (const more of next(node)) reached.add(more);
	}
}

/** The way up that pauses come down. */
export function pauseParentsOf(node: PauseNode): readonly PauseNode[] {
	return listOf(node.pauseParents);
}

/** The ways up that pauses and aborts come down. */
export function parentsOf({abortParents, pauseParents}: PauseNode): readonly PauseNode[] {
	return pauseParents === abortParents
		? listOf(abortParents)
		: [...listOf(abortParents), ...listOf(pauseParents)];
}

/** The children that somebody needs. */
export function neededChildrenOf(node: PauseNode): PauseNode[] {
	return [...(node.children ?? [])].flatMap(({child}) => child ?? []);
}
