import {
	expectCount,
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
	/** Milliseconds of the first hold without an `until`; each later one is twice as long. Default: 1,000. */
	readonly baseMs?: number | undefined;
	/** Milliseconds of the longest hold without an `until`. Default: 300,000. */
	readonly maxMs?: number | undefined;
}

/** What the client knows of a refusal. */
export interface Refusal {
	/** The reason of the hold. Default: `'refused'`. */
	readonly reason?: unknown;
	/** When to ask again, as a server's `Retry-After` says: a `Date`, or milliseconds from now. */
	readonly until?: Date | number | undefined;
	/** When the request was sent, as `performance.now()` milliseconds. Default: now. */
	readonly askedAt?: number | undefined;
	/** The value of `strikes` after this refusal, to resume the hold of an earlier process. Default: one more. */
	readonly strikes?: number | undefined;
}

/**
 * Holds a set whose server refuses requests, and comes back slowly: after the hold the set runs one
 * task at a time, and one more for each that succeeds, until it has its old `concurrency` again.
 *
 * Use it in a client of servers that may refuse: call `refused()` for each refusal and `answered()`
 * for each answer. Neither waits: there is no checkpoint, and no abort loses anything.
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

	/** How many times the server has refused since the set last ran at full concurrency. */
	get strikes(): number {
		return this.#strikes;
	}

	/**
	 * Holds the set, and returns the hold. Refusals of requests that were under way together count as
	 * one: then it returns the hold in force, unless `until` is later. Throws a `TypeError` or
	 * `RangeError` on a bad option.
	 */
	refused(refusal: Refusal = {}): PauseHold {
		expectOptions('refusal', refusal, '{until}');
		const until = expectUntil(refusal.until);
		const {reason = 'refused', askedAt = performance.now()} = refusal;
		const strikes = expectCount('strikes', refusal.strikes ?? this.#strikes + 1);
		const old = this.#inForce;
		const isNew = old === null && askedAt >= this.#heldAt;
		if (isNew) this.#strikes = strikes;
		const end =
			until === undefined ? undefined : Number(until) + (typeof until === 'number' ? Date.now() : 0);
		if (old !== null && (end === undefined || end <= (old.until ?? Infinity))) return old;
		// The new hold comes before the old one goes, so that nothing starts in between.
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

	// Random, so that clients that were refused together do not come back together.
	#guess(): number {
		const ms = Math.min(this.#maxMs, this.#baseMs * 2 ** Math.max(0, this.#strikes - 1));
		return ms * (0.5 + Math.random() / 2);
	}

	/** The server answered a request: the set may run one more task at once. */
	answered(): void {
		if (this.#inForce !== null || this.#strikes === 0) return;
		if (this.#set.concurrency < this.#full) this.#set.concurrency++;
		if (this.#set.concurrency >= this.#full) this.#strikes = 0;
	}
}
