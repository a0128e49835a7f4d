import {AbortError} from 'abort-controller-x';
import {
	countFlows,
	type Flows,
	PausableController,
	type PausableSignal,
	reasonOf,
	retire,
	wrongType,
} from '../core/index.ts';
import {isAbortOf} from './is-abort-of.ts';

/** Wraps a value, to distinguish `undefined` from no value. */
export interface Result<T> {
	readonly value: T;
}

/** Wraps what was thrown, so that a thrown `undefined` counts, too. */
export interface Failure {
	readonly error: unknown;
}

/**
 * The inner signal of work that succeeds or fails as a whole, and the outcome of that work.
 *
 * 1. The first real error decides, and aborts the rest. An abort of the inner or the outer signal is
 *    never a real error.
 * 2. Without a real error the result decides; without a result, the abort does.
 * 3. After `conclude()` nothing is left on the outer signal.
 */
export class Scope {
	readonly #outer: AbortSignal;
	readonly #whole: string;
	readonly #controller: PausableController;
	readonly #flows: Flows;
	#failure: Failure | undefined;

	/** `whole` names what the parts belong to, for messages. */
	constructor(outer: AbortSignal, whole: string) {
		this.#outer = outer;
		this.#whole = whole;
		this.#controller = new PausableController({signal: outer});
		// The one flow starts the work.
		this.#flows = countFlows(outer, this.signal);
	}

	get signal(): PausableSignal {
		return this.#controller.signal;
	}

	/** Aborts the work that is left; `why` and the failure behind it make the reason. */
	abort(why: string, failure?: Failure): void {
		if (!this.signal.aborted) this.#controller.abort(abortError(why, failure));
	}

	/** Whether an error only says that the work was aborted. */
	isAbort(error: unknown): boolean {
		// The outer one, too: where a platform runs promise jobs between two listeners for its abort,
		// work that listens there itself rejects before the inner one is aborted.
		return isAbortOf(this.signal, error) || isAbortOf(this.#outer, error);
	}

	/** Records an error, and aborts the rest because of it. */
	fail(error: unknown): void {
		if (this.isAbort(error)) return;
		this.#failure ??= {error};
		this.abort(`a part of ${this.#whole} failed`, {error});
	}

	/** Starts the work. An error that the executor throws counts as one more entry, which fails. */
	start<T>(executor: (signal: PausableSignal) => Iterable<T>): (T | Promise<never>)[] {
		const entries: (T | Promise<never>)[] = [];
		try {
			for (const entry of expectIterable(executor(this.signal))) entries.push(entry);
		} catch (error) {
			entries.push(Promise.reject(error));
		}
		return entries;
	}

	/** The code that started the work has ended, or is waiting for it. */
	endStart(): void {
		this.#flows.end();
	}

	/** Waits until all entries have settled. */
	async settle<T>(
		entries: readonly T[],
		onValue: (value: Awaited<T>, index: number) => void,
		onError: (error: unknown) => void,
	): Promise<void> {
		const wait = async (entry: T, index: number): Promise<void> => {
			this.#flows.begin();
			try {
				onValue(await entry, index);
			} catch (error) {
				onError(error);
			}
			this.#flows.end();
		};
		const waits = entries.map(wait);
		this.endStart();
		await Promise.all(waits);
	}

	/** The end: returns the result, or throws the error or the abort's reason. */
	conclude<T>(result: Result<T> | undefined): T {
		retire(this.signal);
		if (this.#failure !== undefined) throw this.#failure.error;
		// Not the inner signal's reason: that one may not be aborted yet.
		if (result === undefined) throw reasonOf(this.#outer);
		return result.value;
	}
}

/** The reason of an abort that the library makes; its `cause` is the failure behind it. */
export function abortError(why: string, failure?: Failure): AbortError {
	// Without a stack: it would cost more than the rest of the abort, and show only this library.
	const reason = new AbortError(`Aborted because ${why}`, false);
	if (failure === undefined) return reason;
	return Object.defineProperty(reason, 'cause', {value: failure.error, writable: true, configurable: true});
}

function expectIterable<T>(value: Iterable<T>): Iterable<T> {
	if (typeof (value as Iterable<T> | null | undefined)?.[Symbol.iterator] === 'function') return value;
	throw wrongType('what the executor returns', 'an array or another iterable', value);
}
