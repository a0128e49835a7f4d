/** What {@link ControlStore.read} finds. A document that nobody has written yet has version 0 and no state. */
export interface StoredDocument {
	readonly version: number;
	/** The store's clock, in milliseconds since 1970: the only clock that holds are dated by. */
	readonly now: number;
	readonly state: unknown;
}

/** A follower as its last report left it. */
export interface StoreMember {
	readonly id: string;
	readonly status: unknown;
}

/**
 * Where the one document of a fleet lies, and the reports of those who follow it.
 *
 * `fileStore`, `redisStore`, `postgresStore` and `memoryStore` are such; write these five methods to
 * use any other database that can compare and set. Every method may reject: followers try again.
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
	/** The document, or `undefined` when its version is still `since`: then no data moves. */
	read(name: string, since?: number): Promise<StoredDocument | undefined>;
	/**
	 * Compares and sets: resolves with `true` when the document had the version `expected` and now has
	 * `next.version`, which may jump; with `false` when it had another one. Then hints to all who watch.
	 */
	write(
		name: string,
		expected: number,
		next: {readonly version: number; readonly state: unknown},
	): Promise<boolean>;
	/**
	 * Keeps the status of a member for `leaseMs` milliseconds of the store's clock, 0 to remove it at
	 * once. Resolves with the version of the document, 0 for none.
	 */
	report(
		name: string,
		member: {readonly id: string; readonly status: unknown; readonly leaseMs: number},
	): Promise<number>;
	/** The members whose lease has not run out. */
	members(name: string): Promise<readonly StoreMember[]>;
	/**
	 * Calls `onHint` after each write and after each new connection, as far as the store can tell; a
	 * hint may be lost or come twice. Resolves once it listens, with the function that ends it.
	 */
	watch(name: string, onHint: () => void): Promise<() => void>;
}
