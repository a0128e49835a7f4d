import {
	atNextJob,
	type Cancelable,
	DateTimer,
	follow,
	isDate,
	isPaused,
	notePass,
	noteRest,
} from '../core/index.ts';
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
	readonly #timer: Pick<StopTimer, 'start' | 'stop'>;
	readonly #unfollow: () => void;
	#moveOn: (() => void) | undefined;
	#isDue = false;

	/** `due` is how long it sleeps, or until when; a `Date` goes by the wall clock whatever `clock` says. */
	constructor(signal: AbortSignal, due: number | Date, clock: Clock, listener: SleepListener) {
		this.#signal = signal;
		this.#listener = listener;
		const callback = (): void => {
			this.#isDue = true;
			this.#endSoon();
		};
		const isMoment = isDate(due);
		const stopsInPauses = clock === 'active' && !isMoment;
		this.#timer = isMoment ? dateTimer(callback, due) : new StopTimer(callback, due);
		this.#unfollow = follow(signal, {
			pause: (at) => {
				if (stopsInPauses) this.#timer.stop(at);
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
		if (!stopsInPauses || !isPaused(signal)) this.#timer.start();
		this.#look();
	}

	#look(): void {
		const isHeld = isPaused(this.#signal);
		if (isHeld) this.#moveOn ??= noteRest(this.#signal);
		else this.#endRest();
		if (this.#isDue) this.#endSoon();
	}

	#endSoon(): void {
		atNextJob(() => {
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

function dateTimer(callback: () => void, date: Date): Pick<StopTimer, 'start' | 'stop'> {
	let timer: Cancelable | undefined;
	return {
		start: () => void (timer ??= new DateTimer(callback, date.getTime())),
		stop: () => timer?.cancel(),
	};
}
