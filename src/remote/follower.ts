import {
	expectFunction,
	expectMilliseconds,
	expectOneOf,
	expectOptions,
	expectSignal,
	follow,
	outOfRange,
	TypedTarget,
} from '../core/index.ts';
import type {PausableSignal} from '../core/index.ts';
import type {Task, TaskContext, TaskOptions} from '../task/index.ts';
import {now} from '../time/index.ts';
import {change} from './change.ts';
import {CheckedStore} from './checked-store.ts';
import {Contact} from './contact.ts';
import {
	covers,
	empty,
	expectName,
	follows,
	infoOf,
	newId,
	type Order,
	parse,
	type RemoteHoldInfo,
	type RemoteScope,
	union,
	type Versioned,
	withoutOrder,
} from './document.ts';
import {expectStore} from './expect-store.ts';
import {type OrderHook, Scopes} from './scopes.ts';
import type {MemberStatus} from './status.ts';
import type {ControlStore, StoredDocument} from './store.ts';
import {whoIs} from './who.ts';

/** Options of {@link followRemote}. */
export interface FollowOptions {
	/** Aborts everything and closes the follower. A pause of it pauses everything. */
	readonly signal?: AbortSignal | undefined;
	/** Its name in reports. Default: host, process and a number of its own. */
	readonly id?: string | undefined;
	/** Milliseconds after its last report in which reports still count it. Default: 15,000. */
	readonly leaseMs?: number | undefined;
	/**
	 * What the work does when the store is out of reach for `leaseMs`. Default: `'hold'`. With
	 * `'continue'` it runs on, and reports call the follower late until it is back, for a day at most.
	 */
	readonly whenCutOff?: 'hold' | 'continue' | undefined;
	/**
	 * Called with each abort that reaches this process, to end work besides its tasks, such as jobs
	 * that wait elsewhere. The abort is not over until its promise has settled.
	 */
	readonly onAbort?: ((order: Order) => Promise<void>) | undefined;
}

/** The events of a {@link RemoteFollower}. */
export interface RemoteFollowerEventMap {
	/** The holds or orders changed, or contact was lost or found. */
	change: Event;
	/** A call of the store failed; `detail` is the error. The follower tries again. */
	error: CustomEvent<unknown>;
}

interface Watch {
	(): void;
	/** For stores whose hints come in the order of their writes. */
	isListening?(): boolean;
}

type RunLater = (run: () => void) => unknown;
// Runs after the events that have already arrived, if the host can do that.
const later: RunLater = (run) => ((globalThis as {setImmediate?: RunLater}).setImmediate ?? setTimeout)(run);

/** The reason of the follower's own hold when the store is out of reach. */
const outOfContact = 'out of contact';
const defaultLease = 15_000;
const shortestLease = 100;

/**
 * Obeys the orders of a `RemoteController` of the same name, from any process.
 *
 * Use it in each process whose work you want to pause from elsewhere, and start that work with
 * `follower.start(…)`: reports count only that. `follower.signal` obeys, too, but does not count.
 *
 * Resolves once all earlier orders are in force here. Rejects with a `TypeError` or `RangeError` on a
 * bad argument, with the store's error when it is out of reach, and with the signal's reason. A pause
 * parks all tasks at their checkpoints; an abort aborts the present ones. When the store has not
 * answered for `leaseMs` milliseconds, the follower holds everything until it does.
 *
 * @example
 * ```ts
 * import {followRemote, memoryStore, RemoteController} from 'pausable-signal/remote';
 *
 * const store = memoryStore(); // fileStore(folder), redisStore(client) or postgresStore(pool) between processes
 * const follower = await followRemote(store, 'crawl');
 * const task = follower.start(async ({signal}) => {
 * 	while (await signal.gate.wait()) await new Promise((resolve) => setTimeout(resolve, 1));
 * });
 *
 * const crawl = new RemoteController(store, 'crawl');
 * const {quiet, parked} = await crawl.pause('deploying');
 * quiet; // => true
 * parked; // => 1
 * follower.held()?.reason; // => 'deploying'
 * await crawl.resume(); // => true
 * await follower.close();
 * task.state; // => 'stopped'
 * ```
 */
export async function followRemote(
	store: ControlStore,
	name: string,
	options?: FollowOptions,
): Promise<RemoteFollower> {
	expectStore(store);
	expectName('name', name);
	const settings = expectFollowOptions(options);
	const checked = new CheckedStore(store, settings.leaseMs, false);
	const follower = new RemoteFollower(checked, name, settings);
	await RemoteFollower.open(follower);
	return follower;
}

