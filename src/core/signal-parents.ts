// The nodes that a new signal follows.
import {nodeOf} from './foreign.ts';
import {listOf, type Parents, PauseNode} from './node.ts';
import {expectSignal, isAbortSignal, wrongType} from './validate.ts';

/** The nodes of signals that never do anything: nobody follows them. */
export const inert: WeakSet<PauseNode> = new WeakSet();

/** Parents in the form that the tree keeps them: none for a signal that never does anything. */
export function parentsOf(nodes: Iterable<PauseNode>): Parents {
	const parents = [...new Set(nodes)].filter((node) => !inert.has(node));
	return parents.length > 1 ? parents : (parents[0] ?? null);
}

/** The parents for pauses among the parents for aborts. */
export function pausableOnes(parents: Parents): Parents {
	if (parents === null || parents instanceof PauseNode)
		return parents !== null && parents.canPause ? parents : null;
	const pausable = parents.filter((parent) => parent.canPause);
	return pausable.length === parents.length ? parents : parentsOf(pausable);
}

// Dependents link to the sources and not to a composite: so all of them hear in order of creation, as
// on the platform, and composites in between can be collected.
function originsOf(nodes: readonly PauseNode[], side: 'abortParents' | 'pauseParents'): Parents {
	return parentsOf(nodes.flatMap((node) => (node.isComposite ? listOf(node[side]) : [node])));
}

/** The nodes that `any()` follows: all for aborts; for pauses the pausable ones, or those in `{pause}`. */
export function sourcesOf(
	nodes: readonly PauseNode[],
	pausing: readonly PauseNode[] | undefined,
): {aborting: Parents; pausable: Parents} {
	const pausable = nodes.filter((node) => node.canPause);
	return {
		aborting: originsOf(nodes, 'abortParents'),
		pausable:
			pausing === undefined
				? originsOf(pausable, 'pauseParents')
				: parentsOf(pausing.filter((node) => !node.aborted)),
	};
}

export function expectSignals(name: string, value: unknown): AbortSignal[] {
	if (value === null || typeof (value as Iterable<unknown>)?.[Symbol.iterator] !== 'function')
		throw wrongType(name, 'an iterable of AbortSignals', value);
	const signals = [...(value as Iterable<unknown>)];
	signals.forEach((signal, index) => expectSignal(`${name}[${index}]`, signal));
	return signals as AbortSignal[];
}

function expectPausable(name: string, value: unknown): PauseNode {
	const node = isAbortSignal(value) ? nodeOf(value) : undefined;
	if (node === undefined || !node.canPause) throw wrongType(name, 'a PausableSignal', value);
	return node;
}

/** The nodes of `{pause}`. */
export function pauseNodes(pause: AbortSignal | readonly AbortSignal[]): PauseNode[] {
	if (!Array.isArray(pause)) return [expectPausable('pause', pause)];
	return pause.map((signal, index) => expectPausable(`pause[${index}]`, signal));
}
