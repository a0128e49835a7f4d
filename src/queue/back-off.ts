import {
	expectMilliseconds,
	expectOptions,
	expectUntil,
	hasEnded,
	outOfRange,
	type PauseHold,
	wrongType,
} from '../core/index.ts';
import {TaskSet} from './task-set.ts';

/** Options of a {@link BackOff}. */
export interface BackOffOptions {
	/** Milliseconds of the first hold where nobody names a time; each one after it is twice as long. Default: 1,000. */
	readonly baseMs?: number | undefined;
	/** Milliseconds of the longest of these. Default: 300,000. */
	readonly maxMs?: number | undefined;
}

/** What is known of a refusal. */
export interface Refusal {
	/** The reason of the hold. Default: `'refused'`. */
	readonly reason?: unknown;
	/** When to ask again: a `Date`, or milliseconds from now; a server's `Retry-After`. */
	readonly until?: Date | number | undefined;
	/** When the request was sent, as `performance.now()` milliseconds. Default: now. */
	readonly askedAt?: number | undefined;
}

/**
 * Leaves a set alone that asked for it, and comes back slowly: one task at once after the hold, and
 * one more for each that succeeds, until there are as many as before.
 *
 * Use it in a client of servers that may refuse: tell it of each refusal and of each answer.
 *
 * @example
 * ```ts
 * import {BackOff, PausableQueue} from 'pausable-signal/queue';
 *
 * const host = new PausableQueue().taskSet('shop.example', {concurrency: 3});
 * const backOff = new BackOff(host);
 * const hold = backOff.refused({reason: '429', until: 5});
 * [host.isPaused, host.concurrency]; // => [true, 1]
 * await hold.released; // => true
 * backOff.answered();
 * host.concurrency; // => 2
 * ```
 */
export class BackOff {
	readonly #set: TaskSet;
	readonly #full: number;
	readonly #baseMs: number;
	readonly #maxMs: number;
	#hold: PauseHold | null = null;
	#heldAt = -Infinity;
	#strikes = 0;

	/** Throws a `TypeError` or `RangeError` on a bad argument, and for a set without a limit. */
	constructor(set: TaskSet, options?: BackOffOptions) {
		if (!(set instanceof TaskSet)) throw wrongType('set', 'a TaskSet', set);
		expectOptions('options', options, '{baseMs}');
		this.#full = set.concurrency;
		if (this.#full === Infinity) throw outOfRange('set', 'one with a `concurrency`', this.#full);
		this.#set = set;
		this.#baseMs = expectMilliseconds('baseMs', options?.baseMs ?? 1_000);
		this.#maxMs = expectMilliseconds('maxMs', options?.maxMs ?? 300_000);
	}

	/** How many times it was refused since all went well. */
	get strikes(): number {
		return this.#strikes;
	}

	/**
	 * Holds the set, and returns the hold. Refusals of requests that were under way together count as one:
	 * then the hold in force is returned, unless `until` is later. Throws a `TypeError` or `RangeError`
	 * on a bad option.
	 */
	refused(refusal: Refusal = {}): PauseHold {
		expectOptions('refusal', refusal, '{until}');
		const until = expectUntil(refusal.until);
		const {reason = 'refused', askedAt = performance.now()} = refusal;
		const old = this.#inForce;
		const isNew = old === null && askedAt >= this.#heldAt;
		if (isNew) this.#strikes++;
		const end =
			until === undefined ? undefined : Number(until) + (typeof until === 'number' ? Date.now() : 0);
		if (old !== null && (end === undefined || end <= (old.until ?? Infinity))) return old;
		// First the new one, so that nothing starts in between.
		const hold = this.#set.hold(reason, {until: until ?? this.#guess()});
		old?.release();
		this.#begin(hold);
		return hold;
	}

	get #inForce(): PauseHold | null {
		return this.#hold === null || hasEnded(this.#hold) ? null : this.#hold;
	}

	#begin(hold: PauseHold): void {
		this.#hold = hold;
		this.#heldAt = performance.now();
		this.#set.concurrency = 1;
	}

	// Random, so that not all who were refused together come back together.
	#guess(): number {
		const ms = Math.min(this.#maxMs, this.#baseMs * 2 ** Math.max(0, this.#strikes - 1));
		return ms * (0.5 + Math.random() / 2);
	}

	/** A request was answered: one more may run at once. */
	answered(): void {
		if (this.#inForce !== null || this.#strikes === 0) return;
		if (this.#set.concurrency < this.#full) this.#set.concurrency++;
		if (this.#set.concurrency >= this.#full) this.#strikes = 0;
	}
}
