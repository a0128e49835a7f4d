/**
 * One connection that listens for the hints of all names. The first watcher opens it, and the last one
 * closes it.
 *
 * Invariants:
 *
 * 1. Every watcher gets a hint each time a new connection listens: the read after it finds all writes
 *    from the time without a connection.
 * 2. A new connection replaces a lost one, as long as anybody watches.
 * 3. Only the connection of the present `#epoch` gives hints.
 */
import {Timer} from '../../core/index.ts';

/** A connection that listens. */
export interface Listener {
	/** Listens for one more name. Rejects when the connection is lost. */
	listen(name: string): Promise<void>;
	unlisten(name: string): Promise<void>;
	close(): void;
}

/** Opens a connection, which calls `onHint` with each hint, and `onLost` when it is lost. */
export type OpenListener = (onHint: (name: string) => void, onLost: () => void) => Promise<Listener>;

const retryMs = 50;
const longestRetryMs = 1000;
const ignore = (): void => {};

export class Hints {
	readonly #open: OpenListener;
	readonly #watchers = new Map<string, Set<() => void>>();
	/** The names that the present connection listens for. */
	readonly #heard = new Set<string>();
	#epoch = 0;
	#connection: Promise<Listener> | undefined;
	#retry: Timer | undefined;

	constructor(open: OpenListener) {
		this.#open = open;
	}

	/** Resolves once it listens for this name. */
	async watch(name: string, onHint: () => void): Promise<() => void> {
		const watchers = this.#watchers.get(name) ?? new Set();
		this.#watchers.set(name, watchers);
		// A new function for each call, because a caller may watch twice.
		const watcher = (): void => onHint();
		watchers.add(watcher);
		const end = (): void => this.#end(name, watcher);
		try {
			await this.#listen(this.#connect(), name);
		} catch (error) {
			end();
			throw error;
		}
		return end;
	}

	async #listen(connection: Promise<Listener>, name: string): Promise<void> {
		await (await connection).listen(name);
		if (connection === this.#connection) this.#heard.add(name);
	}

	/** Whether a hint comes with each write: as long as no connection is known to be lost. */
	isListening(name: string): boolean {
		return this.#heard.has(name);
	}

	#end(name: string, watcher: () => void): void {
		const watchers = this.#watchers.get(name);
		if (!watchers?.delete(watcher) || watchers.size > 0) return;
		this.#watchers.delete(name);
		this.#heard.delete(name);
		const connection = this.#connection;
		if (this.#watchers.size === 0) {
			this.#forget();
			this.#retry?.cancel();
			connection?.then((listener) => listener.close()).catch(ignore);
			return;
		}
		connection
			?.then((listener) => (this.#watchers.has(name) ? undefined : listener.unlisten(name)))
			.catch(ignore);
	}

	#forget(): void {
		this.#epoch++;
		this.#connection = undefined;
		this.#heard.clear();
	}

	#connect(): Promise<Listener> {
		return (this.#connection ??= this.#openNext());
	}

	async #openNext(): Promise<Listener> {
		const epoch = ++this.#epoch;
		const isPresent = (): boolean => epoch === this.#epoch;
		try {
			return await this.#open(
				(name) => isPresent() && this.#hint(name),
				() => isPresent() && this.#lost(),
			);
		} catch (error) {
			if (isPresent()) this.#forget();
			throw error;
		}
	}

	#lost(): void {
		const connection = this.#connection;
		this.#forget();
		connection?.then((listener) => listener.close()).catch(ignore);
		this.#retryIn(retryMs);
	}

	#retryIn(ms: number): void {
		this.#retry?.cancel();
		if (this.#watchers.size > 0) this.#retry = new Timer(() => void this.#listenAgain(ms), ms, false);
	}

	async #listenAgain(ms: number): Promise<void> {
		try {
			const connection = this.#connect();
			await Promise.all([...this.#watchers.keys()].map((name) => this.#listen(connection, name)));
			for (const name of this.#watchers.keys()) this.#hint(name);
		} catch {
			this.#retryIn(Math.min(ms * 2, longestRetryMs));
		}
	}

	#hint(name: string): void {
		for (const watcher of this.#watchers.get(name) ?? []) watcher();
	}
}
