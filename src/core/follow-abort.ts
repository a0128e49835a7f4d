import {outsiderOf} from './outside.ts';
import {Stamp} from './stamp.ts';

/**
 * Follows a signal for its abort alone, and returns what ends that. Apart from the rest, as a gate
 * needs no more: what there is to pauses is loaded with the signals that have some.
 */
export function followAbort(signal: AbortSignal, abort: (reason: unknown) => void): () => void {
	return (Stamp.nodeOf(signal) ?? outsiderOf(signal)).follow({abort});
}
