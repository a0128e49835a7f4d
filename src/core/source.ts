import {nodeOf} from './foreign.ts';
import {createFollower, parentsOf, pausableOnes, type PausableSignal} from './signal.ts';
import {abort, PauseNode} from './tree.ts';

/** A signal together with the way to abort it, which keeps the signal weakly. */
export interface AbortableSource {
	readonly signal: PausableSignal;
	readonly abort: (reason: unknown) => void;
}

// Clears what works for a signal that nobody can notice any more.
const dropped = new FinalizationRegistry<() => void>((cleanUp) => cleanUp());

/**
 * A signal for something that ends by itself, such as a time limit: a child of `parents` and of a
 * source of its own. While nobody listens or waits on it, only its users keep it; once it is
 * collected, `cleanUp` is called.
 */
export function createAbortable(parents: readonly AbortSignal[], cleanUp: () => void): AbortableSource {
	const source = new PauseNode(null, null, null, false);
	const above = parentsOf(parents.map(nodeOf));
	const signal = createFollower(parentsOf([...parents.map(nodeOf), source]), pausableOnes(above));
	dropped.register(nodeOf(signal), cleanUp);
	return {signal, abort: (reason): void => abort(source, reason)};
}

/** The error that a time limit aborts with. */
export function timeoutError(): DOMException {
	return new DOMException('The operation was aborted due to timeout', 'TimeoutError');
}
