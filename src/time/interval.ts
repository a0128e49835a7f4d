import {expectMilliseconds, expectSignal, outOfRange, reasonOf} from '../core/index.ts';
import {type Clock, type ClockOptions, expectClock, now} from './clock.ts';
import {Sleep} from './sleep.ts';
import {type Stopwatch, stopwatch} from './stopwatch.ts';

/**
 * Ticks every `ms` milliseconds of active time: an async iterable of 0, 1, 2, …
 *
 * Use it for polling: `for await (const tick of interval(signal, 1_000))`. The clock starts with the
 * loop, and the first tick comes after one period. A pause stops the clock; with `{clock: 'wall'}` it
 * runs on, and a tick that falls due during a pause comes on resume. It skips the ticks that a slow
 * body or a pause missed: there is never a burst.
 *
 * Each tick is a checkpoint, and an abort loses nothing.
 *
 * An abort ends the loop, which then throws the signal's reason; so does leaving it. Neither leaves a
 * timer. Throws a `TypeError` or `RangeError` on a bad argument.
 *
 * @example
 * ```ts
 * import {interval, PausableController} from 'pausable-signal';
 *
 * const controller = new PausableController();
 * const ticks: number[] = [];
 * for await (const tick of interval(controller.signal, 5)) {
 * 	ticks.push(tick);
 * 	if (tick === 2) break;
 * }
 * ticks; // => [0, 1, 2]
 * ```
 */
export function interval(signal: AbortSignal, ms: number, options?: ClockOptions): AsyncIterable<number> {
	expectSignal('signal', signal);
	if (expectMilliseconds('ms', ms) === 0) throw outOfRange('ms', 'a number of milliseconds above 0', ms);
	const clock = expectClock(options);
	return {[Symbol.asyncIterator]: () => new Ticks(signal, ms, clock)};
}

// Written by hand: a generator that waits for a tick cannot react to return().
class Ticks implements AsyncIterator<number, undefined> {
	readonly #signal: AbortSignal;
	readonly #ms: number;
	readonly #clock: Clock;
	#watch: Stopwatch | undefined;
	#startedAt = 0;
	#period = 0;
	#count = 0;
	#isOver = false;
	/** Ends the current wait for a tick. */
	#leave: (() => void) | undefined;
	#last: Promise<unknown> = Promise.resolve();

	constructor(signal: AbortSignal, ms: number, clock: Clock) {
		this.#signal = signal;
		this.#ms = ms;
		this.#clock = clock;
	}

	next(): Promise<IteratorResult<number, undefined>> {
		const next = this.#last.then(() => this.#tick());
		this.#last = next.catch(() => {});
		return next;
	}

	return(): Promise<IteratorResult<number, undefined>> {
		this.#end();
		return Promise.resolve({done: true, value: undefined});
	}

	#end(): void {
		this.#isOver = true;
		this.#watch?.stop();
		this.#leave?.();
	}

	async #tick(): Promise<IteratorResult<number, undefined>> {
		if (this.#isOver) return {done: true, value: undefined};
		try {
			await this.#sleep();
		} catch (error) {
			this.#end();
			throw error;
		}
		if (this.#isOver) return {done: true, value: undefined};
		return {done: false, value: this.#count++};
	}

	#sleep(): Promise<void> {
		return new Promise((resolve, reject) => {
			if (this.#signal.aborted) {
				reject(reasonOf(this.#signal));
				return;
			}
			const sleep = new Sleep(this.#signal, this.#untilNext(), this.#clock, {end: resolve, abort: reject});
			this.#leave = () => {
				sleep.cancel();
				resolve();
			};
		});
	}

	// The next multiple of the period, and never one that has already ticked: a timer may be a little early.
	#untilNext(): number {
		const elapsed = this.#elapsed();
		this.#period = Math.max(this.#period, Math.floor(elapsed / this.#ms)) + 1;
		return Math.max(0, this.#period * this.#ms - elapsed);
	}

	#elapsed(): number {
		if (this.#watch === undefined) {
			this.#watch = stopwatch(this.#signal);
			this.#startedAt = now();
		}
		return this.#clock === 'active' ? this.#watch.elapsed : now() - this.#startedAt;
	}
}
