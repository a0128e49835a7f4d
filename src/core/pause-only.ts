import {unwatch, watch} from './news.ts';
import {SignalNode} from './signal-node.ts';

/**
 * A node that follows the pauses of a node whose aborts it does not follow.
 *
 * When the followed node is aborted, it leaves the tree, and nothing above it would wake the waiters
 * here. So while anything waits or listens here, this node is among those that the followed one must
 * tell of its abort.
 */
export class PauseOnlyNode extends SignalNode {
	#isWatching = false;

	override usageChanged(): void {
		const isUsed = !this.aborted && this.needs > 0;
		if (isUsed === this.#isWatching) return;
		this.#isWatching = isUsed;
		if (isUsed) watch(this);
		else unwatch(this);
	}
}
