import type {PauseHold} from 'pausable-signal';
import type {TaskSet} from 'pausable-signal/queue';
import type {BackOffHold} from './hosts-table.ts';

export interface BackOffOptions {
	/** Milliseconds of the first hold, where the server names no time; doubled for each one after it. */
	readonly baseMs: number;
	readonly maxMs: number;
}

/** Leaves a host alone that asked for it, and comes back slowly. */
export class BackOff {
	readonly #set: TaskSet;
	readonly #options: BackOffOptions;
	readonly #full: number;
	#hold: PauseHold | undefined;
	#info: BackOffHold | undefined;
	#strikes = 0;
	#heldAt = -Infinity;

	/** `full` visits at once are as many as ever. */
	constructor(set: TaskSet, full: number, options: BackOffOptions) {
		this.#set = set;
		this.#full = full;
		this.#options = options;
	}

	get info(): BackOffHold | undefined {
		return this.#info;
	}

	/** Whether a request of `askedAt` was under way when the last hold began. */
	isOfLast(askedAt: number): boolean {
		return askedAt < this.#heldAt;
	}

	/**
	 * The server refused a request of `askedAt`, and may have said until when: `performance.now()` and
	 * `Date.now()` milliseconds.
	 * Refusals of requests that were under way together count as one. Returns whether it is held anew.
	 */
	refused(reason: string, askedAt: number, until: number | undefined): boolean {
		if (!this.isOfLast(askedAt)) this.#strikes++;
		else if (until === undefined || until <= (this.#info?.until ?? 0)) return false;
		this.#holdUntil({
			by: 'server',
			reason,
			since: Date.now(),
			until: until ?? this.#guess(),
			strikes: this.#strikes,
		});
		return true;
	}

	/** It gives no answer for too long: this is shown of it, and holds nothing. */
	giveUp(reason: string): void {
		this.#info = {by: 'server', reason, since: Date.now(), until: undefined, strikes: this.#strikes};
	}

	/** Goes on with a hold of an earlier process. */
	restore(info: BackOffHold): void {
		this.#strikes = info.strikes;
		this.#holdUntil(info);
	}

	#holdUntil(info: BackOffHold): void {
		const old = this.#hold;
		// First the new one, so that nothing starts in between.
		this.#hold = this.#set.hold(info.reason, {until: new Date(info.until ?? 0)});
		old?.release();
		this.#heldAt = performance.now();
		this.#info = info;
		this.#set.concurrency = 1;
	}

	// Random, so that not all who were refused together come back together.
	#guess(): number {
		const {baseMs, maxMs} = this.#options;
		const ms = Math.min(maxMs, baseMs * 2 ** (this.#strikes - 1));
		return Math.ceil(Date.now() + ms * (0.5 + Math.random() / 2));
	}

	/** The hold is over. */
	ended(): void {
		this.#hold = this.#info = undefined;
	}

	/** A request was answered: one more at once, until there are as many as ever. */
	answered(): void {
		if (this.#info !== undefined || this.#strikes === 0) return;
		if (this.#set.concurrency < this.#full) this.#set.concurrency++;
		else this.#strikes = 0;
	}
}
