/**
 * The tasks of a follower, and how holds and orders reach them.
 *
 * Invariants:
 *
 * 1. Each task is below the whole, and has itself the holds that are in force for its scopes, so that it
 *    is paused while any of them has one. A scope has an entry exactly while it has tasks.
 * 2. A hold of the document is in force until its end on the monotonic clock. That end is computed
 *    once, from the store's clock at the read that brought the hold.
 * 3. An order aborts once, and only the tasks there are at that time; later tasks run.
 * 4. A task counts from `start()` until its function has ended, aborted or not.
 */
import {
	createRemote,
	expectSignal,
	type HoldInfo,
	PausableController,
	type PausableSignal,
	type Remote,
	remoteOf,
	type RemoteSignal,
	Timer,
} from '../core/index.ts';
import {Task, type TaskContext, type TaskOptions} from '../task/index.ts';
import {now} from '../time/index.ts';
import {
	type FleetDocument,
	type Hold,
	type Order,
	type RemoteScope,
	type Scope,
	scopesOf,
} from './document.ts';
import type {MemberStatus, Moving} from './status.ts';

const mostMoving = 10;
const rememberedOrders = 1000;

/** The owner's own part of an abort; the order is under way until it resolves. */
export type OrderHook = (order: Order) => Promise<void>;

/** The calls to the owner of the scopes. */
export interface ScopesOwner {
	/** A task reads its state. */
	look(): void;
	/** A task has parked, moves or has ended. */
	changed(isOfInterest: boolean): void;
	/** A hold has ended on its own, without a new document. */
	expired(): void;
	readonly onOrder?: OrderHook | undefined;
}

interface Counted {
	readonly scopes: readonly Scope[];
	readonly moving: Moving;
	/** Both are undefined until the task has been made. */
	task?: Task<unknown> | undefined;
	remote?: Remote | undefined;
}

export class Scopes {
	readonly #root: RemoteSignal;
	readonly #signal: AbortSignal | undefined;
	#whole: PausableController;
	readonly #scopes = new Map<string, Set<Counted>>();
	readonly #tasks = new Set<Counted>();
	#holds: readonly Hold[] = [];
	/** When each hold ends, on the monotonic clock. */
	#ends = new Map<Hold['key'], number>();
	#endTimer: Timer | undefined;
	/** The scopes of all holds; of all holds and orders. */
	#held: ReadonlySet<string> = new Set();
	#asked: ReadonlySet<string> = new Set();
	readonly #obeyed = new Set<string>();
	/** For each order, the tasks that it aborted and that have not ended. */
	readonly #ending = new Map<string, Set<Counted>>();
	/** A hold of the follower's own, on everything. */
	#ownHold: Hold | undefined;
	readonly #owner: ScopesOwner;

	constructor(signal: AbortSignal | undefined, owner: ScopesOwner) {
		this.#root = createRemote(() => owner.look());
		this.#signal = signal;
		this.#owner = owner;
		this.#whole = this.#createWhole();
	}

	#createWhole(): PausableController {
		const {signal} = this.#root;
		return new PausableController({signal: this.#signal === undefined ? signal : [signal, this.#signal]});
	}

	get signal(): PausableSignal {
		return this.#whole.signal;
	}

	start<T>(
		fn: (context: TaskContext) => T | PromiseLike<T>,
		options: (TaskOptions & RemoteScope) | undefined,
	): Task<T> {
		const {set, job, signal, ...rest} = options ?? {};
		const own = signal === undefined ? [] : expectSignals(signal);
		const scopes = scopesOf({set, job});
		const sets = scopes.filter((scope) => scope.startsWith('set:')).map((scope) => scope.slice(4));
		const counted: Counted = {
			scopes,
			moving: {...(job !== undefined && {job}), ...(sets.length > 0 && {sets})},
		};
		const start = this.#heldStart(scopes);
		const above = start === undefined ? [this.signal] : [this.signal, start.signal];
		this.#enter(counted);
		const leave = (): void => this.#leave(counted);
		try {
			const task = Task.start<T>(fn, {...rest, signal: [...above, ...own]});
			counted.task = task;
			counted.remote = start ?? remoteOf(task.signal);
			task.addEventListener('statechange', () => {
				if (task.isEnded) leave();
				else this.#owner.changed(this.#isOfInterest(counted));
			});
			this.#owner.changed(this.#isOfInterest(counted));
			return task;
		} catch (error) {
			leave();
			throw error;
		}
	}

	/** A parent for a task that is held from its start: only a task that has begun can have holds itself. */
	#heldStart(scopes: readonly Scope[]): RemoteSignal | undefined {
		const holds = this.#inForceFor(scopes);
		if (holds.length === 0) return undefined;
		const start = createRemote(() => {});
		start.setHolds(infosOf(holds));
		return start;
	}

