/**
 * The rate limit of a queue or a set: how many tasks may start in a window of p-queue's two kinds.
 *
 * Invariants:
 *
 * R1. While tasks wait, fixed windows follow each other without a gap. A series of them begins with
 *     the first start after the end of the last window.
 * R2. With `strict`, no span of `interval` milliseconds contains more than `cap` starts.
 * R3. A timer runs only while tasks may wait for it: `rest()` and `stop()` clear it, and the next look
 *     at the limit reads the clock instead.
 */
import {Timer} from '../core/index.ts';

// The longest time that setInterval can wait; for a longer window only the clock is read.
const longest = 2 ** 31 - 1;

/** The queue or set that is limited. */
export interface RateHost {
	readonly counts: {readonly running: number};
	/** Whether a new window begins at the end of the last one, even if no task has started. */
	readonly wantsWindow: boolean;
	/** A new window has begun, or a start has left the sliding one. */
	nextWindow(): void;
}

export interface RateOptions {
	readonly interval: number;
	readonly intervalCap: number;
	readonly strict: boolean;
	/** Whether tasks that still run count as starts of the next window. */
	readonly carryoverIntervalCount?: boolean | undefined;
}

export class RateLimit {
	readonly #host: RateHost;
	readonly #options: RateOptions;
	/** Starts in the fixed window. */
	#count = 0;
	#windowEnd = 0;
	/** With `strict`, the times of the starts, in their order. */
	readonly #starts: number[] = [];
	#window: ReturnType<typeof setInterval> | undefined;
	#wake: Timer | null = null;
	#quiet: Timer | null = null;

	/** Returns `null` if these options limit nothing. */
	static create(host: RateHost, options: RateOptions): RateLimit | null {
		const isUnlimited = options.interval === 0 || options.intervalCap === Infinity;
		return isUnlimited ? null : new RateLimit(host, options);
	}

	constructor(host: RateHost, options: RateOptions) {
		this.#host = host;
		this.#options = options;
	}

	/** Whether one more task may start now. If not, `nextWindow()` follows when one may. */
	allows(): boolean {
		const now = Date.now();
		this.#lookAt(now);
		return this.#used(now) < this.#options.intervalCap;
	}

	/** During a pause of the queue, makes sure that the end of the window is still noted. */
	watch(): void {
		const now = Date.now();
		if (this.#used(now) >= this.#options.intervalCap) this.#lookAt(now);
	}

	/** Whether the window has no start left. */
	get isReached(): boolean {
		const now = Date.now();
		const {intervalCap, strict} = this.#options;
		if (strict) return this.#recent(now).length >= intervalCap;
		const isOver = this.#window === undefined && this.#windowEnd <= now;
		return (isOver ? this.#carriedOver : this.#count) >= intervalCap;
	}

	/** Whether earlier starts still count against the limit. */
	get isCounting(): boolean {
		const now = Date.now();
		if (this.#options.strict) return this.#recent(now).length > 0;
		return this.#count > 0 && now < this.#windowEnd;
	}

	/** Calls back when no start counts any more, unless others follow. */
	whenQuiet(callback: () => void): void {
		if (this.#quiet !== null) return;
		const tell = (): void => {
			this.#quiet = null;
			callback();
		};
		this.#quiet = new Timer(tell, this.#options.interval, false);
	}

	/** A task starts. */
	count(): void {
		const now = Date.now();
		if (this.#options.strict) this.#starts.push(now);
		else this.#count++;
		if (this.#windowEnd <= now) this.#beginWindow(now);
	}

	/** To be called when nothing waits any more (R3). */
	rest(): void {
		clearInterval(this.#window);
		this.#window = undefined;
	}

	/** To be called when nothing waits or runs any more (R3). */
	stop(): void {
		this.rest();
		this.#wake?.cancel();
		this.#wake = null;
	}

	#used(now: number): number {
		return this.#options.strict ? this.#recent(now).length : this.#count;
	}

	get #carriedOver(): number {
		return this.#options.carryoverIntervalCount === true ? this.#host.counts.running : 0;
	}

	#lookAt(now: number): void {
		if (this.#options.strict) this.#lookBack(now);
		else if (this.#window === undefined) this.#lookAhead(now);
	}

	#lookBack(now: number): void {
		const {interval, intervalCap} = this.#options;
		const recent = this.#recent(now);
		if (recent.length >= intervalCap) this.#wakeIn(interval - (now - recent[0]!));
	}

	// For a window whose end no timer notices (R3).
	#lookAhead(now: number): void {
		if (this.#windowEnd <= now) this.#count = this.#carriedOver;
		else this.#wakeIn(this.#windowEnd - now);
	}

	#wakeIn(ms: number): void {
		this.#wake ??= new Timer(() => {
			this.#wake = null;
			this.#nextWindow();
			if (this.#host.wantsWindow) this.#beginWindow(Date.now());
		}, ms);
	}

	#beginWindow(now: number): void {
		const {strict, interval} = this.#options;
		if (strict || this.#window !== undefined) return;
		this.#wake?.cancel();
		this.#wake = null;
		this.#windowEnd = now + interval;
		if (interval <= longest) this.#window = setInterval(() => this.#nextWindow(), interval);
	}

	#nextWindow(): void {
		if (this.#window !== undefined) {
			if (this.#count === 0 && this.#host.counts.running === 0) this.rest();
			else this.#windowEnd = Date.now() + this.#options.interval;
		}
		this.#count = this.#carriedOver;
		this.#host.nextWindow();
	}

	// Forgets the starts that have left the sliding window, and returns the others.
	#recent(now: number): readonly number[] {
		const starts = this.#starts;
		const kept = starts.findIndex((start) => now - start < this.#options.interval);
		// All at once: to shift a long list by one takes time for each of its items.
		starts.splice(0, kept === -1 ? starts.length : kept);
		return starts;
	}
}
