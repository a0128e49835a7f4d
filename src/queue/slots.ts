/**
 * The slots of one lane, within those of the lanes around it.
 *
 * Invariants:
 *
 * S1. `taken` is the number of jobs here and below that hold a slot.
 * S2. No job takes a slot without room here and all the way up, except one that moves during its own
 *     pause: its wait has ended, and nobody can keep it.
 * S3. A level that was found full calls `opened` once when that may have changed.
 */
import type {RateLimit} from './rate-limit.ts';

export class Slots {
	readonly rate: RateLimit | null;
	readonly #parent: Slots | null;
	readonly #opened: () => void;
	#limit: number;
	#taken = 0;
	#wasFull = false;

	constructor(parent: Slots | null, limit: number, rate: RateLimit | null, opened: () => void) {
		this.#parent = parent;
		this.#limit = limit;
		this.rate = rate;
		this.#opened = opened;
	}

	/** How many hold a slot, here and below. */
	get taken(): number {
		return this.#taken;
	}

	/** How many may. */
	get limit(): number {
		return this.#limit;
	}

	set limit(limit: number) {
		this.#limit = limit;
		this.#open();
	}

	/** Whether a new job may start, as far as this level is concerned. */
	hasRoom(): boolean {
		// In this order: p-queue looks at the window first, too, and arms its timer.
		const isRateOpen = this.rate === null || this.rate.allows();
		return isRateOpen && this.hasFreeSlot();
	}

	/** Whether a job that has started before may take a slot again, as far as this level is concerned. */
	hasFreeSlot(): boolean {
		this.#wasFull ||= this.#taken >= this.#limit;
		return this.#taken < this.#limit;
	}

	/** A job starts. */
	take(): void {
		for (let at: Slots | null = this; at !== null; at = at.#parent) {
			at.#taken++;
			at.rate?.count();
		}
	}

	/** A job that gave its slot back has one again: it is no start. */
	takeAgain(): void {
		for (let at: Slots | null = this; at !== null; at = at.#parent) at.#taken++;
	}

	giveBack(): void {
		for (let at: Slots | null = this; at !== null; at = at.#parent) at.#taken--;
		// Afterwards: whoever takes the slot needs it at all levels.
		for (let at: Slots | null = this; at !== null; at = at.#parent) if (at.#wasFull) at.#open();
	}

	#open(): void {
		this.#wasFull = false;
		this.#opened();
	}
}
