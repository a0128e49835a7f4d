import {follow, whenDropped} from '../core/index.ts';

/** What hears of a signal. */
export interface LooseFollower {
	changed(): void;
	aborted(reason: unknown): void;
}

/**
 * Follows a signal for somebody whom the signal keeps alive only while there is a reason to: an idle
 * queue that nobody has any more is collected, however long its parent lives.
 */
export class LooseFollow {
	readonly #weak: WeakRef<LooseFollower>;
	#kept: LooseFollower | null = null;

	/** The follower is to be kept by who it works for. */
	constructor(signal: AbortSignal, follower: LooseFollower) {
		this.#weak = new WeakRef(follower);
		const changed = (): void => this.#weak.deref()?.changed();
		const aborted = (reason: unknown): void => this.#weak.deref()?.aborted(reason);
		whenDropped(follower, follow(signal, {pause: changed, resume: changed, abort: aborted}));
	}

	/** Whether the signal keeps the follower alive. */
	set isKept(isKept: boolean) {
		this.#kept = isKept ? (this.#weak.deref() ?? null) : null;
	}

	get isKept(): boolean {
		return this.#kept !== null;
	}
}
