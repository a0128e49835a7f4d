import {Timer} from '../core/index.ts';
import {now} from './clock.ts';

/** A timer that can be stopped and started again. It stands still at first. */
export class StopTimer {
	readonly #callback: () => void;
	readonly #keepAlive: boolean;
	#remaining: number;
	#startedAt = 0;
	#timer: Timer | null = null;

	constructor(callback: () => void, ms: number, keepAlive = true) {
		this.#callback = callback;
		this.#remaining = ms;
		this.#keepAlive = keepAlive;
	}

	start(): void {
		if (this.#timer !== null) return;
		this.#startedAt = now();
		this.#timer = new Timer(this.#callback, this.#remaining, this.#keepAlive);
	}

	stop(): void {
		this.#remaining = this.remaining;
		this.#timer?.cancel();
		this.#timer = null;
	}

	/** Milliseconds of running that are left. */
	get remaining(): number {
		if (this.#timer === null) return this.#remaining;
		return Math.max(0, this.#remaining - (now() - this.#startedAt));
	}
}
