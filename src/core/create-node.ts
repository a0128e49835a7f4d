import {link} from './links.ts';
import {PauseNode} from './node.ts';
import {isOne, type Parents} from './parents.ts';
import {WorkGroup} from './work-group.ts';

/** Makes a node and makes it known to its parents, none of which is aborted. */
export function createNode(
	signal: AbortSignal | null,
	abortParents: Parents,
	pauseParents: Parents,
	isComposite: boolean,
	name?: string,
	Node: typeof PauseNode = PauseNode,
	isKept = false,
): PauseNode {
	const node = new Node(signal, abortParents, pauseParents, isComposite, name);
	if (abortParents !== null) link(node, isKept);
	if (isOne(pauseParents)) node.group = pauseParents.group;
	else if (pauseParents !== null) node.group = WorkGroup.among(pauseParents);
	return node;
}
