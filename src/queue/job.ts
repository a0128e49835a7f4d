/**
 * One task of a queue: from `add()` to the end of its function.
 *
 * Invariants:
 *
 * J1. The caller's promise and the function end apart: an abort rejects the promise at once, while
 *     the job keeps its slot until the function has ended.
 * J2. The phase only goes forward: waiting, running, aborted (the function still runs), over. From
 *     waiting and running it may skip what comes between.
 * J3. The owner is told of the end of a function one microtask after its event, as in p-queue; the
 *     caller hears a microtask later still, when the next job has started.
 *
 * A job knows its owner by an interface, and nothing of lanes, turns and slots.
 */
import {
	follow,
	isPaused,
	type Linked,
	type LinkedList,
	type PausableSignal,
	reasonOf,
} from '../core/index.ts';
import {captureContext, type Scope} from './async-context.ts';
import {Body, type BodyHost} from './body.ts';
import type {JobContext} from './context.ts';
import {channels, publish} from './diagnostics.ts';
import type {Outcome, TaskName} from './options.ts';

/** What `add()` has checked. */
export interface JobOptions {
	readonly id: string;
	priority: number;
	readonly timeout: number | undefined;
	readonly signal: AbortSignal | undefined;
}

export type JobFunction = (context: JobContext) => unknown;

/** What a job tells the queue, wherever it is. */
export interface JobHost {
	/** The promise of a job that was aborted will reject with this. */
	failing(reason: unknown): void;
	/** The function of a job has ended. */
	settled(outcome: 'completed' | 'failed', value: unknown): void;
	timeoutError(ms: number): Error;
}

/** Where a job is. */
export interface JobOwner {
	readonly signal: PausableSignal;
	readonly path: string | undefined;
	readonly set: unknown;
	setPriority(job: Job, priority: number): void;
	/** It starts: counted as running, with a slot, from now on. */
	started(job: Job): void;
	/** Its turn came while its own signal is paused. */
	heldBack(job: Job): void;
	/** Its own signal is resumed. */
	returned(job: Job): void;
	/** It was aborted before it started; `isLate`: at its turn, so that it stands nowhere any more. */
	dropped(job: Job, isLate: boolean): void;
	/** It was aborted while it runs, and cleans up. */
	aborted(job: Job): void;
	/** It is over: it gives back what it holds, and the next one starts. */
	over(job: Job, outcome: Outcome): void;
	/** It came to stand still. */
	parked(job: Job): void;
	/** It moves again, or is over; `needsSlot`: it has none, and cannot be kept from moving. */
	moved(job: Job, needsSlot: boolean): void;
	/** Something that is shown of it has changed. */
	touch(): void;
	readonly host: JobHost;
}

const nothing = (): void => {};
const resolved = Promise.resolve();

/** The promises of `addAll()`, which reject with those of their jobs. */
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
	readonly promise: Promise<unknown>;
	phase: 'waiting' | 'running' | 'aborted' | 'over' = 'waiting';
	/** Of one that has started: moves with a slot, stands still with it, or stands still without. */
	place: 'slot' | 'parked' | 'released' = 'slot';
	#body: Body | null = null;
	#fn: JobFunction | null;
	#scope: Scope | null = null;
	#resolve!: (value: unknown) => void;
	#reject!: (reason: unknown) => void;
	#unfollow: (() => void) | null = null;

	constructor(fn: JobFunction, options: JobOptions, owner: JobOwner) {
		this.#fn = fn;
		this.options = options;
		this.owner = owner;
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

	get signalsAbove(): AbortSignal | readonly AbortSignal[] {
		const {signal} = this.options;
		return signal === undefined ? this.owner.signal : [this.owner.signal, signal];
	}

	/** Its function while it runs. */
	get body(): Body | null {
		return this.#body;
	}

	/** Whether it stands still, in all its branches. */
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

	/** From now on its own signal can take it out, or hold it back. */
	follow(): void {
		const {signal} = this.options;
		if (signal === undefined) return;
		this.#unfollow = follow(signal, {
			resume: () => this.owner.returned(this),
			abort: (reason) => this.abort(reason),
		});
	}

	/** Makes it start in the async context of its `add()`; not needed when it starts within that. */
	captureContext(): void {
		this.#scope = captureContext();
	}

	/** To be called at its turn, and at once. */
	run(): Promise<void> {
		const {signal} = this.options;
		// Over already: a backlog that removes by id may keep one that was aborted.
		if (this.phase !== 'waiting') return resolved;
		// An earlier listener of its signal may have started the queue, before we hear of the abort.
		if (signal?.aborted === true) this.#giveUp(reasonOf(signal), true);
		else if (this.isHeldBack) this.owner.heldBack(this);
		else this.#start();
		return resolved;
	}

	#start(): void {
		const scope = this.#scope;
		this.#scope = null;
		this.phase = 'running';
		this.owner.started(this);
		publish(channels.start, this);
		if (scope === null) void this.#work();
		else void scope.runInAsyncScope(this.#work, this);
	}

	async #work(): Promise<void> {
		const body = (this.#body = new Body(this));
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
		if (outcome === 'completed') this.#resolve(value);
		else if (outcome === 'failed') this.#reject(value);
		this.owner.over(this, outcome);
	}

	// What it throws becomes a rejection, so that it is told of after `active`.
	#call(context: JobContext): unknown {
		const fn = this.#fn;
		this.#fn = null;
		try {
			return fn?.(context);
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

	/** Rejects the caller and aborts the signal; what runs is over only when it has ended (J1). */
	abort(reason: unknown): void {
		if (this.phase === 'waiting') this.#giveUp(reason, false);
		if (this.phase !== 'running') return;
		if (this.isParked) this.owner.moved(this, false);
		this.phase = 'aborted';
		// As in p-queue: first the body, then the listeners of `error`, then the caller. Begun before the
		// body hears of it: what that settles comes after these (J3).
		void resolved.then(() => {
			this.owner.host.failing(reason);
			void resolved.then(() => this.#reject(reason));
		});
		this.#body?.abort(reason);
		this.owner.aborted(this);
	}

	#giveUp(reason: unknown, isLate: boolean): void {
		this.phase = 'over';
		this.#fn = this.#scope = null;
		this.#unfollow?.();
		// J3
		void resolved.then(() => this.#reject(reason));
		this.owner.dropped(this, isLate);
	}

	/** A rejection that was asked for, by clear() or stop(), is never unhandled. */
	silence(): void {
		this.promise.catch(nothing);
		wholes.get(this)?.catch(nothing);
	}

	reported(): void {
		this.owner.touch();
	}

	/** Looks whether it stands still, or moves again. */
	look(): void {
		const standsStill = this.#body?.standsStill === true;
		if (this.phase !== 'running' || standsStill === this.isParked) return;
		if (standsStill) this.#park();
		else this.#move();
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

	/** It has no slot any more: it needs one to continue, and not only the end of its pause. */
	release(): void {
		this.place = 'released';
		this.#body?.delayResume();
	}

	/** It has a slot again. */
	readmit(): void {
		if (this.isParked) {
			this.place = 'slot';
			publish(channels.resume, this);
			this.owner.moved(this, false);
		}
		this.#body?.letResume();
	}
}
