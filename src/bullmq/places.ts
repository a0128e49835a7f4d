/**
 * The places of a worker: how many bodies may move at a time.
 *
 * Invariants:
 *
 * 1. At most `limit` of those inside have a place; only who has one moves.
 * 2. A place that falls free goes to those that return from a pause, in the order of their resume, and
 *    to newcomers only when none is waiting.
 * 3. `away` counts those that gave their place away and have none yet: the queue may be asked for that
 *    many jobs more.
 */
export interface Place {
	/** Called when it gets its place. */
	go(): void;
}

export class Places {
	#limit: number;
	readonly #inside = new Set<Place>();
	readonly #away = new Set<Place>();
	readonly #returning = new Set<Place>();
	readonly #newcomers = new Set<Place>();
	readonly #changed: () => void;

	/** `changed` is called when {@link away} has become another number. */
	constructor(limit: number, changed: () => void) {
		this.#limit = limit;
		this.#changed = changed;
	}

	get limit(): number {
		return this.#limit;
	}

	set limit(limit: number) {
		this.#limit = limit;
		this.#fill();
	}

	get away(): number {
		return this.#away.size;
	}

	/** Whether it has a place. */
	has(place: Place): boolean {
		return this.#inside.has(place);
	}

	/** Asks for a first place. */
	enter(place: Place): void {
		this.#newcomers.add(place);
		this.#fill();
	}

	/** Gives the place away for as long as it stands still. */
	giveUp(place: Place): void {
		if (!this.#inside.delete(place)) return;
		this.#away.add(place);
		this.#changed();
		this.#fill();
	}

	/** Asks for the place that was given away. */
	comeBack(place: Place): void {
		if (!this.#away.has(place)) return;
		this.#returning.add(place);
		this.#fill();
	}

	/** Stops asking for it: it is held again. */
	stayAway(place: Place): void {
		this.#returning.delete(place);
	}

	leave(place: Place): void {
		const wasAway = this.#away.delete(place);
		this.#inside.delete(place);
		this.#returning.delete(place);
		this.#newcomers.delete(place);
		if (wasAway) this.#changed();
		this.#fill();
	}

	#fill(): void {
		while (this.#inside.size < this.#limit) {
			const [next] = this.#returning.size > 0 ? this.#returning : this.#newcomers;
			if (next === undefined) return;
			this.#newcomers.delete(next);
			this.#returning.delete(next);
			const wasAway = this.#away.delete(next);
			this.#inside.add(next);
			if (wasAway) this.#changed();
			next.go();
		}
	}
}
