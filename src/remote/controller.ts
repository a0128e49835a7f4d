import {expectMilliseconds, expectOptions, outOfRange} from '../core/index.ts';
import {change, type Changed, type Edit} from './change.ts';
import {CheckedStore} from './checked-store.ts';
import {
	expectName,
	type Hold,
	infoOf,
	newId,
	parse,
	type RemoteHoldInfo,
	type Scope,
	withOrderLeft,
	withoutOrder,
} from './document.ts';
import {expectReason, type Json} from './json.ts';
import {expectWait, type FleetMoving, type FleetReport, type FleetWaitOptions, whenQuiet} from './report.ts';
import {type MemberStatus, statusOf} from './status.ts';
import type {ControlStore} from './store.ts';
import {whoIs} from './who.ts';

/** Options of a {@link RemoteController}. */
export interface RemoteControllerOptions {
	/** The name of whoever gives the orders, shown beside the reason. Default: host and process. */
	readonly by?: string | undefined;
}

/** Options of `RemoteController.hold`. */
export interface RemoteHoldOptions {
	/** Milliseconds after which it ends on its own, on the store's clock. */
	readonly forMs?: number | undefined;
	/** A name to find it by; it replaces a hold of that name in the scope. Default: a new one. */
	readonly id?: string | undefined;
}

/** A hold on a fleet that only its owner releases. */
export interface RemoteHold extends RemoteHoldInfo, AsyncDisposable {
	/** Ends the hold. Resolves with `false` if it had already ended. */
	release(): Promise<boolean>;
}

/** A worker, as its last report left it. */
export interface FleetWorker {
	readonly id: string;
	/** The version of the document that it obeys. */
	readonly version: number;
	readonly parked: number;
	readonly running: number;
	readonly moving: readonly FleetMoving[];
}

/** The value of `RemoteController.status`: plain JSON. */
export interface FleetStatus {
	readonly version: number;
	/** The holds on the scope; for the whole fleet, every hold. */
	readonly holds: readonly RemoteHoldInfo[];
	readonly workers: readonly FleetWorker[];
}

const pauseId = 'pause';
// How long a store may take to answer a call.
const patienceMs = 15_000;

/**
 * Pauses, resumes and aborts work in other processes: in all that follow the same name in the same
 * store.
 *
 * Use it in a command-line tool, a web page's server or any of the processes themselves. It has no
 * state to close: the orders are in the store, and stay in force when this process ends.
 *
 * Every method rejects with the store's error when the store is out of reach, or does not answer a call
 * within 15 seconds. What was ordered may be in force all the same: ask `status()`, or order it again.
 * Its waits are no checkpoints, and an abort of one leaves the order in force.
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
	/** Whether an abort also concerns what only a worker can reach, now or when it joins. */
	readonly #needsWorker: boolean;

	/** Throws a `TypeError` or `RangeError` on a bad argument. */
	constructor(store: ControlStore, name: string, options?: RemoteControllerOptions);
	/** @internal */
	constructor(
		store: ControlStore,
		name: string,
		options: RemoteControllerOptions | undefined,
		scope: Scope,
		needsWorker: boolean,
	);
	constructor(
		store: ControlStore,
		name: string,
		options?: RemoteControllerOptions,
		scope: Scope = '*',
		needsWorker = false,
	) {
		this.#store = store instanceof CheckedStore ? store : new CheckedStore(store, patienceMs, true);
		this.name = expectName('name', name);
		expectOptions('options', options);
		this.#by = options?.by === undefined ? whoIs() : expectName('by', options.by);
		this.#scope = scope;
		this.#needsWorker = needsWorker;
	}

	/** The same verbs for one set: for the tasks started in it, on every worker. */
	taskSet(name: string): RemoteController {
		return this.within(`set:${expectName('name', name)}`);
	}

	/** The same verbs for one job. */
	job(id: string): RemoteController {
		return this.within(`job:${expectName('id', id)}`);
	}

	/** @internal */
	protected within(scope: Scope): RemoteController {
		return new RemoteController(this.#store, this.name, {by: this.#by}, scope, this.#needsWorker);
	}

	/**
	 * Pauses, and waits until nothing moves on any worker.
	 *
	 * Resolves with `quiet: true` then: every worker in contact has taken the order, and all tasks it
	 * started in the scope stand still. Resolves with `quiet: false` after `timeout` milliseconds, when
	 * the pause stays and `late` and `moving` say what is missing, or if somebody resumes first. A worker
	 * that is frozen or dead is late until its lease has run out; then it no longer counts, since it
	 * holds its own work. Rejects with a `TypeError` or `RangeError` on a bad argument, and with the
	 * reason of `signal`. A scope has one pause, whoever calls: the first reason stays until somebody
	 * resumes.
	 */
	async pause(reason?: Json, options?: FleetWaitOptions): Promise<FleetReport> {
		const wait = expectWait(options);
		const hold = this.#createHold(pauseId, expectReason('reason', reason));
		// Writes even if it is already paused, so that only reports after this call can answer it.
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

	/** Undoes `pause()`, whoever called it. Resolves with whether there was such a pause of the scope. */
	async resume(): Promise<boolean> {
		return this.#remove(pauseId);
	}

	/**
	 * Pauses until the hold is released: no `resume()` ends it.
	 *
	 * Resolves once the order is written; it waits for no report. `release()`, `await using` and the end
	 * of `forMs` end the hold. It stays in force when this process ends.
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
	 * Aborts the running and parked tasks of the scope, and waits until all have ended.
	 *
	 * Their `signal.reason` is `reason`, or an `AbortError` without one. Resolves as {@link pause} does;
	 * `running` counts the tasks that have not ended. Tasks started in the scope afterwards run. A worker
	 * that took part but lost contact obeys when it is back, within a day.
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
		// A late or lost worker must find the order when it is back; a writer removes it after a day.
		if (!report.quiet || hasLost) return report;
		const isLeft = this.#needsWorker && report.workers === 0;
		await this.#change(({orders}) => ({
			orders: isLeft ? withOrderLeft(orders, order) : withoutOrder(orders, order.id),
		}));
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
