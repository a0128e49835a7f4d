import type {PauseNode} from './tree.ts';

/** The nodes above a node: mostly one, and then no array is made for it. */
export type Parents = PauseNode | readonly PauseNode[] | null;

const none: readonly PauseNode[] = [];

export function listOf(parents: Parents): readonly PauseNode[] {
	if (parents === null) return none;
	return 'length' in parents ? parents : [parents];
}
