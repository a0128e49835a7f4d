import {type Cancelable, type PauseHold, startTimer as startAnyTimer} from '../core/index.ts';

/** The timers that end the holds of a lane, each until its hold is gone. */
export class EndTimers {
	readonly #timers = new Set<Cancelable>();

	/** Releases a hold at a `Date`, or after so many milliseconds. */
	add(hold: PauseHold, until: Date | number): void {
		const timer = startTimer(until, () => hold.release());
		this.#timers.add(timer);
		// A hold has no other way to tell of its end, and its timer must not outlast it.
		const release = hold.release.bind(hold);
		hold.release = (): boolean => {
			timer.cancel();
			this.#timers.delete(timer);
			return release();
		};
	}

	/** To be called when an abort has ended all holds. */
	clear(): void {
		for (const timer of this.#timers) timer.cancel();
		this.#timers.clear();
	}
}

/** Unreferenced: what keeps the process alive is that there are tasks, not that there is a pause. */
export function startTimer(until: Date | number, callback: () => void): Cancelable {
	return startAnyTimer(until, callback, false);
}
