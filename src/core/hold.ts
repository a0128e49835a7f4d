import {type Cancelable, startTimer} from './date-timer.ts';
import {type HoldInfo, type PauseNode} from './node.ts';
import {createHold, whenHoldEnds} from './pauses.ts';
import {addHold, removeHold} from './tree.ts';
import {expectOptions, expectUntil, isDate} from './validate.ts';

/** Options of `hold()`. */
export interface HoldOptions {
	/** When the hold ends on its own: a `Date`, by the wall clock, or milliseconds from now. */
	readonly until?: Date | number | undefined;
}

let hasEnded: (hold: PauseHold) => boolean;

// A friend of the class, for the other folders, because reading `released` keeps the process alive.
export {hasEnded};

/**
 * One hold on a pausable signal, from `hold(reason)`. The signal is paused as long as it has a hold.
 *
 * Use it for a pause with its own end, such as a back-off: `hold(reason, {until})`, `using hold = …` or
 * `release()`.
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
 *
 * const short = controller.hold('429', {until: 10});
 * await short.released; // => true
 * controller.signal.paused; // => false
 * ```
 */
export class PauseHold implements HoldInfo {
	static {
		hasEnded = (hold) => hold.#wasReleased !== undefined;
	}

	/** The reason passed to `hold()`. */
	readonly reason: unknown;
	/** When it began: `Date.now()` milliseconds. */
	readonly since: number;
	/** When it ends on its own: `Date.now()` milliseconds. `undefined` if it does not. */
	declare readonly until?: number;
	readonly #node: PauseNode;
	readonly #hold: HoldInfo;
	#timer: Cancelable | null = null;
	/** Makes its timer keep the process alive, if it does not yet. */
	#keepAlive: (() => void) | null = null;
	#wasReleased: boolean | undefined;
	#released: Promise<boolean> | undefined;
	#settle: ((wasReleased: boolean) => void) | undefined;
	readonly #ended: (() => void) | undefined;

	/** @internal `keepAlive` says whether the timer of `until` keeps the process alive; `ended` is called after the end. */
	constructor(
		node: PauseNode,
		reason: unknown,
		options: HoldOptions | undefined,
		keepAlive: boolean,
		ended?: () => void,
	) {
		expectOptions('options', options, '{until}');
		const until = expectUntil(options?.until);
		const time = timeOf(until);
		this.#node = node;
		this.#ended = ended;
		this.#hold = createHold(reason, time);
		this.reason = reason;
		this.since = this.#hold.since;
		if (time !== undefined) this.until = time;
		if (node.aborted) this.#end(false);
		else this.#begin(until, keepAlive);
	}

	#begin(until: Date | number | undefined, keepAlive: boolean): void {
		whenHoldEnds(this.#hold, (wasReleased) => this.#end(wasReleased));
		if (until !== undefined) this.#arm(until, keepAlive);
		addHold(this.#node, this.#hold);
	}

	#arm(until: Date | number, keepAlive: boolean): void {
		const due = performance.now() + Number(until);
		const start = (keeps: boolean): void => {
			const left = isDate(until) ? until : Math.max(0, due - performance.now());
			this.#timer?.cancel();
			this.#timer = startTimer(left, () => this.release(), keeps);
		};
		if (!keepAlive) this.#keepAlive = () => start(true);
		start(keepAlive);
	}

	#end(wasReleased: boolean): void {
		this.#wasReleased = wasReleased;
		this.#timer?.cancel();
		this.#settle?.(wasReleased);
		this.#ended?.();
	}

	/**
	 * Resolves when the hold has ended: with `true` after `release()` or at its time, with `false` if the
	 * held work was aborted or has ended. It never rejects. Other holds may still pause the signal.
	 *
	 * Reading it makes a hold with `until` keep the process alive until that time.
	 */
	get released(): Promise<boolean> {
		if (this.#released === undefined && this.#wasReleased === undefined) this.#keepAlive?.();
		return (this.#released ??= new Promise((resolve) => {
			if (this.#wasReleased === undefined) this.#settle = resolve;
			else resolve(this.#wasReleased);
		}));
	}

	/** Ends the hold. Returns whether it was in force: `false` a second time, or after an abort. */
	release(): boolean {
		return removeHold(this.#node, this.#hold);
	}

	/** Calls {@link release}. */
	[Symbol.dispose](): void {
		this.release();
	}
}

/** In `Date.now()` milliseconds. `Infinity` means never, as no time does. */
function timeOf(until: Date | number | undefined): number | undefined {
	if (until === undefined || until === Infinity) return undefined;
	return isDate(until) ? until.getTime() : Date.now() + until;
}
