import {Timer} from './timer.ts';
import {isDate} from './validate.ts';

/** Something that calls back later. */
export interface Cancelable {
	cancel(): void;
}

// The wall clock may reach a moment earlier than a timer, because the platform's timers use a clock that
// stands still while the machine sleeps.
const lookEvery = 60_000;

const armed = new Set<DateTimer>();

// The wall clock minus the monotonic one: it changes when the machine sleeps or somebody sets the clock.
let lead = 0;
const noticeable = 500;

function measureLead(): number {
	return Date.now() - performance.now();
}

/**
 * Calls back once the wall clock has reached a moment: never earlier, and after a sleep of the machine
 * on the next {@link lookAtDates}, or within a minute.
 */
export class DateTimer implements Cancelable {
	readonly #callback: () => void;
	readonly #time: number;
	readonly #keepAlive: boolean;
	#timer: Timer;

	/** `time` is in `Date.now()` milliseconds. `keepAlive` is as for {@link Timer}. */
	constructor(callback: () => void, time: number, keepAlive: boolean) {
		this.#callback = callback;
		this.#time = time;
		this.#keepAlive = keepAlive;
		if (armed.size === 0) lead = measureLead();
		armed.add(this);
		this.#timer = this.#arm();
	}

	#arm(): Timer {
		const ms = Math.min(Math.max(0, this.#time - Date.now()), lookEvery);
		return new Timer(() => this.look(), ms, this.#keepAlive);
	}

	/** Compares the moment with the wall clock. */
	look(): void {
		const isDue = Date.now() >= this.#time;
		this.#timer.cancel();
		if (!isDue) {
			this.#timer = this.#arm();
			return;
		}
		armed.delete(this);
		this.#callback();
	}

	cancel(): void {
		this.#timer.cancel();
		armed.delete(this);
	}
}

/** To be called on a resume: moments that passed while the machine slept are due now. */
export function lookAtDates(): void {
	if (armed.size === 0) return;
	const now = measureLead();
	if (Math.abs(now - lead) < noticeable) return;
	lead = now;
	for (const timer of armed) timer.look();
}

/** Calls back at a `Date`, by the wall clock, or after that many milliseconds. */
export function startTimer(until: Date | number, callback: () => void, keepAlive: boolean): Cancelable {
	return isDate(until)
		? new DateTimer(callback, until.getTime(), keepAlive)
		: new Timer(callback, until, keepAlive);
}
