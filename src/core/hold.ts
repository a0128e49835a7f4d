import {type HoldInfo, type PauseNode} from './node.ts';
import {createHold} from './pauses.ts';
import {addHold, removeHold} from './tree.ts';

/**
 * One hold on a pausable signal, from `hold(reason)`. The signal is paused as long as it is held.
 *
 * Use it for a pause that has an end of its own, such as a back-off: `using hold = …` or `release()`.
 *
 * @example
 * ```ts
 * import {PausableController} from 'pausable-signal';
 *
 * const controller = new PausableController();
 * const hold = controller.hold('rate limit');
 * controller.resume(); // => false
 * controller.signal.pauseReason; // => 'rate limit'
 * hold.release(); // => true
 * controller.signal.paused; // => false
 * ```
 */
export class PauseHold implements HoldInfo {
	/** What was given to `hold()`. */
	readonly reason: unknown;
	/** When it began: `Date.now()` milliseconds. */
	readonly since: number;
	readonly #node: PauseNode;
	readonly #hold: HoldInfo | null;

	/** @internal */
	constructor(node: PauseNode, reason: unknown) {
		const hold = createHold(reason);
		this.#node = node;
		this.#hold = node.aborted ? null : hold;
		this.reason = reason;
		this.since = hold.since;
		if (this.#hold !== null) addHold(node, hold);
	}

	/** Ends the hold. Returns whether it was in force: `false` a second time, or after an abort. */
	release(): boolean {
		return this.#hold !== null && removeHold(this.#node, this.#hold);
	}

	/** Ends the hold. */
	[Symbol.dispose](): void {
		this.release();
	}
}
