import {follow, isPaused, Timer} from '../core/index.ts';
import {now} from './clock.ts';

/** What a {@link Countdown} tells. */
export interface CountdownListener {
	end(): void;
	abort?(reason: unknown): void;
}

/**
 * A timer on a signal's active time: it stops while the signal is paused.
 *
 * It ends once, by `end` or `abort`, or silently by `cancel()`; after that nothing of it is left on
 * the signal. The signal must not be aborted yet.
 */
export class Countdown {
	readonly #listener: CountdownListener;
	readonly #signal: AbortSignal;
	readonly #keepAlive: boolean;
	readonly #unfollow: () => void;
	#remaining: number;
	#startedAt = 0;
	#timer: Timer | null = null;

	constructor(signal: AbortSignal, ms: number, listener: CountdownListener, keepAlive = true) {
		this.#signal = signal;
		this.#listener = listener;
		this.#remaining = ms;
		this.#keepAlive = keepAlive;
		this.#unfollow = follow(signal, {
			pause: () => this.#look(),
			resume: () => this.#look(),
			abort: (reason) => {
				this.cancel();
				listener.abort?.(reason);
			},
		});
		this.#look();
	}

	#look(): void {
		const isRunning = this.#timer !== null;
		if (isRunning === !isPaused(this.#signal)) return;
		if (isRunning) this.#stop();
		else this.#start();
	}

	#start(): void {
		this.#startedAt = now();
		this.#timer = new Timer(
			() => {
				this.cancel();
				this.#listener.end();
			},
			this.#remaining,
			this.#keepAlive,
		);
	}

	#stop(): void {
		this.#remaining = this.remaining;
		this.#timer?.cancel();
		this.#timer = null;
	}

	/** Milliseconds of active time that are left. */
	get remaining(): number {
		if (this.#timer === null) return this.#remaining;
		return Math.max(0, this.#remaining - (now() - this.#startedAt));
	}

	cancel(): void {
		this.#unfollow();
		this.#timer?.cancel();
		this.#timer = null;
	}
}
