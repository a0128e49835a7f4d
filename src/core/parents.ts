import type {PauseNode} from './node.ts';

/** The nodes above a node: mostly one, and then no array is made for it. */
export type Parents = PauseNode | readonly PauseNode[] | null;

const none: readonly PauseNode[] = [];

export function isOne(parents: Parents): parents is PauseNode {
	return parents !== null && !('length' in parents);
}

export function listOf(parents: Parents): readonly PauseNode[] {
	if (parents === null) return none;
	return isOne(parents) ? [parents] : parents;
}
