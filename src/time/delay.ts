import {
	expectMilliseconds,
	expectSignal,
	follow,
	isPaused,
	notePass,
	noteRest,
	outOfRange,
	PausableSignal,
	Timer,
} from '../core/index.ts';
import {type ClockOptions, expectClock} from './clock.ts';
import {Countdown} from './countdown.ts';

/**
 * Waits for `due` milliseconds of active time, or until a `Date`.
 *
 * Use it for any sleep in work that can be paused or aborted. The clock stops while the signal is
 * paused. A `Date` is wall-clock time, and so are milliseconds with `{clock: 'wall'}`: what falls
 * due during a pause is due on resume. Any length works; `Infinity` waits for the abort.
 *
 * Resolves when due. Rejects with the signal's reason at once on abort, also while paused, and
 * leaves no timer. Rejects with a `TypeError` or `RangeError` on a bad argument.
 *
 * @example
 * ```ts
 * import {delay, PausableController} from 'pausable-signal';
 *
 * const controller = new PausableController();
 * await delay(controller.signal, 10);
 * const long = delay(controller.signal, 60_000).catch((reason: unknown) => reason);
 * controller.pause();
 * controller.abort('no time');
 * await long; // => 'no time'
 * ```
 */
export async function delay(signal: AbortSignal, due: number | Date, options?: ClockOptions): Promise<void> {
	expectSignal('signal', signal);
	const clock = expectClock(options);
	const ms = due instanceof Date ? millisecondsUntil(due) : expectMilliseconds('due', due);
	if (signal.aborted) throw signal.reason;
	notePass(signal);
	if (clock === 'active' && !(due instanceof Date)) return activeDelay(signal, ms);
	await wallDelay(signal, ms);
	return PausableSignal.from(signal).checkpoint();
}

function millisecondsUntil(date: Date): number {
	const time = date.getTime();
	if (Number.isNaN(time)) throw outOfRange('due', 'a valid Date', date);
	return Math.max(0, time - Date.now());
}

function activeDelay(signal: AbortSignal, ms: number): Promise<void> {
	return new Promise((resolve, reject) => {
		const rest = new Rest(signal);
		new Countdown(signal, ms, {
			end: resolve,
			abort(reason) {
				rest.end();
				reject(reason);
			},
			stop: () => rest.begin(),
			start: () => rest.end(),
		});
	});
}

function wallDelay(signal: AbortSignal, ms: number): Promise<void> {
	return new Promise((resolve, reject) => {
		const rest = new Rest(signal);
		const end = (settle: () => void): void => {
			timer.cancel();
			unfollow();
			rest.end();
			settle();
		};
		const timer = new Timer(() => end(resolve), ms);
		const unfollow = follow(signal, {
			pause: () => rest.begin(),
			resume: () => rest.end(),
			abort: (reason) => end(() => reject(reason)),
		});
		if (isPaused(signal)) rest.begin();
	});
}

// A sleeper whose signal is paused stands still: it counts as parked.
class Rest {
	readonly #signal: AbortSignal;
	#end: (() => void) | undefined;

	constructor(signal: AbortSignal) {
		this.#signal = signal;
	}

	begin(): void {
		this.#end ??= noteRest(this.#signal);
	}

	end(): void {
		this.#end?.();
		this.#end = undefined;
	}
}
