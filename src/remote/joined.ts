import type {ControlStore} from './store.ts';

/**
 * A question that many ask at the same time.
 *
 * One call is under way at a time. Whoever asks meanwhile gets the answer of the next one, which begins
 * after all of them have asked: so no answer is older than its question.
 */
export class Joined<T> {
	#running: Promise<unknown> = Promise.resolve();
	#next: Promise<T> | undefined;

	ask(call: () => Promise<T>): Promise<T> {
		return (this.#next ??= this.#callNext(call));
	}

	/** Resolves when nothing is asked any more. Rejects if the last call has yet to begin, and fails. */
	async settled(): Promise<void> {
		await (this.#next ?? this.#running);
	}

	async #callNext(call: () => Promise<T>): Promise<T> {
		await this.#running;
		this.#next = undefined;
		const answer = call();
		this.#running = answer.catch(() => {});
		return answer;
	}
}

/** Makes one object for each fleet, for all who use the same store object. */
export function perFleet<T>(
	create: (store: ControlStore, name: string) => T,
): (store: ControlStore, name: string) => T {
	const known = new WeakMap<ControlStore, Map<string, T>>();
	return (store, name) => {
		const ofStore = known.get(store) ?? new Map<string, T>();
		const one = ofStore.get(name) ?? create(store, name);
		known.set(store, ofStore.set(name, one));
		return one;
	};
}
