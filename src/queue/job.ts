/**
 * One task of a queue: from `add()` to the end of its function.
 *
 * Invariants:
 *
 * J1. The caller's promise and the function end apart: an abort rejects the promise at once, while
 *     the job keeps its slot until the function has ended.
 * J2. The phase only goes forward: waiting, running, aborted (the function still runs), over. A
 *     waiting or running job may skip the phases between.
 * J3. The job calls its owner one microtask after the event of a function's end, as in p-queue, and
 *     settles the caller's promise one microtask later still, when the next job has started.
 *
 * A job knows its owner by an interface, and knows nothing of lanes, turns and slots.
 */
import {
	follow,
	isPausable,
	isPaused,
	type Linked,
	type LinkedList,
	type PausableSignal,
	type Pool,
	reasonOf,
} from '../core/index.ts';
import {captureContext, type Scope} from './async-context.ts';
import {Body, type BodyHost} from './body.ts';
import type {JobContext} from './context.ts';
import {channels, publish} from './diagnostics.ts';
import type {Outcome, TaskName} from './options.ts';

/** The options of `add()`, checked. */
export interface JobOptions {
	readonly id: string;
	priority: number;
	readonly timeout: number | undefined;
	readonly signal: AbortSignal | undefined;
}

export type JobFunction = (context: JobContext) => unknown;

/** The calls of a job to the queue, whatever lane it is in. */
export interface JobHost {
	/** The lane of the queue. */
	readonly root: {readonly name: string | undefined};
	/** The promise of an aborted job will reject with this reason. */
	failing(reason: unknown): void;
	/** The function of a job has ended. */
	settled(outcome: 'completed' | 'failed', value: unknown): void;
	timeoutError(ms: number): Error;
}

/** The lane that a job is in. */
export interface JobOwner {
	readonly signal: PausableSignal;
	readonly path: string | undefined;
	readonly set: unknown;
	setPriority(job: Job, priority: number): void;
	/** The job starts: from now on it counts as running, and has a slot. */
	started(job: Job): void;
	/** Its turn came while its own signal is paused. */
	heldBack(job: Job): void;
	/** Its own signal has resumed. */
	returned(job: Job): void;
	/** An abort came before its start; `isLate`: at its turn, when it had already left the backlog. */
	dropped(job: Job, isLate: boolean): void;
	/** An abort came while it runs: it cleans up. */
	aborted(job: Job): void;
	/** It is over: it gives its slot back, and the next job starts. */
	over(job: Job, outcome: Outcome): void;
	/** It stands still now. */
	parked(job: Job): void;
	/** It moves again, or is over; `needsSlot`: it has no slot, and nobody can stop it. */
	moved(job: Job, needsSlot: boolean): void;
	/** Something that users can see of it has changed. */
	touch(): void;
	readonly host: JobHost;
}

const nothing = (): void => {};
const resolved = Promise.resolve();

/** The promises of `addAll()`, each of which rejects with any of its jobs. */
const wholes = new WeakMap<Job, Promise<unknown>>();

/** Notes that a job belongs to an `addAll()`. */
export function joinWhole(job: Job, whole: Promise<unknown>): void {
	wholes.set(job, whole);
}

export class Job implements Linked<Job>, BodyHost {
	list: LinkedList<Job> | null = null;
	previous: Job | null = null;
	next: Job | null = null;
	readonly options: JobOptions;
	readonly owner: JobOwner;
	/** Where it counts as work while it runs: the queue's pool, or a map's. */
	readonly pool: Pool;
	readonly promise: Promise<unknown>;
	phase: 'waiting' | 'running' | 'aborted' | 'over' = 'waiting';
	/** Once it has started: it moves with a slot, stands still with one, or stands still without. */
	place: 'slot' | 'parked' | 'released' = 'slot';
	/** Its function: made when it starts. */
	body!: Body;
	#fn: JobFunction | null;
	#scope: Scope | null = null;
	#resolve!: (value: unknown) => void;
	#reject!: (reason: unknown) => void;
	#unfollow: (() => void) | null = null;

	constructor(fn: JobFunction, options: JobOptions, owner: JobOwner, pool: Pool) {
		this.#fn = fn;
		this.options = options;
		this.owner = owner;
		this.pool = pool;
		this.promise = new Promise((resolve, reject) => {
			this.#resolve = resolve;
			this.#reject = reject;
		});
	}

	get id(): string {
		return this.options.id;
	}

	get name(): TaskName {
		return {id: this.id, set: this.owner.path};
	}

	get set(): unknown {
		return this.owner.set;
	}

	/** Whether all its branches stand still. */
	get isParked(): boolean {
		return this.phase === 'running' && this.place !== 'slot';
	}

	/** Whether its own signal keeps it from starting or continuing. */
	get isHeldBack(): boolean {
		const {signal} = this.options;
		return signal !== undefined && !signal.aborted && isPaused(signal);
	}

	/** Whether any pause keeps it from continuing. */
	get isHeld(): boolean {
		return this.owner.signal.paused || this.isHeldBack;
	}

	/** The flow that adds a task for a signal is on it; otherwise it is above the pool. A map awaits on its own. */
	get awaitedOn(): AbortSignal | undefined {
		return this.options.signal;
	}

