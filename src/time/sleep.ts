import {atNextJob, DateTimer, type Follower, isDate, type Point, pointOf} from '../core/index.ts';
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
 * It never ends during a pause: if it falls due then, it ends on resume, after one more look, so that
 * `resume(); pause()` in one tick lets nothing through. While the signal is paused it counts as
 * standing still, until the moment it ends. After the end, or after `cancel()`, it leaves nothing on
 * the signal. The signal must not have aborted yet.
 */
export class Sleep implements Follower {
	readonly #point: Point;
	readonly #listener: SleepListener;
	readonly #stopsInPauses: boolean;
	readonly #timer: SleepTimer;
	readonly #unfollow: () => void;
	#isResting = false;
	#isDue = false;

	/** `due` is how long it sleeps, or until when; a `Date` means the wall clock whatever `clock` says. */
	constructor(signal: AbortSignal, due: number | Date, clock: Clock, listener: SleepListener) {
		const point = pointOf(signal);
		this.#point = point;
		this.#listener = listener;
		const isHeld = point.isPaused;
		const callback = (): void => {
			this.#isDue = true;
			this.#endSoon();
		};
		this.#stopsInPauses = clock === 'active' && !isDate(due);
		this.#timer = isDate(due)
			? dateTimer(callback, due)
			: new StopTimer(callback, due, true, !(isHeld && this.#stopsInPauses));
		this.#unfollow = point.follow(this);
		point.noteCheckpoint();
		if (isHeld) this.#look();
	}

	/** The signal was paused. */
	pause(at: number): void {
		if (this.#stopsInPauses) this.#timer.stop(at);
		this.#look();
	}

	/** The signal was resumed. */
	resume(at: number): void {
		if (!this.#isDue) this.#timer.start(at);
		this.#look();
	}

	/** The signal was aborted. */
	abort(reason: unknown): void {
		this.cancel();
		this.#listener.abort(reason);
	}

	#look(): void {
		this.#rest(this.#point.isPaused);
		if (this.#isDue) this.#endSoon();
	}

	#endSoon(): void {
		atNextJob(() => {
			if (!this.#isDue || this.#point.isPaused) return;
			this.cancel();
			this.#listener.end();
		});
	}

	#rest(isResting: boolean): void {
		if (isResting === this.#isResting) return;
		this.#isResting = isResting;
		if (isResting) this.#point.beginRest();
		else this.#point.endRest();
	}

	cancel(): void {
		this.#isDue = false;
		this.#unfollow();
		this.#timer.cancel();
		this.#rest(false);
	}
}

type SleepTimer = Pick<StopTimer, 'start' | 'stop' | 'cancel'>;

// A pause does not stop it.
function dateTimer(callback: () => void, date: Date): SleepTimer {
	const timer = new DateTimer(callback, date.getTime(), true);
	return {start() {}, stop() {}, cancel: () => timer.cancel()};
}
