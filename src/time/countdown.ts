import {follow, isPaused} from '../core/index.ts';
import {StopTimer} from './stop-timer.ts';

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
	readonly #timer: StopTimer;
	readonly #unfollow: () => void;

	constructor(signal: AbortSignal, ms: number, listener: CountdownListener, keepAlive = true) {
		const end = (): void => {
			this.cancel();
			listener.end();
		};
		this.#timer = new StopTimer(end, ms, keepAlive, !isPaused(signal));
		this.#unfollow = follow(signal, {
			pause: (at) => this.#timer.stop(at),
			resume: (at) => this.#timer.start(at),
			abort: (reason) => {
				this.cancel();
				listener.abort?.(reason);
			},
		});
	}

	/** Milliseconds of active time that are left. */
	get remaining(): number {
		return this.#timer.remaining;
	}

	cancel(): void {
		this.#unfollow();
		this.#timer.stop();
	}
}
