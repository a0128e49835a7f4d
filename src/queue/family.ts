import {whenDropped} from '../core/index.ts';

/**
 * The named members below something. It keeps a busy member; any other lives as long as somebody else
 * refers to it.
 */
export class Family<T extends WeakKey> {
	#members: Map<string, WeakRef<T>> | null = null;
	readonly #busy = new Set<T>();

	get(name: string): T | undefined {
		return this.#members?.get(name)?.deref();
	}

	/** The members that are alive. */
	get all(): readonly T[] {
		if (this.#members === null) return [];
		return [...this.#members.values()].flatMap((ref) => ref.deref() ?? []);
	}

	/** Whether there has ever been a member. */
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
		this.#members?.delete(name);
		this.#busy.delete(member);
	}

	/** Keeps a busy member, which has something to lose, and releases any other. */
	keep(member: T, isBusy: boolean): void {
		if (isBusy) this.#busy.add(member);
		else this.#busy.delete(member);
	}

	get isBusy(): boolean {
		return this.#busy.size > 0;
	}
}
