import {LinkedList} from './linked-list.ts';
import type {Timer} from './timer.ts';

/** How a wait ended: the way is open, the work was aborted, or the time ran out. */
export type Outcome = 'open' | 'aborted' | 'timeout';

/** One that waits. It is in one list at most, and leaves it before it is settled. */
export class Waiter {
	list: LinkedList<Waiter> | null = null;
	previous: Waiter | null = null;
	next: Waiter | null = null;
	timer: Timer | null = null;
	readonly settle: (outcome: Outcome) => void;

	constructor(settle: (outcome: Outcome) => void) {
		this.settle = settle;
	}

	/** Leaves the list and settles; a second call does nothing. */
	end(outcome: Outcome): void {
		if (this.list === null) return;
		this.list.remove(this);
		this.timer?.cancel();
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
