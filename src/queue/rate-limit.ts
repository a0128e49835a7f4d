import {Timer} from '../core/index.ts';

/**
 * How many tasks of a set may start in a period: fixed windows, or a sliding one with `strict`.
 *
 * The queue's own rate limit is p-queue's. A set needs one that can be asked before a start, as a
 * task starts only when all sets around it allow it.
 */
export class RateLimit {
	readonly #interval: number;
	readonly #cap: number;
	readonly #strict: boolean;
	readonly #onFree: () => void;
	#starts: number[] = [];
	#windowEnd = 0;
	#timer: Timer | null = null;
	#quietTimer: Timer | null = null;

	constructor(interval: number, cap: number, strict: boolean, onFree: () => void) {
		this.#interval = interval;
		this.#cap = cap;
		this.#strict = strict;
		this.#onFree = onFree;
	}

	/** Whether starts are still counted against the limit. */
	get isCounting(): boolean {
		this.#forget(Date.now());
		return this.#starts.length > 0;
	}

	/** Calls back once no start is counted any more. */
	whenQuiet(callback: () => void): void {
		if (this.#quietTimer !== null) return;
		this.#quietTimer = new Timer(
			() => {
				this.#quietTimer = null;
				callback();
			},
			this.#interval,
			false,
		);
	}

	/** Whether a task may start now; if not, `onFree` is called when one may. */
	allows(): boolean {
		const now = Date.now();
		this.#forget(now);
		if (this.#starts.length < this.#cap) return true;
		if (this.#timer === null) this.#timer = new Timer(() => this.#free(), this.#freeAt() - now);
		return false;
	}

	/** To be called when nothing waits for a start any more: its timer would keep the process alive. */
	rest(): void {
		this.#timer?.cancel();
		this.#timer = null;
	}

	#free(): void {
		this.#timer = null;
		this.#onFree();
	}

	count(): void {
		const now = Date.now();
		if (this.#starts.length === 0) this.#windowEnd = now + this.#interval;
		this.#starts.push(now);
	}

	#freeAt(): number {
		return this.#strict ? (this.#starts[0] ?? 0) + this.#interval : this.#windowEnd;
	}

	#forget(now: number): void {
		if (this.#strict) {
			const kept = this.#starts.findIndex((start) => now - start < this.#interval);
			this.#starts.splice(0, kept === -1 ? this.#starts.length : kept);
		} else if (now >= this.#windowEnd) {
			this.#starts = [];
		}
	}
}
