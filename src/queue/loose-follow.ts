import {follow, whenDropped} from '../core/index.ts';

/** The follower of a signal. */
export interface LooseFollower {
	changed(): void;
	aborted(reason: unknown): void;
}

/**
 * Follows a signal without always being kept alive by it: an idle queue that nobody refers to any more
 * is collected, however long its parent signal lives.
 */
export class LooseFollow {
	readonly #weak: WeakRef<LooseFollower>;
	#kept: LooseFollower | null = null;

	/** The caller must keep the follower alive; the signal does so only while {@link isKept} is set. */
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
