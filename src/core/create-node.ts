import {link} from './links.ts';
import {isOne, listOf, type Parents, type Work} from './node.ts';
import type {SignalNode} from './signal-node.ts';

/** Makes a node and makes it known to its parents, none of which is aborted. */
export function createNode(
	signal: AbortSignal,
	abortParents: Parents,
	pauseParents: Parents,
	isComposite: boolean,
	name: string | undefined,
	Node: typeof SignalNode,
	isKept: boolean,
): SignalNode {
	const node = new Node(signal, abortParents, pauseParents, isComposite, name);
	if (abortParents !== null) link(node, isKept);
	node.work = workOf(pauseParents)?.share(node) ?? null;
	return node;
}

function workOf(parents: Parents): Work | null | undefined {
	return isOne(parents) ? parents.work : listOf(parents).find(({work}) => work !== null)?.work;
}
