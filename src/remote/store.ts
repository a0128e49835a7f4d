/** The value of {@link ControlStore.read}. A document that nobody has written yet has version 0 and no state. */
export interface StoredDocument {
	readonly version: number;
	/** The store's clock, in milliseconds since 1970: the only clock that dates holds. */
	readonly now: number;
	readonly state: unknown;
}

/** A follower as its last report left it. */
export interface StoreMember {
	readonly id: string;
	readonly status: unknown;
}

/**
 * A place for the one document of a fleet, and for the reports of its followers.
 *
 * `fileStore`, `redisStore`, `postgresStore` and `memoryStore` make one; to use any other database
 * that can compare and set, write these five methods. Every method may reject: followers try again.
 *
 * @example
 * ```ts
 * import {type ControlStore, memoryStore} from 'pausable-signal/remote';
 *
 * const store: ControlStore = memoryStore();
 * await store.write('crawl', 0, {version: 1, state: {holds: []}}); // => true
 * await store.write('crawl', 0, {version: 1, state: {holds: []}}); // => false
 * (await store.read('crawl'))?.version; // => 1
 * await store.read('crawl', 1); // => undefined
 * ```
 */
export interface ControlStore {
	/** Resolves with the document, or with `undefined` if its version is still `since`. */
	read(name: string, since?: number): Promise<StoredDocument | undefined>;
	/**
	 * Compares and sets: resolves with `true` if the document had the version `expected`, and now has
	 * `next.version`, which may jump; with `false` if it had another version. Then sends a hint to all
	 * watchers.
	 */
	write(
		name: string,
		expected: number,
		next: {readonly version: number; readonly state: unknown},
	): Promise<boolean>;
	/**
	 * Keeps the status of a member for `leaseMs` milliseconds of the store's clock; 0 removes it at
	 * once. Resolves with the version of the document, or 0 without one.
	 */
	report(
		name: string,
		member: {readonly id: string; readonly status: unknown; readonly leaseMs: number},
	): Promise<number>;
	/** Resolves with the members whose lease has not run out. */
	members(name: string): Promise<readonly StoreMember[]>;
	/**
	 * Calls `onHint` after each write and after each new connection, as far as the store notices them;
	 * a hint may be lost or come twice. Resolves once it listens, with the function that ends it.
	 */
	watch(name: string, onHint: () => void): Promise<() => void>;
}
