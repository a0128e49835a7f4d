import {Timer} from '../core/index.ts';
import {now} from './clock.ts';

/**
 * A timer that can be stopped and started again.
 *
 * `at` is the moment of the pause or resume. The timer may hear of it a little later, and uses `at` so
 * that all clocks that one pause stops agree.
 */
export class StopTimer {
	readonly #callback: () => void;
	readonly #keepAlive: boolean;
	#remaining: number;
	/** When it was created, or last started or stopped. */
	#since: number;
	#timer: Timer | null = null;

	/** `isRunning` starts it at once. */
	constructor(callback: () => void, ms: number, keepAlive: boolean, isRunning: boolean) {
		this.#callback = callback;
		this.#remaining = ms;
		this.#keepAlive = keepAlive;
		this.#since = now();
		if (isRunning) this.#timer = new Timer(callback, ms, keepAlive);
	}

	start(at: number): void {
		if (this.#timer !== null) return;
		this.#since = Math.max(at, this.#since);
		this.#timer = new Timer(this.#callback, this.#remainingAt(now()), this.#keepAlive);
	}

	stop(at: number = now()): void {
		if (this.#timer === null) return;
		const until = Math.max(at, this.#since);
		this.#remaining = this.#remainingAt(until);
		this.#since = until;
		this.#timer.cancel();
		this.#timer = null;
	}

	/** Stops it for good. */
	cancel(): void {
		this.#timer?.cancel();
		this.#timer = null;
	}

	/** Milliseconds of running that are left. */
	get remaining(): number {
		return this.#timer === null ? this.#remaining : this.#remainingAt(now());
	}

	#remainingAt(moment: number): number {
		return Math.max(0, this.#remaining - (moment - this.#since));
	}
}
