import {Timer, wrongType} from '../core/index.ts';
import {expectStore} from './expect-store.ts';
import type {ControlStore, StoredDocument, StoreMember} from './store.ts';

/**
 * Wraps a store: each call resolves in time with an answer that fits the interface, or it rejects. Users
 * write stores, too: we must not obey one that answers nonsense, and one that never answers must not
 * block the calls after it.
 */
export class CheckedStore implements ControlStore {
	readonly #store: ControlStore;
	readonly #limitMs: number;
	readonly #keepAlive: boolean;

	/** `keepAlive`: whether an unanswered call keeps the process alive until it rejects. */
	constructor(store: ControlStore, limitMs: number, keepAlive: boolean) {
		this.#store = expectStore(store);
		this.#limitMs = limitMs;
		this.#keepAlive = keepAlive;
	}

	read(name: string, since?: number): Promise<StoredDocument | undefined> {
		const check = (found: unknown): void => {
			if (since !== undefined && found === undefined) return;
			if (!isDocument(found)) throw wrongAnswer('read', '{version, now, state}', found);
		};
		return this.#call(() => this.#store.read(name, since), check);
	}

	write(
		name: string,
		expected: number,
		next: {readonly version: number; readonly state: unknown},
	): Promise<boolean> {
		return this.#call(() => this.#store.write(name, expected, next), checkWritten);
	}

	report(
		name: string,
		member: {readonly id: string; readonly status: unknown; readonly leaseMs: number},
	): Promise<number> {
		return this.#call(() => this.#store.report(name, member), checkReported);
	}

	members(name: string): Promise<readonly StoreMember[]> {
		return this.#call(() => this.#store.members(name), checkMembers);
	}

	async watch(name: string, onHint: () => void): Promise<() => void> {
		let watching: Promise<unknown> = Promise.resolve();
		const ask = (): Promise<() => void> => {
			const begun = this.#store.watch(name, onHint);
			watching = Promise.resolve(begun);
			return begun;
		};
		try {
			return await this.#call(ask, checkWatched);
		} catch (error) {
			// Nobody waits any more, so a subscription that begins too late is ended at once.
			watching.then(
				(end) => typeof end === 'function' && end(),
				() => {},
			);
			throw error;
		}
	}

	#call<T>(ask: () => Promise<T>, check: (answer: unknown) => void): Promise<T> {
		return within(this.#limitMs, ask, {keepAlive: this.#keepAlive, check});
	}
}

interface WithinOptions {
	/** Whether the wait keeps the process alive. */
	readonly keepAlive: boolean;
	/** Throws if the answer does not fit the interface. */
	readonly check?: (answer: unknown) => void;
}

/** Settles as the answer does, or rejects after this many milliseconds. */
export function within<T>(ms: number, ask: () => Promise<T>, options: WithinOptions): Promise<T> {
	return new Promise((resolve, reject) => {
		const answer = Promise.resolve(ask());
		const late = (): void => reject(new Error(`The control store has not answered within ${ms} ms`));
		const timer = new Timer(late, ms, options.keepAlive);
		const settle = (value: T): void => {
			timer.cancel();
			options.check?.(value);
			resolve(value);
		};
		answer.then(settle).catch((error: unknown) => {
			timer.cancel();
			reject(error);
		});
	});
}

function wrongAnswer(method: string, expected: string, answer: unknown): TypeError {
	return wrongType(`the answer of the control store's ${method}()`, expected, answer);
}

function checkWritten(isOurs: unknown): void {
	if (typeof isOurs !== 'boolean') throw wrongAnswer('write', 'a boolean', isOurs);
}

function checkReported(version: unknown): void {
	if (!isVersion(version)) throw wrongAnswer('report', 'a version', version);
}

function checkMembers(members: unknown): void {
	if (!Array.isArray(members) || !members.every(isMember))
		throw wrongAnswer('members', 'a list of {id, status}', members);
}

function checkWatched(end: unknown): void {
	if (typeof end !== 'function') throw wrongAnswer('watch', 'a function', end);
}

function isVersion(value: unknown): boolean {
	return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isDocument(value: unknown): boolean {
	const {version, now} = (value ?? {}) as Partial<StoredDocument>;
	return isVersion(version) && typeof now === 'number' && Number.isFinite(now);
}

function isMember(value: unknown): boolean {
	return typeof (value as StoreMember | null)?.id === 'string';
}
