import {isAborted, isPausedNow} from './driven.ts';
import {addFollower} from './news.ts';
import {type Follower, PauseNode, type Point} from './node.ts';
import {observe} from './observer.ts';

const nothing = (): void => {};

/** The node of a signal of ours, for the other folders. */
export class SignalNode extends PauseNode implements Point {
	get isPaused(): boolean {
		return isPausedNow(this);
	}

	noteCheckpoint(): void {
		if (isAborted(this)) return;
		observe();
		this.work?.passed();
	}

	beginRest(): void {
		this.work?.rest(1);
	}

	endRest(): void {
		this.work?.rest(-1);
	}

	follow(follower: Follower): () => void {
		return this.aborted ? nothing : addFollower(this, follower);
	}
}
