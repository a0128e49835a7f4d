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
	/** The follower, as long as the signal shall keep it alive. */
	kept: LooseFollower | null = null;

	/** The caller must keep the follower alive; the signal does so only through {@link kept}. */
	constructor(signal: AbortSignal, follower: LooseFollower) {
		this.#weak = new WeakRef(follower);
		const changed = (): void => this.#weak.deref()?.changed();
		const aborted = (reason: unknown): void => this.#weak.deref()?.aborted(reason);
		whenDropped(follower, follow(signal, {pause: changed, resume: changed, abort: aborted}));
	}
}
