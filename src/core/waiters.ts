import type {Timer} from './timer.ts';

/** How a wait ended: the way is open, the work was aborted, or the time ran out. */
export type Outcome = 'open' | 'aborted' | 'timeout';

/** One that waits. It is in one list at most, and leaves it before it is settled. */
export class Waiter {
	list: WaiterList | null = null;
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

/** Those who wait, first come first. Linked by hand: a `Set` for one waiter costs 200 bytes. */
export class WaiterList {
	#first: Waiter | null = null;
	#last: Waiter | null = null;
	size = 0;

	add(waiter: Waiter): void {
		waiter.list = this;
		waiter.previous = this.#last;
		if (this.#last === null) this.#first = waiter;
		else this.#last.next = waiter;
		this.#last = waiter;
		this.size++;
	}

	remove(waiter: Waiter): void {
		if (waiter.previous === null) this.#first = waiter.next;
		else waiter.previous.next = waiter.next;
		if (waiter.next === null) this.#last = waiter.previous;
		else waiter.next.previous = waiter.previous;
		waiter.list = waiter.previous = waiter.next = null;
		this.size--;
	}

	/** Ends at most `limit` of them, in order, and says how many. */
	end(outcome: Outcome, limit: number = Infinity): number {
		let ended = 0;
		while (this.#first !== null && ended < limit) {
			this.#first.end(outcome);
			ended++;
		}
		return ended;
	}
}