	#enter(counted: Counted): void {
		this.#tasks.add(counted);
		for (const scope of counted.scopes) {
			const tasks = this.#scopes.get(scope);
			if (tasks === undefined) this.#scopes.set(scope, new Set([counted]));
			else tasks.add(counted);
		}
	}

	#leave(counted: Counted): void {
		const isOfInterest = this.#isOfInterest(counted);
		this.#tasks.delete(counted);
		for (const scope of counted.scopes) {
			const tasks = this.#scopes.get(scope);
			if (tasks?.delete(counted) && tasks.size === 0) this.#scopes.delete(scope);
		}
		for (const [id, tasks] of this.#ending) {
			if (tasks.delete(counted) && tasks.size === 0) this.#ending.delete(id);
		}
		this.#owner.changed(isOfInterest);
	}

	/** Whether somebody may be waiting for news of this task. */
	#isOfInterest(counted: Counted): boolean {
		return isIn(counted, this.#asked);
	}

	/** Obeys a document. `rest` says how many milliseconds are left until a moment of the store's clock. */
	apply({holds, orders}: FleetDocument, rest: (until: number) => number, isRenewed: boolean): void {
		const ends = new Map<Hold['key'], number>();
		for (const {key, until} of holds) {
			if (until === undefined) continue;
			const known = isRenewed ? undefined : this.#ends.get(key);
			ends.set(key, known ?? now() + rest(until));
		}
		this.#ends = ends;
		this.#holds = holds;
		this.#held = new Set(holds.map(({scope}) => scope));
		this.#asked = new Set([...this.#held, ...orders.map(({scope}) => scope)]);
		for (const order of orders) this.#obey(order);
		this.#hold();
	}

	#obey(order: Order): void {
		if (this.#obeyed.has(order.id)) return;
		const {scope, reason} = order;
		const tasks = scope === '*' ? this.#tasks : this.#scopes.get(scope);
		this.#remember(order.id);
		if (tasks !== undefined && tasks.size > 0) this.#ending.set(order.id, new Set(tasks));
		const part = this.#owner.onOrder?.(order);
		if (part !== undefined) this.#awaitHook(order.id, part);
		if (scope === '*') this.#abortWhole(reason);
		else for (const {remote} of [...(tasks ?? [])]) remote?.abort(reason);
	}

	/** Counts the owner's part as one more task that has not ended. */
	#awaitHook(order: string, work: Promise<void>): void {
		const part: Counted = {scopes: [], moving: {}};
		const ending = this.#ending.get(order) ?? new Set();
		this.#ending.set(order, ending.add(part));
		const end = (): void => {
			if (ending.delete(part) && ending.size === 0) this.#ending.delete(order);
			this.#owner.changed(true);
		};
		work.then(end, end);
	}

	#remember(order: string): void {
		this.#obeyed.add(order);
		const [oldest] = this.#obeyed;
		if (this.#obeyed.size > rememberedOrders && oldest !== undefined) this.#obeyed.delete(oldest);
	}

	#abortWhole(reason: unknown): void {
		const whole = this.#whole;
		this.#whole = this.#createWhole();
		whole.abort(reason);
	}

	/** Aborts all tasks for good. */
	close(): void {
		this.#endTimer?.cancel();
		this.#root.abort(undefined);
	}

	/** Resolves when no task is left. */
	async ended(): Promise<void> {
		// Cleanup may start more of them.
		while (this.#tasks.size > 0) for (const {task} of this.#tasks) await task?.join();
	}

	/** Holds everything for a reason of the follower's own, or ends that. */
	holdAll(hold: Hold | undefined): void {
		this.#ownHold = hold;
		this.#hold();
	}

	/** Applies the holds that are in force now to all signals. */
	#hold(): void {
		this.#endTimer?.cancel();
		const at = now();
		const next = Math.min(...[...this.#ends.values()].filter((end) => end > at));
		if (next < Infinity && !this.#root.signal.aborted)
			this.#endTimer = new Timer(() => this.#expire(next), next - at, false);
		this.#root.setHolds(infosOf(this.#inForce('*')));
		for (const {scopes, remote} of this.#tasks) remote?.setHolds(infosOf(this.#inForceFor(scopes)));
		this.#owner.changed(true);
	}

	#expire(end: number): void {
		this.#hold();
		// A timer may fire a little early; then this sets another one.
		if (now() >= end) this.#owner.expired();
	}

	#inForce(scope: string): readonly Hold[] {
		if (!this.#held.has(scope) && scope !== '*') return [];
		const at = now();
		const isOn = (hold: Hold): boolean => hold.scope === scope && (this.#ends.get(hold.key) ?? Infinity) > at;
		const holds = this.#holds.filter(isOn);
		return scope === '*' && this.#ownHold !== undefined ? [this.#ownHold, ...holds] : holds;
	}

	#inForceFor(scopes: readonly Scope[]): readonly Hold[] {
		return this.#held.size === 0 ? [] : scopes.flatMap((scope) => this.#inForce(scope));
	}

	/** The first hold that is in force for what is in this scope. */
	held(scope: RemoteScope | undefined): Hold | undefined {
		const scopes = ['*', ...scopesOf(scope)];
		if (this.#holds.length === 0 && this.#ownHold === undefined) return undefined;
		for (const one of scopes) {
			const [hold] = this.#inForce(one);
			if (hold !== undefined) return hold;
		}
		return undefined;
	}

	/** The part of a report about the tasks, as they are now. */
	status(): Omit<MemberStatus, 'id' | 'version' | 'document'> {
		const [parked, running] = count(this.#tasks);
		const scopes: Record<string, readonly [number, number]> = {};
		for (const {scope} of this.#holds) {
			const tasks = this.#scopes.get(scope);
			if (tasks !== undefined) scopes[scope] ??= count(tasks);
		}
		const ending: Record<string, number> = {};
		for (const [id, {size}] of this.#ending) ending[id] = size;
		return {parked, running, scopes, ending, moving: this.#moving()};
	}

	#moving(): readonly Moving[] {
		const moving: Moving[] = [];
		for (const counted of this.#tasks) {
			if (moving.length === mostMoving) break;
			if (!isParked(counted) && this.#isAsked(counted)) moving.push(counted.moving);
		}
		return moving;
	}

	#isAsked(counted: Counted): boolean {
		if (isIn(counted, this.#held)) return true;
		return [...this.#ending.values()].some((tasks) => tasks.has(counted));
	}
}

/** Here, because the task counts the signals that it gets from us, too. */
function expectSignals(signal: unknown): AbortSignal[] {
	if (!Array.isArray(signal)) return [expectSignal('signal', signal)];
	return signal.map((one, index) => expectSignal(`signal[${index}]`, one));
}

function infosOf(holds: readonly Hold[]): readonly HoldInfo[] {
	return holds.map(({reason, since, until}) => ({reason, since, ...(until !== undefined && {until})}));
}

function isIn({scopes}: Counted, asked: ReadonlySet<string>): boolean {
	return asked.has('*') || scopes.some((scope) => asked.has(scope));
}

function isParked({task}: Counted): boolean {
	return task?.state === 'paused';
}

function count(tasks: ReadonlySet<Counted>): readonly [number, number] {
	const parked = [...tasks].filter(isParked).length;
	return [parked, tasks.size - parked];
}
