import {LinkedList} from './linked-list.ts';
import {Timer} from './timer.ts';

/**
 * How a wait ended: the way is open, the work was aborted, or the time ran out. `passed` is an opening
 * in the middle of somebody's tick: an abort later in that tick still counts.
 */
export type Outcome = 'open' | 'passed' | 'aborted' | 'timeout';

/** One that waits. It is in one list at most, and leaves it before it is settled. */
export class Waiter {
	list: LinkedList<Waiter> | null = null;
	previous: Waiter | null = null;
	next: Waiter | null = null;
	readonly #timer: Timer | null;
	readonly settle: (outcome: Outcome) => void;

	/** It ends with `timeout` after that many milliseconds, wall-clock time. */
	constructor(settle: (outcome: Outcome) => void, timeout: number = Infinity) {
		this.settle = settle;
		this.#timer = timeout === Infinity ? null : new Timer(() => this.end('timeout'), timeout);
	}

	/** Leaves the list and settles; a second call does nothing. */
	end(outcome: Outcome): void {
		if (this.list === null) return;
		this.list.remove(this);
		this.#timer?.cancel();
		this.settle(outcome);
	}
}

/** Those who wait, first come first. */
export class WaiterList extends LinkedList<Waiter> {
	/** Ends at most `limit` of them, in order, and says how many. */
	end(outcome: Outcome, limit: number = Infinity): number {
		let ended = 0;
		while (this.first !== null && ended < limit) {
			this.first.end(outcome);
			ended++;
		}
		return ended;
	}
}
