/**
 * The slots of one lane, within those of the lanes around it.
 *
 * Invariants:
 *
 * S1. `taken` is the number of jobs here and below that hold a slot.
 * S2. No job takes a slot without room here and all the way up, except one whose wait ends during its
 *     pause: nobody can stop it.
 * S3. After somebody found a level full, the level calls `opened` once, when it may have room.
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

	/** How many jobs hold a slot, here and below. */
	get taken(): number {
		return this.#taken;
	}

	/** The most jobs that may. */
	get limit(): number {
		return this.#limit;
	}

	set limit(limit: number) {
		this.#limit = limit;
		this.#open();
	}

	/** Whether a new job may start, as far as this level is concerned. */
	hasRoom(): boolean {
		// The order matters: p-queue looks at the window first, too, which starts its timer.
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

	/** A job that gave its slot back takes one again. This does not count as a start. */
	takeAgain(): void {
		for (let at: Slots | null = this; at !== null; at = at.#parent) at.#taken++;
	}

	giveBack(): void {
		for (let at: Slots | null = this; at !== null; at = at.#parent) at.#taken--;
		// Only after all levels have it back, because the next job needs a slot at all of them.
		for (let at: Slots | null = this; at !== null; at = at.#parent) if (at.#wasFull) at.#open();
	}

	#open(): void {
		this.#wasFull = false;
		this.#opened();
	}
}
