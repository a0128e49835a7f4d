import {whenDropped} from '../core/index.ts';

/**
 * What stands below something, by name: kept while it is busy, and otherwise for as long as somebody
 * else keeps it.
 */
export class Family<T extends WeakKey> {
	#members: Map<string, WeakRef<T>> | null = null;
	readonly #busy = new Set<T>();

	get(name: string): T | undefined {
		return this.#members?.get(name)?.deref();
	}

	/** Those that are alive. */
	get all(): readonly T[] {
		if (this.#members === null) return [];
		return [...this.#members.values()].flatMap((ref) => ref.deref() ?? []);
	}

	/** Whether there ever was one. */
	get wasUsed(): boolean {
		return this.#members !== null;
	}

	add(name: string, member: T): void {
		const ref = new WeakRef(member);
		const members = (this.#members ??= new Map());
		members.set(name, ref);
		whenDropped(member, () => {
			if (members.get(name) === ref) members.delete(name);
		});
	}

	delete(name: string, member: T): void {
		if (this.get(name) === member) this.#members?.delete(name);
		this.#busy.delete(member);
	}

	/** Says whether a member has something to lose. */
	keep(member: T, isBusy: boolean): void {
		if (isBusy) this.#busy.add(member);
		else this.#busy.delete(member);
	}

	get isBusy(): boolean {
		return this.#busy.size > 0;
	}
}
