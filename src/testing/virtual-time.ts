import {
	expectBoolean,
	expectMilliseconds,
	expectOptions,
	expectTime,
	isDate,
	NativeController,
	timeoutError,
} from '../core/index.ts';
import {type Clock, findClock, installClock} from './fake-clock.ts';
import {afterTurn, hasRequests} from './platform.ts';

/** Options of {@link virtualTime}. */
export interface VirtualTimeOptions {
	/** The first value of `Date.now()`, as a Date or in milliseconds. Default: 0, which is 1970. */
	readonly now?: Date | number | undefined;
	/** Jump to the next timer whenever nothing else can run. Default: `false`. */
	readonly autojump?: boolean | undefined;
}

// The only one, as there can be only one global clock.
let current: VirtualTime | undefined;

/**
 * Time that passes only when the test says so, for all code that reads a clock or sets a timer.
 *
 * Invariants:
 *
 * 1. From the constructor to `dispose()` the globals `setTimeout`, `setInterval`, `setImmediate`, `Date`,
 *    `performance.now` and `AbortSignal.timeout` agree on one clock.
 * 2. If the test runner has installed a clock before, this uses it and leaves it installed.
 */
export class VirtualTime {
	readonly #clock: Clock;
	readonly #isOwn: boolean;
	readonly #platformTimeout: typeof AbortSignal.timeout = AbortSignal.timeout;
	#autojump: boolean;
	#advancing = 0;
	#isDisposed = false;

	/** @internal */
	constructor(now: number, autojump: boolean) {
		const found = findClock();
		this.#isOwn = found === undefined;
		this.#clock = found ?? installClock(now);
		if (found !== undefined) found.setSystemTime(now);
		this.#autojump = autojump;
		AbortSignal.timeout = abortAfter;
		if (autojump) this.#watch();
	}

	/** Milliseconds since 1970, as `Date.now()` gives them. */
	get now(): number {
		return this.#clock.Date.now();
	}

	/** The number of timers that are set and not due yet. */
	get pending(): number {
		return this.#clock.countTimers();
	}

	/** Whether time jumps on its own. */
	get autojump(): boolean {
		return this.#autojump;
	}

	/** Lets this many milliseconds pass. Each timer fires at its time, and then the promise jobs run. */
	async advance(ms: number): Promise<void> {
		expectMilliseconds('ms', ms);
		await this.#move(() => this.#clock.tickAsync(ms));
	}

	/** Lets time pass until no timer is left. Rejects after 1,000 timers: an interval never ends. */
	async runAll(): Promise<void> {
		await this.#move(() => this.#clock.runAllAsync());
	}

	async #move(advance: () => Promise<unknown>): Promise<void> {
		this.#advancing++;
		try {
			await advance();
		} finally {
			this.#advancing--;
		}
	}

	/** Runs the next timer at once. Returns whether there was one. */
	next(): boolean {
		if (this.pending === 0) return false;
		this.#clock.next();
		return true;
	}

	/** Removes all timers and sets the clock back to its start. */
	reset(): void {
		this.#clock.reset();
	}

	#watch(): void {
		let quietTurns = 0;
		let seen = this.pending;
		const turn = (): void => {
			if (this.#isDisposed) return;
			const isQuiet = this.pending === seen && this.#advancing === 0 && !hasRequests();
			seen = this.pending;
			quietTurns = isQuiet ? quietTurns + 1 : 0;
			if (quietTurns > 1 && this.next()) quietTurns = 0;
			afterTurn(turn);
		};
		afterTurn(turn);
	}

	/** Restores the globals. Timers that are still set never fire. */
	dispose(): void {
		if (this.#isDisposed) return;
		this.#isDisposed = true;
		AbortSignal.timeout = this.#platformTimeout;
		if (this.#isOwn) this.#clock.uninstall();
		current = undefined;
	}

	/** `using time = virtualTime()` restores the globals at the end of the block. */
	[Symbol.dispose](): void {
		this.dispose();
	}
}

/**
 * Replaces timers and clocks with ones that stand still until the test moves them.
 *
 * Use it to test code that waits, without waiting. It replaces `setTimeout`, `setInterval`,
 * `setImmediate`, `Date`, `performance.now` and `AbortSignal.timeout` together, so that everything in
 * this library agrees on the time: delays, deadlines, back-offs and rates included. Promise jobs run as
 * always. Pauses and aborts do not stop this clock.
 *
 * It needs `@sinonjs/fake-timers`, which you install, or the test runner's fake timers if they are on.
 * Throws an `Error` if it has neither or if virtual time is already on, and a `TypeError` or
 * `RangeError` on a bad option.
 *
 * @example
 * ```ts
 * import {delay, PausableController} from 'pausable-signal';
 * import {virtualTime} from 'pausable-signal/testing';
 *
 * const time = virtualTime();
 * const {signal} = new PausableController();
 * let isOver = false;
 * const waiting = delay(signal, 3_600_000).then(() => (isOver = true));
 * await time.advance(3_599_999);
 * isOver; // => false
 * await time.advance(1);
 * isOver; // => true
 * await waiting;
 * time.dispose();
 * ```
 */
export function virtualTime(options?: VirtualTimeOptions): VirtualTime {
	expectOptions('options', options, '{now}');
	const {now = 0, autojump = false} = options ?? {};
	expectBoolean('autojump', autojump);
	const start = isDate(now) ? expectTime('now', now) : expectMilliseconds('now', now);
	if (current !== undefined) throw new Error('virtualTime: it is on already; dispose of the other first');
	return (current = new VirtualTime(start, autojump));
}

function abortAfter(ms: number): AbortSignal {
	const controller = new NativeController();
	setTimeout(() => controller.abort(timeoutError()), ms);
	return controller.signal;
}
