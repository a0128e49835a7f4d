import {follow, isPaused, notePass, noteRest} from '../core/index.ts';
import type {Clock} from './clock.ts';
import {StopTimer} from './stop-timer.ts';

/** How a {@link Sleep} ends. */
export interface SleepListener {
	end(): void;
	abort(reason: unknown): void;
}

/**
 * Work that waits for time to pass, behind `delay()` and `interval()`.
 *
 * It never ends during a pause: what falls due then ends on resume, and looks again before that, so
 * that `resume(); pause()` in one tick lets nothing through. It counts as standing still while the
 * signal is paused, until the very moment when it ends. Nothing of it is left on the signal after
 * the end, or after `cancel()`. The signal must not be aborted yet.
 */
export class Sleep {
	readonly #signal: AbortSignal;
	readonly #listener: SleepListener;
	readonly #timer: StopTimer;
	readonly #unfollow: () => void;
	#moveOn: (() => void) | undefined;
	#isDue = false;

	constructor(signal: AbortSignal, ms: number, clock: Clock, listener: SleepListener) {
		this.#signal = signal;
		this.#listener = listener;
		this.#timer = new StopTimer(() => {
			this.#isDue = true;
			this.#endSoon();
		}, ms);
		this.#unfollow = follow(signal, {
			pause: (at) => {
				if (clock === 'active') this.#timer.stop(at);
				this.#look();
			},
			resume: (at) => {
				if (!this.#isDue) this.#timer.start(at);
				this.#look();
			},
			abort: (reason) => {
				this.cancel();
				listener.abort(reason);
			},
		});
		notePass(signal);
		if (clock === 'wall' || !isPaused(signal)) this.#timer.start();
		this.#look();
	}

	#look(): void {
		const isHeld = isPaused(this.#signal);
		if (isHeld) this.#moveOn ??= noteRest(this.#signal);
		else this.#endRest();
		if (this.#isDue) this.#endSoon();
	}

	#endSoon(): void {
		void Promise.resolve().then(() => {
			if (!this.#isDue || isPaused(this.#signal)) return;
			this.cancel();
			this.#listener.end();
		});
	}

	#endRest(): void {
		this.#moveOn?.();
		this.#moveOn = undefined;
	}

	cancel(): void {
		this.#isDue = false;
		this.#unfollow();
		this.#timer.stop();
		this.#endRest();
	}
}