	// Its caller begins to await it, or continues.
	#noteCaller(verb: 'await' | 'leave'): void {
		const {awaitedOn, pool} = this;
		if (awaitedOn === undefined || awaitedOn === pool.signal || !isPausable(awaitedOn)) pool[verb]();
	}

	/** From now on its caller awaits it, and its own signal can remove it, or hold it back. */
	follow(): void {
		this.#noteCaller('await');
		const {signal} = this.options;
		if (signal === undefined) return;
		this.#unfollow = follow(signal, {
			resume: () => this.owner.returned(this),
			abort: (reason) => this.abort(reason),
		});
	}

	/** Makes it start in the async context of its `add()`. A job that starts during `add()` does not need this. */
	captureContext(): void {
		this.#scope = captureContext();
	}

	/** To be called at its turn, and at once. */
	run(): Promise<void> {
		const {signal} = this.options;
		// It may be over: a backlog that removes by id may keep an aborted job.
		if (this.phase !== 'waiting') return resolved;
		// An earlier listener of its signal may have started the queue before ours is called.
		if (signal?.aborted === true) this.#giveUp(reasonOf(signal), true);
		else if (this.isHeldBack) this.owner.heldBack(this);
		else this.#start();
		return resolved;
	}

	#start(): void {
		const scope = this.#scope;
		this.#scope = null;
		this.phase = 'running';
		// Before anybody hears of the start, as that may abort it.
		this.body = new Body(this);
		this.owner.started(this);
		publish(channels.start, this);
		if (scope === null) void this.#work();
		else void scope.runInAsyncScope(this.#work, this);
	}

	async #work(): Promise<void> {
		const {body, pool} = this;
		pool.begin();
		const {timeout} = this.options;
		if (timeout !== undefined)
			body.startClock(timeout, () => this.abort(this.owner.host.timeoutError(timeout)));
		let outcome: Outcome = 'completed';
		let value: unknown;
		try {
			value = await this.#call(body.createContext());
		} catch (error) {
			outcome = 'failed';
			value = error;
		}
		if (this.phase === 'aborted') outcome = 'aborted';
		this.#end(body);
		if (outcome !== 'aborted') this.owner.host.settled(outcome, value);
		// J3
		await resolved;
		if (outcome !== 'aborted') this.#noteCaller('leave');
		if (outcome === 'completed') this.#resolve(value);
		else if (outcome === 'failed') this.#reject(value);
		this.owner.over(this, outcome);
		pool.end();
	}

	// A synchronous throw becomes a rejection, so that its event comes after `active`.
	#call(context: JobContext): unknown {
		const fn = this.#fn!;
		this.#fn = null;
		try {
			return fn(context);
		} catch (error) {
			return Promise.reject(error);
		}
	}

	#end(body: Body): void {
		if (this.isParked) this.owner.moved(this, false);
		this.phase = 'over';
		this.#unfollow?.();
		body.close();
	}

	/** Rejects the caller's promise and aborts the signal. A running job is over when its function has ended (J1). */
	abort(reason: unknown): void {
		if (this.phase === 'waiting') this.#giveUp(reason, false);
		if (this.phase !== 'running') return;
		if (this.isParked) this.owner.moved(this, false);
		this.phase = 'aborted';
		this.#noteCaller('leave');
		// The order is p-queue's: the body, the listeners of `error`, the caller. This is queued before the
		// body learns of the abort, so that whatever the body settles comes after it (J3).
		void resolved.then(() => {
			this.owner.host.failing(reason);
			void resolved.then(() => this.#reject(reason));
		});
		this.body.abort(reason);
		this.owner.aborted(this);
	}

	#giveUp(reason: unknown, isLate: boolean): void {
		this.phase = 'over';
		this.#fn = this.#scope = null;
		this.#unfollow?.();
		this.#noteCaller('leave');
		// J3
		void resolved.then(() => this.#reject(reason));
		this.owner.dropped(this, isLate);
	}

	/** Keeps a rejection that the user asked for, by clear() or stop(), from being unhandled. */
	silence(): void {
		this.promise.catch(nothing);
		wholes.get(this)?.catch(nothing);
	}

	reported(): void {
		this.owner.touch();
	}

	/** Checks whether it stands still, or moves again. */
	look(): void {
		if (this.phase !== 'running' || this.body.standsStill === this.isParked) return;
		if (this.isParked) this.#move();
		else this.#park();
	}

	#park(): void {
		this.place = 'parked';
		publish(channels.park, this);
		this.owner.parked(this);
	}

	#move(): void {
		const needsSlot = this.place === 'released';
		this.place = 'slot';
		publish(channels.resume, this);
		this.owner.moved(this, needsSlot);
	}

	/** Takes its slot away: to continue it needs a slot, and not only the end of its pause. */
	release(): void {
		this.place = 'released';
		this.body.delayResume();
	}

	/** Gives it a slot again. */
	readmit(): void {
		if (this.isParked) {
			this.place = 'slot';
			publish(channels.resume, this);
			this.owner.moved(this, false);
		}
		this.body.letResume();
	}
}
