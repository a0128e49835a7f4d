import {expectMilliseconds, expectOptions, outOfRange} from '../core/index.ts';
import {change, type Changed, type Edit} from './change.ts';
import {expectName, type Hold, infoOf, newId, parse, type RemoteHoldInfo, type Scope} from './document.ts';
import {expectStore} from './expect-store.ts';
import {expectReason, type Json} from './json.ts';
import {expectWait, type FleetMoving, type FleetReport, type FleetWaitOptions, whenQuiet} from './report.ts';
import {type MemberStatus, statusOf} from './status.ts';
import type {ControlStore} from './store.ts';
import {whoIs} from './who.ts';

/** Options of a {@link RemoteController}. */
export interface RemoteControllerOptions {
	/** Who orders, shown beside the reason. Default: host and process. */
	readonly by?: string | undefined;
}

/** Options of `RemoteController.hold`. */
export interface RemoteHoldOptions {
	/** Milliseconds after which it ends on its own, on the store's clock. */
	readonly forMs?: number | undefined;
	/** A name for it, to find it again; a hold of that name in the scope is replaced. Default: a new one. */
	readonly id?: string | undefined;
}

/** A hold of one's own on a fleet. */
export interface RemoteHold extends RemoteHoldInfo, AsyncDisposable {
	/** Takes it back. Resolves with `false` when it was not there any more. */
	release(): Promise<boolean>;
}

/** A worker, as its last report left it. */
export interface FleetWorker {
	readonly id: string;
	/** The version that it obeys. */
	readonly version: number;
	readonly parked: number;
	readonly running: number;
	readonly moving: readonly FleetMoving[];
}

/** What `RemoteController.status` gives: plain JSON. */
export interface FleetStatus {
	readonly version: number;
	/** What holds the scope, and, of the whole, every hold there is. */
	readonly holds: readonly RemoteHoldInfo[];
	readonly workers: readonly FleetWorker[];
}

const pauseId = 'pause';

/**
 * Pauses, resumes and aborts work in other processes: all that follow the same name in the same store.
 *
 * Use it in a command-line tool, a web page's server or any of the processes themselves. It keeps no
 * state and needs no end: the orders are in the store, and stay in force when this process ends.
 *
 * Every method rejects with the store's error when the store is out of reach.
 *
 * @example
 * ```ts
 * import {followRemote, memoryStore, RemoteController} from 'pausable-signal/remote';
 *
 * const store = memoryStore();
 * await using follower = await followRemote(store, 'mail');
 * const mail = new RemoteController(store, 'mail', {by: 'ops'});
 * const tenant = mail.taskSet('tenant-7');
 * await using hold = await tenant.hold('429 Too Many Requests', {forMs: 60_000});
 * await follower.refresh();
 * follower.held({set: 'tenant-7'})?.reason; // => '429 Too Many Requests'
 * follower.held({set: 'tenant-8'}); // => undefined
 * (await mail.status()).holds.length; // => 1
 * ```
 */
export class RemoteController {
	/** The name of the fleet. */
	readonly name: string;
	readonly #store: ControlStore;
	readonly #by: string;
	readonly #scope: Scope;

	/** Throws a `TypeError` or `RangeError` on a bad argument. */
	constructor(store: ControlStore, name: string, options?: RemoteControllerOptions);
	/** @internal */
	constructor(store: ControlStore, name: string, options?: RemoteControllerOptions, scope?: Scope);
	constructor(store: ControlStore, name: string, options?: RemoteControllerOptions, scope: Scope = '*') {
		this.#store = expectStore(store);
		this.name = expectName('name', name);
		expectOptions('options', options);
		this.#by = options?.by === undefined ? whoIs() : expectName('by', options.by);
		this.#scope = scope;
	}

	/** The same verbs for one set: what was started in it, on every worker. */
	taskSet(name: string): RemoteController {
		return this.within(`set:${expectName('name', name)}`);
	}

	/** The same verbs for one job. */
	job(id: string): RemoteController {
		return this.within(`job:${expectName('id', id)}`);
	}

