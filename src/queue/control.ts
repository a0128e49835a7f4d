/**
 * The pausing of one lane: its own pause and holds, the times at which they end, and the reports of
 * `pause()`.
 *
 * Invariants:
 *
 * C1. A lane follows its signal only while there is a reason: jobs that a pause keeps, a report that
 *     is awaited, or a listener for its states. An idle lane costs a pause of the queue nothing.
 * C2. A pause without an end wins: a time never shortens it, and it replaces one that has a time.
 * C3. Each report is answered once: when nothing moves here, when the pause is over, or when its time
 *     is up.
 */
import {
	follow,
	PausableController,
	type PausableSignal,
	type Cancelable,
	type PauseHold,
	Waiter,
	WaiterList,
} from '../core/index.ts';
import {EndTimers, startTimer} from './end-timers.ts';

/** The lane that is paused. */
export interface ControlHost {
	readonly counts: {readonly waiting: number; readonly running: number; readonly parked: number};
	/** It was paused itself, and not only further out. */
	heldHere(): void;
	/** It may be paused no more. */
	resumed(): void;
	/** Its state may have changed. */
	touch(): void;
}

export class Control {
	readonly #host: ControlHost;
	#controller: PausableController;
	#reports: WaiterList | null = null;
	#pauseTimer: Cancelable | null = null;
	#holdTimers: EndTimers | null = null;
	#unfollow: (() => void) | null = null;
	#tellsStates = false;

	constructor(host: ControlHost, controller: PausableController) {
		this.#host = host;
		this.#controller = controller;
	}

	get signal(): PausableSignal {
		return this.#controller.signal;
	}

	pause(reason: unknown, until?: Date | number): void {
		const hasChanged = this.#controller.pause(reason);
		const hadTime = this.#pauseTimer !== null;
		this.#pauseTimer?.cancel();
		this.#pauseTimer = null;
		// C2
		if (until !== undefined && (hasChanged || hadTime))
			this.#pauseTimer = startTimer(until, () => this.resume());
		if (hasChanged) this.#held();
	}

	resume(): boolean {
		this.#pauseTimer?.cancel();
		this.#pauseTimer = null;
		return this.#controller.resume();
	}

	hold(reason: unknown, until?: Date | number): PauseHold {
		const hold = this.#controller.hold(reason);
		if (until !== undefined && !this.signal.aborted) (this.#holdTimers ??= new EndTimers()).add(hold, until);
		this.#held();
		return hold;
	}

	#held(): void {
		this.followIfNeeded();
		this.#host.heldHere();
	}

	/** Resolves when nothing moves here any more, or after so many milliseconds (C3). */
	async report(timeout: number): Promise<void> {
		const {running, parked} = this.#host.counts;
		if (!this.signal.paused || running === parked) return;
		await new Promise<void>((resolve) => {
			(this.#reports ??= new WaiterList()).add(new Waiter(() => resolve(), timeout));
			this.follow();
		});
	}

	/** Answers the reports whose outcome is known by now. */
	answer(): void {
		if (this.#reports === null || this.#reports.size === 0) return;
		const {running, parked} = this.#host.counts;
		if (!this.signal.paused || running === parked) this.#reports.end('open');
	}

	/** Says whether somebody listens for its states. */
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
		const {waiting, running, parked} = this.#host.counts;
		const keepsJobs = parked > 0 || (waiting + running > 0 && this.signal.paused);
		return keepsJobs || this.#tellsStates || (this.#reports !== null && this.#reports.size > 0);
	}

	/**
	 * Takes a new signal: what is added from now on is not aborted with the old one. Returns what
	 * aborts the old one.
	 */
	renew(above: AbortSignal | undefined): (reason: unknown) => void {
		const old = this.#controller;
		this.#cancelTimers();
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
		this.#cancelTimers();
		this.#controller.abort(reason);
		this.answer();
	}

	#cancelTimers(): void {
		this.#pauseTimer?.cancel();
		this.#pauseTimer = null;
		this.#holdTimers?.clear();
	}
}
