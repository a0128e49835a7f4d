import {nodeOf} from './foreign.ts';
import {addFollower} from './news.ts';
import {type Follower} from './node.ts';

const nothing = (): void => {};

/**
 * Follows a signal from inside the library: one subscription for pause, resume and abort, O(1) to
 * add and to remove, gone after the abort. Returns what ends it.
 *
 * A follower that is added while events are being delivered may hear of a change that it has seen
 * already: it looks at the signal instead of counting. On an aborted signal it hears nothing.
 */
export function follow(signal: AbortSignal, follower: Follower): () => void {
	const node = nodeOf(signal);
	return node.aborted ? nothing : addFollower(node, follower);
}
