import {addFollower, listOf, PauseNode, standAgain} from './tree.ts';

/**
 * A node that follows the pauses of others without following their aborts.
 *
 * When such a parent is aborted, it leaves the tree above it, and nothing that happens there would
 * wake those who wait here. So while anything waits or listens here, the node follows that parent.
 */
export class PauseOnlyNode extends PauseNode {
	#unfollows: (() => void)[] = [];

	override usageChanged(): void {
		const isUsed = !this.aborted && this.needs > 0;
		if (isUsed === this.#unfollows.length > 0) return;
		if (isUsed) this.#follow();
		else this.#unfollow();
	}

	#follow(): void {
		const aborting = new Set(listOf(this.abortParents));
		this.#unfollows = listOf(this.pauseParents)
			.filter((parent) => !parent.aborted && !aborting.has(parent))
			.map((parent) => addFollower(parent, {abort: () => standAgain(this)}));
	}

	#unfollow(): void {
		for (const unfollow of this.#unfollows.splice(0)) unfollow();
	}
}