	/** @internal */
	protected within(scope: Scope): RemoteController {
		return new RemoteController(this.#store, this.name, {by: this.#by}, scope);
	}

	/**
	 * Pauses, and waits until nothing moves on any worker.
	 *
	 * Resolves with `quiet: true` then: every worker in contact has taken the order, and all it started
	 * in the scope stands still. With `quiet: false` after `timeout` milliseconds, or when the pause was
	 * taken back first; `late` and `moving` say what is missing, and the pause stays. A worker that is
	 * frozen or dead is late until its lease has run out; then it no longer counts, since it holds itself.
	 * Rejects with a `TypeError` or `RangeError` on a bad argument, and with the reason of `signal`.
	 * It is one pause a scope, whoever calls: the first reason stays until somebody resumes.
	 */
	async pause(reason?: Json, options?: FleetWaitOptions): Promise<FleetReport> {
		const wait = expectWait(options);
		const hold = this.#createHold(pauseId, expectReason('reason', reason));
		// Written also where it is paused already: each call is answered by what was reported after it.
		const placed = await this.#change(({holds}, now) => {
			const isThere = holds.some((one) => isSame(one, hold));
			return {holds: isThere ? holds : [...holds, {...hold, since: now}]};
		}, wait.signal);
		const {key} = placed.document.holds.find((one) => isSame(one, hold)) ?? hold;
		const {report} = await whenQuiet(
			{
				store: this.#store,
				name: this.name,
				scope: this.#scope,
				placed,
				isInForce: ({holds}) => holds.some((one) => isSame(one, hold) && one.key === key),
				count: (status) => this.#count(status),
			},
			wait,
		);
		return report;
	}

	/** Takes back `pause()`, whoever called it. Resolves with whether the scope was paused so. */
	async resume(): Promise<boolean> {
		return this.#remove(pauseId);
	}

	/**
	 * Holds with a hold of one's own, which no `resume()` takes away.
	 *
	 * Resolves once the order is written; it waits for no report. It ends by its `release()`, by
	 * `await using`, and after `forMs`. It stays in force when this process ends.
	 */
	async hold(reason?: Json, options?: RemoteHoldOptions): Promise<RemoteHold> {
		expectOptions('options', options);
		const {forMs = Infinity, id = newId()} = options ?? {};
		expectMilliseconds('forMs', forMs);
		if (expectName('id', id) === pauseId) throw outOfRange('id', `another name than '${pauseId}'`, id);
		const hold = this.#createHold(id, expectReason('reason', reason));
		const {document} = await this.#change(({holds}, now) => {
			const until = forMs === Infinity ? undefined : now + forMs;
			const placed = {...hold, since: now, ...(until !== undefined && {until})};
			return {holds: [...holds.filter((one) => !isSame(one, hold)), placed]};
		});
		const placed = document.holds.find((one) => isSame(one, hold)) ?? hold;
		const release = (): Promise<boolean> => this.#remove(id);
		return {
			...infoOf(placed),
			release,
			async [Symbol.asyncDispose]() {
				await release();
			},
		};
	}

	/**
	 * Aborts what runs or is parked in the scope, and waits until all of it has ended.
	 *
	 * The `signal.reason` there is `reason`, without one an `AbortError`. Resolves as {@link pause} does;
	 * `running` counts what has not ended. What is started in the scope afterwards is not aborted.
	 * A worker that took part but lost contact obeys when it is back, within a day.
	 */
	async abort(reason?: Json, options?: FleetWaitOptions): Promise<FleetReport> {
		const wait = expectWait(options);
		const given = expectReason('reason', reason);
		const order = {id: newId(), scope: this.#scope, ...(given !== undefined && {reason: given})};
		const placed = await this.#change(
			({orders}, now) => ({orders: [...orders, {...order, at: now}]}),
			wait.signal,
		);
		const {report, hasLost} = await whenQuiet(
			{
				store: this.#store,
				name: this.name,
				scope: this.#scope,
				placed,
				isInForce: ({orders}) => orders.some(({id}) => id === order.id),
				count: (status) => [0, status.ending[order.id] ?? 0],
			},
			wait,
		);
		// Whoever is late or lost must find it when it is back; a writer takes it out after a day.
		if (report.quiet && !hasLost)
			await this.#change(({orders}) => ({orders: orders.filter(({id}) => id !== order.id)}));
		return report;
	}

	/** The holds and the workers now. */
	async status(): Promise<FleetStatus> {
		const [members, found] = await Promise.all([this.#store.members(this.name), this.#store.read(this.name)]);
		const {version, now, state} = found!;
		const {holds} = parse(this.name, state);
		const isOn = ({scope, until}: Hold): boolean =>
			(until === undefined || until > now) && (this.#scope === '*' || scope === '*' || scope === this.#scope);
		return {
			version,
			holds: holds.filter(isOn).map(infoOf),
			workers: members.map((member) => this.#workerOf(statusOf(member))),
		};
	}

	#workerOf(status: MemberStatus): FleetWorker {
		const {id, version, moving} = status;
		const [parked, running] = this.#count(status);
		const named = moving.map(({job, sets}) => ({
			worker: id,
			...(job !== undefined && {job}),
			...(sets?.[0] !== undefined && {set: sets[0]}),
		}));
		return {id, version, parked, running, moving: named};
	}

	#count({parked, running, scopes}: MemberStatus): readonly [number, number] {
		return this.#scope === '*' ? [parked, running] : (scopes[this.#scope] ?? [0, 0]);
	}

	#createHold(id: string, reason: Json | undefined): Hold {
		const hold = {id, scope: this.#scope, since: 0, by: this.#by, key: newId()};
		return reason === undefined ? hold : {...hold, reason};
	}

	async #remove(id: string): Promise<boolean> {
		const target = {id, scope: this.#scope};
		let wasInForce = false;
		const {changed} = await this.#change(({holds}, now) => {
			const placed = holds.find((one) => isSame(one, target));
			wasInForce = placed !== undefined && (placed.until ?? Infinity) > now;
			return placed === undefined ? undefined : {holds: holds.filter((one) => one !== placed)};
		});
		return changed && wasInForce;
	}

	#change(edit: Edit, signal?: AbortSignal): Promise<Changed> {
		return change(this.#store, this.name, edit, signal);
	}
}

function isSame(one: Pick<Hold, 'id' | 'scope'>, other: Pick<Hold, 'id' | 'scope'>): boolean {
	return one.id === other.id && one.scope === other.scope;
}
