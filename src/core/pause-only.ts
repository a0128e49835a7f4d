import {unwatch, watch} from './news.ts';
import {SignalNode} from './signal-node.ts';

/**
 * A node that follows the pauses of a node whose aborts it does not follow.
 *
 * When that one is aborted, it leaves the tree above it, and nothing that happens there would wake
 * those who wait here. So while anything waits or listens here, it stands among those that the other
 * has to tell.
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