type Settings = {readonly signal: AbortSignal | undefined; readonly id: string; readonly leaseMs: number} & {
	readonly whenCutOff: 'hold' | 'continue';
	readonly onAbort: OrderHook | undefined;
};

function expectFollowOptions(options: FollowOptions | undefined): Settings {
	expectOptions('options', options);
	const {signal, id, leaseMs = defaultLease, whenCutOff = 'hold', onAbort} = options ?? {};
	if (onAbort !== undefined) expectFunction('onAbort', onAbort);
	if (signal !== undefined) expectSignal('signal', signal);
	expectMilliseconds('leaseMs', leaseMs);
	if (leaseMs < shortestLease || leaseMs === Infinity)
		throw outOfRange('leaseMs', `${shortestLease} or more, and finite`, leaseMs);
	return {
		signal,
		id: id === undefined ? `${whoIs()}:${newId().slice(0, 4)}` : expectName('id', id),
		leaseMs,
		onAbort,
		whenCutOff: expectOneOf('whenCutOff', ['hold', 'continue'], whenCutOff),
	};
}

/** The work of this process that other processes control; from {@link followRemote}. */
export class RemoteFollower extends TypedTarget<RemoteFollowerEventMap> {
	/**
	 * The signal of the whole: paused while everything is held; aborted, for good, by an abort of
	 * everything, by `options.signal` and by `close()`. Reports do not count its use, only that of
	 * {@link start}.
	 */
	readonly signal: PausableSignal;
	readonly #store: ControlStore;
	readonly #name: string;
	readonly #settings: Settings;
	readonly #contact: Contact;
	readonly #scopes: Scopes;
	#known: Versioned | undefined;
	#unwatch: Watch | undefined;
	#turn: Promise<void> | undefined;
	#unfollow: (() => void) | undefined;
	#closing: Promise<void> | undefined;

