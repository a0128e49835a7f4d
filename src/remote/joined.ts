/**
 * Questions to a store that many ask at the same time, such as reports on fifty sets.
 *
 * Invariant:
 *
 * 1. One call of a kind is under way at a time. Whoever asks meanwhile gets the answer of the next one,
 *    which begins after all of them have asked: so no answer is older than its question.
 */
import type {ControlStore, StoredDocument, StoreMember} from './store.ts';

interface Turn<T> {
	running: Promise<unknown>;
	next: Promise<T> | undefined;
}

class Joined {
	readonly #turns = new Map<string, Turn<unknown>>();

	ask<T>(kind: string, call: () => Promise<T>): Promise<T> {
		const turn = (this.#turns.get(kind) ?? {running: Promise.resolve(), next: undefined}) as Turn<T>;
		this.#turns.set(kind, turn);
		return (turn.next ??= this.#callNext(kind, turn, call));
	}

	async #callNext<T>(kind: string, turn: Turn<T>, call: () => Promise<T>): Promise<T> {
		await turn.running;
		turn.next = undefined;
		const answer = call();
		turn.running = answer.then(
			() => this.#forget(kind, turn),
			() => this.#forget(kind, turn),
		);
		return answer;
	}

	#forget(kind: string, {next}: Turn<unknown>): void {
		if (next === undefined) this.#turns.delete(kind);
	}
}

const joined = new WeakMap<ControlStore, Joined>();

function joinedOf(store: ControlStore): Joined {
	const known = joined.get(store) ?? new Joined();
	joined.set(store, known);
	return known;
}

/** `store.members(name)`, together with all who ask the same. */
export function membersOf(store: ControlStore, name: string): Promise<readonly StoreMember[]> {
	return joinedOf(store).ask(`members ${name}`, () => store.members(name));
}

/** `store.read(name, since)`, together with all who ask the same. */
export function readSince(
	store: ControlStore,
	name: string,
	since: number,
): Promise<StoredDocument | undefined> {
	return joinedOf(store).ask(`read ${since} ${name}`, () => store.read(name, since));
}
