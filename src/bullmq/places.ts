/**
 * The places of a worker: each lets one body move.
 *
 * Invariants:
 *
 * 1. At most `limit` attempts have a place, and only those move.
 * 2. A free place goes to attempts that return from a pause, in the order of their resume, and to
 *    newcomers only if none of these waits.
 * 3. `away` counts attempts that gave their place away and have none yet: the worker may ask the queue
 *    for this many more jobs.
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

	/** `changed`: called when {@link away} changes. */
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

	/** Whether this attempt has a place. */
	has(place: Place): boolean {
		return this.#inside.has(place);
	}

	/** Asks for a first place. */
	enter(place: Place): void {
		this.#newcomers.add(place);
		this.#fill();
	}

	/** Gives its place away, for as long as it stands still. */
	giveUp(place: Place): void {
		if (!this.#inside.delete(place)) return;
		this.#away.add(place);
		this.#changed();
		this.#fill();
	}

	/** Asks for a place again. */
	comeBack(place: Place): void {
		if (!this.#away.has(place)) return;
		this.#returning.add(place);
		this.#fill();
	}

	/** Stops asking, because it is held again. */
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