	/** @internal */
	constructor(store: ControlStore, name: string, settings: Settings) {
		super();
		this.#store = store;
		this.#name = name;
		this.#settings = settings;
		const {id, leaseMs, whenCutOff, signal} = settings;
		const contact = {
			store,
			name,
			id: `${id}#${newId()}`,
			leaseMs,
			continues: whenCutOff === 'continue',
		};
		const known = (): Versioned | undefined => this.#known;
		this.#contact = new Contact(contact, {
			get version(): number {
				return known()?.version ?? 0;
			},
			status: () => this.#status(),
			take: (found) => this.#take(found),
			cutOff: (isCutOff) => this.#cutOff(isCutOff),
			failed: (error) => this.dispatchEvent(new CustomEvent('error', {detail: error})),
		});
		this.#scopes = new Scopes(signal, {
			look: () => this.#contact.look(),
			changed: (isOfInterest) => {
				if (isOfInterest && this.#known !== undefined) this.#contact.report();
			},
			expired: () => void this.dispatchEvent(new Event('change')),
			...(settings.onAbort !== undefined && {onOrder: (order) => this.#serve(order, settings.onAbort!)}),
		});
		this.signal = this.#scopes.signal;
	}

	/** @internal */
	static async open(follower: RemoteFollower): Promise<void> {
		const {signal} = follower.#settings;
		try {
			signal?.throwIfAborted();
			if (signal !== undefined) follower.#unfollow = follow(signal, {abort: () => void follower.close()});
			await follower.#contact.open(async () => {
				follower.#unwatch = await follower.#store.watch(follower.#name, () => follower.#hint());
			});
			signal?.throwIfAborted();
		} catch (error) {
			await follower.close();
			throw error;
		}
	}

	/** The version of the document that it obeys. */
	get version(): number {
		return this.#known?.version ?? 0;
	}

	/** Whether the store has not answered for `leaseMs` milliseconds. */
	get isCutOff(): boolean {
		this.#contact.look();
		return this.#contact.isCutOff;
	}

	/**
	 * Starts a task, as `Task.start` does, that obeys orders and that reports count.
	 *
	 * `set` and `job` name its scopes: it is held while the whole or any of these is. Its `signal` may
	 * bring other pauses and aborts. After `close()` it never calls its function.
	 */
	start<T>(fn: (context: TaskContext) => T | PromiseLike<T>, options?: TaskOptions & RemoteScope): Task<T> {
		expectOptions('options', options);
		return this.#scopes.start(fn, options);
	}

	/** The first hold in force for the whole, or for what is in this scope; undefined for none. */
	held(scope?: RemoteScope): RemoteHoldInfo | undefined {
		this.#contact.look();
		const hold = this.#scopes.held(scope);
		return hold === undefined ? undefined : infoOf(hold);
	}

	/** Reads now: orders from before this call are in force when it resolves. Rejects as the store does. */
	refresh(): Promise<void> {
		return this.#contact.read(false);
	}

	/**
	 * As {@link refresh}, but without a call to a store that hints at each write in its order: orders
	 * from before any event that this process has just received are known when it resolves.
	 *
	 * @internal
	 */
	async catchUp(): Promise<void> {
		if (this.#unwatch?.isListening?.() !== true || this.#contact.isCutOff) return this.refresh();
		// A hint that came together with that event has been handled by then.
		await (this.#turn ??= this.#nextTurn());
		if (!this.#unwatch.isListening()) return this.refresh();
		await this.#contact.settled();
	}

	async #nextTurn(): Promise<void> {
		await new Promise<void>(later);
		this.#turn = undefined;
	}

	/**
	 * Aborts all tasks, waits for their ends, and leaves the fleet.
	 *
	 * Resolves when nothing of the follower is left: no timer, listener or connection. Never rejects.
	 */
	close(): Promise<void> {
		return (this.#closing ??= this.#close());
	}

	async #close(): Promise<void> {
		this.#unfollow?.();
		this.#scopes.close();
		// Until then reports must continue, because tasks that clean up still move.
		await this.#scopes.ended();
		await this.#contact.close();
		this.#unwatch?.();
	}

	/** Calls {@link close}. */
	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}

	/** The owner's part of an abort. One that nobody was there to obey is over then. */
	async #serve(order: Order, serve: OrderHook): Promise<void> {
		await serve(order);
		if (order.left !== true) return;
		await change(this.#store, this.#name, ({orders}) => ({orders: withoutOrder(orders, order.id)}));
	}

	#hint(): void {
		if (this.#known === undefined || this.#closing !== undefined) return;
		// A whole read, because another document may have the known version.
		this.#contact.read(true).catch(() => this.#contact.report());
	}

	#status(): MemberStatus {
		const {version = 0, document = empty} = this.#known ?? {};
		return {id: this.#settings.id, version, document: document.id, ...this.#scopes.status()};
	}

	#cutOff(isCutOff: boolean): void {
		if (this.#settings.whenCutOff === 'hold') {
			const hold = {
				id: outOfContact,
				scope: '*',
				reason: outOfContact,
				since: Date.now(),
				by: this.#settings.id,
			};
			this.#scopes.holdAll(isCutOff ? hold : undefined);
		}
		this.dispatchEvent(new Event('change'));
	}

	/** Obeys the found document, or mends it if it lost something known: when in doubt, hold. */
	async #take(found: StoredDocument): Promise<void> {
		let next: StoredDocument | undefined = found;
		while (next !== undefined) next = await this.#settle(next);
	}

	async #settle({version, now: storeNow, state}: StoredDocument): Promise<StoredDocument | undefined> {
		const readAt = now();
		const found = {version, document: parse(this.#name, state)};
		const known = this.#known;
		if (known === undefined || follows(found, known)) return this.#obey(found, storeNow, readAt);
		if (version > known.version && covers(found.document, known.document))
			return this.#obey(found, storeNow, readAt);
		const document = union(known.document, found.document, storeNow, this.#settings.leaseMs);
		const next = {version: Math.max(version, known.version) + 1, document};
		const isOurs = await this.#store.write(this.#name, version, {version: next.version, state: document});
		return isOurs ? this.#obey(next, storeNow, readAt) : this.#store.read(this.#name);
	}

	#obey(next: Versioned, storeNow: number, readAt: number): undefined {
		const isNew = next.version !== this.#known?.version;
		const wasCutOff = this.#contact.isCutOff;
		if (!isNew && !wasCutOff) return;
		this.#known = next;
		const rest = (until: number): number => until - storeNow - (now() - readAt);
		this.#scopes.apply(next.document, rest, wasCutOff);
		if (isNew) this.dispatchEvent(new Event('change'));
	}
}
