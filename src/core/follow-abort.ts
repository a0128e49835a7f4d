import {outsiderOf} from './outside.ts';
import {Stamp} from './stamp.ts';

/**
 * Follows only the abort of a signal; returns the function that ends it. It has its own file because a
 * `Gate` needs no more, and must not load the code for pauses.
 */
export function followAbort(signal: AbortSignal, abort: (reason: unknown) => void): () => void {
	return (Stamp.nodeOf(signal) ?? outsiderOf(signal)).follow({abort});
}
