import {listOf, type PauseNode} from './node.ts';

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
