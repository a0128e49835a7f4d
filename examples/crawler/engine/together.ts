import type {Database} from './database.ts';

interface Change {
	readonly make: () => void;
	readonly made: () => void;
	readonly failed: (error: unknown) => void;
}

// Short beside any visit, and long enough for several to end.
const gatherMs = 5;

/**
 * Makes changes that come within a few milliseconds in one transaction: to end a transaction costs as much as
 * what is written in it. Each change is told once it is saved. Where one fails, each gets a transaction of its own,
 * so that it fails alone.
 */
export class Together {
	readonly #db: Database;
	readonly #undone: () => void;
	readonly #changes: Change[] = [];

	/** `undone` is called when what was changed in the database has been taken back. */
	constructor(db: Database, undone: () => void) {
		this.#db = db;
		this.#undone = undone;
	}

	/** Resolves once the change is saved. */
	make(make: () => void): Promise<void> {
		if (this.#changes.length === 0) setTimeout(() => this.#makeAll(), gatherMs);
		return new Promise((made, failed) => this.#changes.push({make, made, failed}));
	}

	#makeAll(): void {
		const changes = this.#changes.splice(0);
		if (this.#areMade(changes)) return;
		for (const change of changes) this.#areMade([change]);
	}

	/** False when they are to be made one by one. */
	#areMade(changes: readonly Change[]): boolean {
		try {
			this.#db.transaction(() => {
				for (const {make} of changes) make();
			});
		} catch (error) {
			this.#undone();
			if (changes.length > 1) return false;
			changes[0]?.failed(error);
			return true;
		}
		for (const {made} of changes) made();
		return true;
	}
}
