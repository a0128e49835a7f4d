/**
 * The pausing of one lane: its own pause and holds, the times at which they end, and the reports of
 * `pause()`.
 *
 * Invariants:
 *
 * C1. A lane follows its signal only while there is a reason: jobs that a pause holds back, for which
 *     a report may wait, or a listener for its states. So a pause of the queue costs nothing for an idle
 *     lane.
 * C2. A pause without an end wins: a time never shortens it, and it replaces one that has a time.
 *     The timers of pauses and holds let the process end: jobs keep it alive, a pause does not.
 * C3. Each report resolves once: when nothing moves here, when the pause is over, or when its time is
 *     up.
 */
import {
	createPool,
	follow,
	type HoldOptions,
	holdSignal,
	PausableController,
	type PausableSignal,
	type PauseHold,
	type Pool,
	waitIn,
	WaiterList,
} from '../core/index.ts';

/** The lane that this pauses. */
export interface ControlHost {
	readonly parent: {readonly control: Control} | null;
	readonly counts: {readonly waiting: number; readonly running: number; readonly parked: number};
	/** Called when the lane itself is paused, and not only one around it. */
	heldHere(): void;
	/** Called when a hold has ended, whatever else is paused: the lane may have nothing left to lose. */
	noteUse(): void;
	/** Called when the pause may be over. */
	resumed(): void;
	/** Called when the state may have changed. */
	touch(): void;
}

export class Control {
	readonly #host: ControlHost;
	#controller: PausableController;
	#reports: WaiterList | null = null;
	/** The hold of `pause()`; its time may have ended it since. */
	#pause: PauseHold | null = null;
	#unfollow: (() => void) | null = null;
	#tellsStates = false;
	#pool: Pool | null = null;

	constructor(host: ControlHost, controller: PausableController) {
		this.#host = host;
		this.#controller = controller;
	}

	get signal(): PausableSignal {
		return this.#controller.signal;
	}

	/** The queue's pool, for the tasks that are added now. */
	get pool(): Pool {
		return this.#host.parent?.control.pool ?? (this.#pool ??= createPool(this.signal));
	}

	pause(reason: unknown, options: HoldOptions): void {
		const old = this.#pause;
		// C2
		if (old !== null && old.until === undefined) return;
		this.#pause = this.hold(reason, options);
		old?.release();
	}

	resume(): boolean {
		const hold = this.#pause;
		this.#pause = null;
		return hold?.release() === true;
	}

	hold(reason: unknown, options: HoldOptions | undefined): PauseHold {
		// Weak, because the timer of a hold must keep nothing else alive.
		const host = new WeakRef(this.#host);
		const hold = holdSignal(this.signal, reason, options, () => host.deref()?.noteUse());
		this.followIfNeeded();
		this.#host.heldHere();
		return hold;
	}

	/** Resolves when nothing moves here any more, or after `timeout` milliseconds (C3). */
	async report(timeout: number): Promise<void> {
		const {running, parked} = this.#host.counts;
		if (!this.signal.paused || running === parked) return;
		const reported = waitIn((this.#reports ??= new WaiterList()), timeout);
		this.follow();
		await reported;
	}

	/** Resolves the reports whose outcome is known by now. */
	answer(): void {
		if (this.#reports === null) return;
		const {running, parked} = this.#host.counts;
		if (!this.signal.paused || running === parked) this.#reports.end('open');
	}

	/** To be called when the first listener for states comes, and when the last one goes. */
	tellStates(isHeard: boolean): void {
		this.#tellsStates = isHeard;
		this.followIfNeeded();
		this.unfollowIfIdle();
	}

	follow(): void {
		this.#unfollow ??= follow(this.signal, {
			pause: () => this.#host.touch(),
			resume: () => this.#host.resumed(),
		});
	}

	followIfNeeded(): void {
		if (this.#hasReason) this.follow();
	}

	unfollowIfIdle(): void {
		if (this.#unfollow === null || this.#hasReason) return;
		this.#unfollow();
		this.#unfollow = null;
	}

	// C1
	get #hasReason(): boolean {
		const {waiting, running} = this.#host.counts;
		return this.#tellsStates || (waiting + running > 0 && this.signal.paused);
	}

	/**
	 * Takes a new signal, so that an abort of the old one spares what is added from now on. Returns the
	 * function that aborts the old one.
	 */
	renew(above: AbortSignal): (reason: unknown) => void {
		const old = this.#controller;
		this.#pause = this.#pool = null;
		this.#unfollow?.();
		this.#unfollow = null;
		this.#controller = new PausableController({signal: above, name: old.signal.name});
		if (this.#tellsStates) this.follow();
		return (reason) => {
			old.abort(reason);
			this.answer();
		};
	}

	/** Aborts its signal for good. */
	close(reason: unknown): void {
		this.#controller.abort(reason);
		this.answer();
	}
}
