import {expectSignal, follow, isPaused, whenDropped} from '../core/index.ts';
import {now} from './clock.ts';

// Separate from the stopwatch, so that following the signal does not keep the stopwatch alive.
class Readings {
	readonly #startedAt: number = now();
	#pausedBefore = 0;
	#pausedAt: number | undefined;
	#stoppedAt: number | undefined;
	#unfollow: (() => void) | undefined;

	follow(signal: AbortSignal): void {
		if (isPaused(signal)) this.#pausedAt = this.#startedAt;
		this.#unfollow = follow(signal, {
			pause: (at) => this.#pause(at),
			resume: (at) => this.#resume(at),
			abort: () => this.stop(),
		});
		if (signal.aborted) this.stop();
	}

	// The pause or resume may have happened before the stopwatch existed.
	#pause(at: number): void {
		this.#pausedAt ??= Math.max(at, this.#startedAt);
	}

	#resume(at: number): void {
		this.#pausedBefore = this.#pausedUntil(Math.max(at, this.#startedAt));
		this.#pausedAt = undefined;
	}

	stop(): void {
		this.#stoppedAt ??= now();
		this.#unfollow?.();
		// This function refers to the signal, and the stack of the signal's reason to whoever aborted it. If
		// that one holds the stopwatch, the ring would never be collected.
		this.#unfollow = undefined;
	}

	get paused(): number {
		return this.#pausedUntil(this.#stoppedAt ?? now());
	}

	// One look at the clock: two would let the difference drift while paused.
	get elapsed(): number {
		const end = this.#stoppedAt ?? now();
		return end - this.#startedAt - this.#pausedUntil(end);
	}

	#pausedUntil(end: number): number {
		return this.#pausedBefore + (this.#pausedAt === undefined ? 0 : end - this.#pausedAt);
	}
}

/**
 * A stopwatch that stands still while its signal is paused. It comes from {@link stopwatch}.
 *
 * It stops for good on abort, by `stop()` and at the end of a `using` block.
 */
export class Stopwatch {
	readonly #readings: Readings = new Readings();

	/** Use {@link stopwatch}. */
	constructor(signal: AbortSignal) {
		const readings = this.#readings;
		readings.follow(signal);
		whenDropped(this, () => readings.stop());
	}

	/** Active milliseconds: from the start until now, without the pauses. */
	get elapsed(): number {
		return this.#readings.elapsed;
	}

	/** Milliseconds of pause since the start. */
	get paused(): number {
		return this.#readings.paused;
	}

	/** Stops it for good; both readings stay. */
	stop(): void {
		this.#readings.stop();
	}

	/** Stops it. */
	[Symbol.dispose](): void {
		this.stop();
	}
}

/**
 * Starts a stopwatch on a signal's active time.
 *
 * Use it for rates, progress and estimates that a pause must not spoil. `elapsed` and `paused` are
 * milliseconds. An abort stops it. It leaves nothing on the signal once it is stopped or dropped.
 *
 * It is no checkpoint. An abort loses nothing: both readings stay.
 *
 * @example
 * ```ts
 * import {PausableController, stopwatch} from 'pausable-signal';
 *
 * const controller = new PausableController();
 * const watch = stopwatch(controller.signal);
 * controller.pause();
 * const before = watch.elapsed;
 * await new Promise((resolve) => setTimeout(resolve, 10));
 * watch.elapsed === before; // => true
 * watch.paused > 0; // => true
 * watch.stop();
 * ```
 */
export function stopwatch(signal: AbortSignal): Stopwatch {
	return new Stopwatch(expectSignal('signal', signal));
}
