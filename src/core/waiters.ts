import {LinkedList} from './linked-list.ts';
import {Timer} from './timer.ts';

/**
 * How a wait ended: the gate opened, the work was aborted, or the time ran out. `passed` is an opening in
 * the middle of a tick: an abort later in that tick still counts.
 */
export type Outcome = 'open' | 'passed' | 'aborted' | 'timeout';

/** One waiting call. It is in one list at most, and leaves it before it settles. */
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

/** Waits in a list: resolves with `true` when its waiters end as `open`, with `false` after `timeout` milliseconds. */
export function waitIn(list: WaiterList, timeout: number): Promise<boolean> {
	return new Promise((resolve) => {
		list.add(new Waiter((outcome) => resolve(outcome === 'open'), timeout));
	});
}

/** The waiting calls, in the order in which they came. */
export class WaiterList extends LinkedList<Waiter> {
	/** Ends at most `limit` of them, in order. Returns their number. */
	end(outcome: Outcome, limit: number = Infinity): number {
		let ended = 0;
		while (this.first !== null && ended < limit) {
			this.first.end(outcome);
			ended++;
		}
		return ended;
	}
}
