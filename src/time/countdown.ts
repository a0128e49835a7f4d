import {follow, isPaused} from '../core/index.ts';
import {StopTimer} from './stop-timer.ts';

/** The ends that a {@link Countdown} reports. */
export interface CountdownListener {
	end(): void;
	abort?(reason: unknown): void;
}

/**
 * A timer on a signal's active time: it stops while the signal is paused.
 *
 * It ends once: by `end`, by `abort`, or silently by `cancel()`. After that it leaves nothing on the
 * signal. The signal must not have aborted yet.
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
