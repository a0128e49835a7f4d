/**
 * The slots of parked jobs, in one lane: given to others, and back.
 *
 * Invariants:
 *
 * P1. A released job holds no slot anywhere, and the end of its pause alone does not let it continue.
 * P2. Released jobs return in the order in which their pauses ended, and before newcomers: if one
 *     finds a level full, it is the first to learn that the level has room.
 * P3. An aborted job is not released: it cleans up without a slot.
 */
import type {Job} from './job.ts';
import type {Slots} from './slots.ts';

/** A job that waits for room, with its place in the order. */
interface Return {
	readonly job: Job;
	readonly home: Parking;
	readonly turn: number;
}

let lastTurn = 0;

export class Parking {
	readonly #slots: Slots;
	readonly #parent: Parking | null;
	/** This lane's released jobs, each with its turn to return, or 0 during its pause. */
	#released: Map<Job, number> | null = null;
	/** Jobs of this lane and of those below that found this level full, by turn. */
	#returns: Return[] | null = null;

	constructor(slots: Slots, parent: Parking | null) {
		this.#slots = slots;
		this.#parent = parent;
	}

	/** A job stands still: others may use its slot meanwhile. */
	release(job: Job): void {
		(this.#released ??= new Map()).set(job, 0);
		job.release();
		this.#slots.giveBack();
	}

	/** A released job moves during its pause because its wait has ended: it takes a slot, and newcomers wait (S2). */
	takeBack(job: Job): void {
		this.forget(job);
		this.#slots.takeAgain();
		job.readmit();
	}

	/** Forgets a job that has ended or aborted. */
	forget(job: Job): void {
		this.#released?.delete(job);
	}

	/** The pause of these jobs may be over. */
	returnAll(): void {
		for (const job of this.#released?.keys() ?? []) this.return(job);
	}

	/** The pause of a job may be over. */
	return(job: Job): void {
		if (this.#released?.get(job) !== 0 || job.isHeld) return;
		const turn = ++lastTurn;
		this.#released.set(job, turn);
		this.#admit({job, home: this, turn});
	}

	/** This level may have room. */
	open(): void {
		for (let at = this.#earliest(); at !== null; at = this.#earliest()) {
			const next = at.#returns?.shift();
			if (next !== undefined) next.home.#admit(next);
		}
	}

	// The level whose first returning job comes first, among this one and those around it that have room (P2).
	#earliest(): Parking | null {
		let earliest: Parking | null = null;
		let turn = Infinity;
		for (let at: Parking | null = this; at !== null; at = at.#parent) {
			const first = at.#firstReturn();
			if (first === undefined || first.turn > turn || !at.#slots.hasFreeSlot()) continue;
			earliest = at;
			({turn} = first);
		}
		return earliest;
	}

	#firstReturn(): Return | undefined {
		const returns = this.#returns;
		if (returns === null) return undefined;
		// A job that was forgotten, or paused and resumed again, has another turn by now.
		while (returns[0] !== undefined && !returns[0].home.#awaits(returns[0])) returns.shift();
		return returns[0];
	}

	#awaits({job, turn}: Return): boolean {
		return this.#released?.get(job) === turn;
	}

	#admit(next: Return): void {
		const {job} = next;
		const full = this.#firstFull();
		// If it is paused again, it returns at the end of that pause.
		if (job.isHeld) this.#released?.set(job, 0);
		else if (full !== null) full.#enlist(next);
		else this.takeBack(job);
	}

	#firstFull(): Parking | null {
		for (let at: Parking | null = this; at !== null; at = at.#parent) if (!at.#slots.hasFreeSlot()) return at;
		return null;
	}

	#enlist(next: Return): void {
		const returns = (this.#returns ??= []);
		let index = returns.length;
		while (index > 0 && returns[index - 1]!.turn > next.turn) index--;
		returns.splice(index, 0, next);
	}
}
