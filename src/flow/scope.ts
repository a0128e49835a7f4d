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

/** A value, apart from there being none. */
export interface Result<T> {
	readonly value: T;
}

/** What was thrown; that may be `undefined`, too. */
export interface Failure {
	readonly error: unknown;
}

/**
 * An inner signal for work that stands or falls together, and what the work comes to.
 *
 * 1. The first real error counts, and aborts the rest. Aborts of the inner or outer signal are no
 *    real errors, whenever they come.
 * 2. With no real error, the result counts; without a result, the abort does.
 * 3. After `conclude()` nothing of it is left on the outer signal.
 */
export class Scope {
	readonly #outer: AbortSignal;
	readonly #whole: string;
	readonly #controller: PausableController;
	readonly #flows: Flows;
	#failure: Failure | undefined;

	/** `whole` is what the parts belong to, for messages. */
	constructor(outer: AbortSignal, whole: string) {
		this.#outer = outer;
		this.#whole = whole;
		this.#controller = new PausableController({signal: outer});
		// The one that starts the work.
		this.#flows = countFlows(outer, this.signal, 1);
	}

	get signal(): PausableSignal {
		return this.#controller.signal;
	}

	/** Ends the work that is left. `why` and the failure that it comes from are for the reason. */
	abort(why: string, failure?: Failure): void {
		if (!this.signal.aborted) this.#controller.abort(abortError(why, failure));
	}

	/** Whether an error only tells that the work was aborted. */
	isAbort(error: unknown): boolean {
		// The outer one, too: where a platform runs promise jobs between two listeners for its abort,
		// work that listens there itself rejects before the inner one is aborted.
		return isAbortOf(this.signal, error) || isAbortOf(this.#outer, error);
	}

	/** Notes an error, and aborts what is left because of it. */
	fail(error: unknown): void {
		if (this.isAbort(error)) return;
		this.#failure ??= {error};
		this.abort(`a part of ${this.#whole} failed`, {error});
	}

	/** Starts work that belongs together. What the executor throws counts as one more entry, which fails. */
	start<T>(executor: (signal: PausableSignal) => Iterable<T>): (T | Promise<never>)[] {
		const entries: (T | Promise<never>)[] = [];
		try {
			for (const entry of expectIterable(executor(this.signal))) entries.push(entry);
		} catch (error) {
			entries.push(Promise.reject(error));
		}
		return entries;
	}

	/** What started the work has ended, or awaits it. */
	endStart(): void {
		this.#flows.end();
	}

	/** Waits until all entries have settled; errors are handed to `onError`. */
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

	/** The end: returns the result, or throws what came instead. */
	conclude<T>(result: Result<T> | undefined): T {
		retire(this.signal);
		if (this.#failure !== undefined) throw this.#failure.error;
		// Not the inner signal's, which may not know yet.
		if (result === undefined) throw reasonOf(this.#outer);
		return result.value;
	}
}

/** The reason for an abort by the library itself; the failure that it comes from is the `cause`. */
export function abortError(why: string, failure?: Failure): AbortError {
	// Without a stack, which would cost more than all the rest and show only this library.
	const reason = new AbortError(`Aborted because ${why}`, false);
	if (failure === undefined) return reason;
	return Object.defineProperty(reason, 'cause', {value: failure.error, writable: true, configurable: true});
}

function expectIterable<T>(value: Iterable<T>): Iterable<T> {
	if (typeof (value as Iterable<T> | null | undefined)?.[Symbol.iterator] === 'function') return value;
	throw wrongType('what the executor returns', 'an array or another iterable', value);
}
