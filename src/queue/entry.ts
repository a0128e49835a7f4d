import {TimeoutError} from 'p-queue';
import {
	bar,
	detach,
	follow,
	gatherWork,
	isPaused,
	type Linked,
	type LinkedList,
	PausableController,
	type PausableSignal,
	reasonOf,
	Timer,
	type WorkGroup,
} from '../core/index.ts';
import {Countdown} from '../time/index.ts';
import {captureContext, type Scope} from './async-context.ts';
import {channels, publish} from './diagnostics.ts';
import type {Lane} from './lane.ts';
import type {QueueTask, QueueTaskContext, TaskName} from './options.ts';
import type {Slot} from './scheduler.ts';
import type {TaskSet} from './task-set.ts';

/** What `add()` has checked. */
export interface EntryOptions {
	readonly id: string;
	priority: number;
	readonly timeout: number | undefined;
	readonly signal: AbortSignal | undefined;
}

/** What `run()` returns when the task did not start. */
export const noRun: Promise<unknown> = Promise.resolve();

const resolved = Promise.resolve();
const nothing = (): void => {};

export type Outcome = 'completed' | 'failed' | 'aborted';

/**
 * One task of a queue: from `add()` to the end of its function.
 *
 * The promise of the caller and the function end apart: an abort rejects the promise at once, while
 * the entry is over, and its slot free, when the function has really ended.
 */
export class Entry implements Linked<Entry> {
	list: LinkedList<Entry> | null = null;
	previous: Entry | null = null;
	next: Entry | null = null;
	readonly options: EntryOptions;
	readonly lane: Lane;
	readonly promise: Promise<unknown>;
	/** Where `add()` was called, if that was asked for. */
	readonly origin: string | undefined;
	phase: 'waiting' | 'running' | 'over' = 'waiting';
	slot: Slot | null = null;
	/** Stands in the line of its lane, and not beside it. */
	isInLine = false;
	isAborted = false;
	/** Every branch of it stands still. */
	isParked = false;
	/** It has given its slot back and wants one again to go on. */
	isReleased = false;
	startTime = 0;
	progress: unknown = undefined;
	#fn: QueueTask<unknown> | null;
	#scope: Scope | null = null;
	#resolve!: (value: unknown) => void;
	#reject!: (reason: unknown) => void;
	#reason: unknown;
	#whole: Promise<unknown> | null = null;
	#controller: PausableController | null = null;
	#work: WorkGroup | null = null;
	#unbar: (() => void) | null = null;
	#countdown: Countdown | null = null;
	#stuckTimer: Timer | null = null;
	#unfollow: (() => void) | null = null;

	constructor(fn: QueueTask<unknown>, options: EntryOptions, lane: Lane, origin?: string) {
		this.#fn = fn;
		this.options = options;
		this.lane = lane;
		this.origin = origin;
		this.promise = new Promise((resolve, reject) => {
			this.#resolve = resolve;
			this.#reject = reject;
		});
	}

	get id(): string {
		return this.options.id;
	}

	get set(): TaskSet | undefined {
		return this.lane.set;
	}

	get name(): TaskName {
		return {id: this.id, set: this.lane.path};
	}

	report(progress: unknown): void {
		this.progress = progress;
		this.lane.touch();
	}

	/** Made on the first read: a task that never looks pays nothing. */
	get signal(): PausableSignal {
		return (this.#controller ??= this.#createController()).signal;
	}

	#createController(): PausableController {
		const {signal} = this.options;
		const above = signal === undefined ? this.lane.signal : [this.lane.signal, signal];
		const controller = new PausableController({signal: above, name: this.id});
		if (this.isAborted) controller.abort(this.#reason);
		else this.#work = gatherWork(controller.signal, () => this.look());
		return controller;
	}

	/** Whether its own signal keeps it from starting. */
	get isHeldBack(): boolean {
		const {signal} = this.options;
		return signal !== undefined && !signal.aborted && isPaused(signal);
	}

	/** Aborts it if its signal is aborted, and an earlier listener of that starts tasks before we hear of it. */
	abortIfLate(): boolean {
		const {signal} = this.options;
		if (signal?.aborted !== true) return false;
		this.abort(reasonOf(signal));
		return true;
	}

	/** To be called while it waits: its signal can take it out of the line, or hold it back. */
	followSignal(onResume: () => void): void {
		const {signal} = this.options;
		if (signal === undefined) return;
		this.#unfollow = follow(signal, {
			resume: onResume,
			abort: (reason) => this.abort(reason),
		});
	}

	/** Makes it start in the async context of its `add()`; not needed when it starts within that. */
	captureContext(): void {
		this.#scope = captureContext();
	}

	/**
	 * Calls the function, and returns its promise: p-queue keeps the slot until that has settled.
	 * There is none when the task is held back, and so did not start.
	 */
	readonly run = (): Promise<unknown> => {
		const fn = this.#fn;
		if (fn === null || !this.lane.startTask(this)) return noRun;
		const scope = this.#scope;
		this.#fn = this.#scope = null;
		return scope === null ? this.#call(fn) : scope(() => this.#call(fn));
	};

	#call(fn: QueueTask<unknown>): Promise<unknown> {
		this.phase = 'running';
		this.startTime = Date.now();
		publish(channels.start, this);
		const {timeout} = this.options;
		if (timeout !== undefined) this.#startClock(timeout);
		const running = callAsync(fn, contextOf(this));
		// Before p-queue hears of the end: it frees the slot, and others may start, only afterwards.
		running.then(
			(value) => this.#settle('completed', value),
			(error: unknown) => this.#settle('failed', error),
		);
		return running;
	}

	#settle(outcome: 'completed' | 'failed', value: unknown): void {
		if (!this.isAborted) {
			const settle = outcome === 'completed' ? this.#resolve : this.#reject;
			this.#soon(() => settle(value));
		}
		this.#end(this.isAborted ? 'aborted' : outcome, value);
	}

	// Later, as with p-queue: the next task has started, and the slot is counted as free, when the caller
	// goes on.
	#soon(settle: () => void): void {
		void resolved.then(this.slot?.free == null ? settle : () => void resolved.then(settle));
	}

	#startClock(ms: number): void {
		this.#countdown = new Countdown(this.signal, ms, {
			end: () => this.abort(this.#timeoutError(ms)),
		});
	}

	// p-queue's words.
	#timeoutError(ms: number): TimeoutError {
		const {running, waiting} = this.lane.scheduler.root.counts;
		return new TimeoutError(
			`Task timed out after ${ms}ms (queue has ${running} running, ${waiting} waiting)`,
		);
	}

	/** Milliseconds of active time that are left of its `timeout`. */
	get timeoutRemaining(): number | undefined {
		return this.#countdown?.remaining;
	}

	/** Rejects the caller and aborts the signal; what runs is over only when it has ended. */
	abort(reason: unknown): void {
		if (this.isAborted || this.phase === 'over') return;
		this.isAborted = true;
		this.#reason = reason;
		if (this.phase === 'waiting') {
			this.#reject(reason);
			this.lane.dropWaiting(this);
			this.#end('aborted', reason);
			return;
		}
		this.#countdown?.cancel();
		this.#controller?.abort(reason);
		this.lane.taskAborted(this);
		// As p-queue does: the body hears of it first, then who listens for errors, then the caller.
		void resolved.then(() => {
			this.lane.scheduler.taskAborted(reason);
			this.#soon(() => this.#reject(reason));
		});
		const {stuckAfter} = this.lane.scheduler;
		if (stuckAfter !== Infinity)
			this.#stuckTimer = new Timer(() => this.lane.taskStuck(this), stuckAfter, false);
	}

	/** A rejection that was asked for, by clear() or stop(), is never unhandled. */
	silence(): void {
		this.promise.catch(nothing);
		this.#whole?.catch(nothing);
	}

	/** It belongs to an `addAll()`, whose promise rejects with its own. */
	joinWhole(whole: Promise<unknown>): void {
		this.#whole = whole;
	}

	#end(outcome: Outcome, value: unknown): void {
		const hadStarted = this.phase === 'running';
		this.phase = 'over';
		this.#fn = this.#scope = null;
		this.#unfollow?.();
		this.#countdown?.cancel();
		this.#stuckTimer?.cancel();
		this.#work?.close();
		if (this.#controller !== null) detach(this.#controller.signal);
		publish(channels.end, this, outcome);
		this.lane.taskOver(this, outcome, value, hadStarted);
	}

	/** Looks whether it stands still, or moves again. */
	look(): void {
		if (this.phase !== 'running') return;
		const isParked = !this.isAborted && this.#work?.areParked === true && this.signal.paused;
		if (isParked === this.isParked) return;
		this.isParked = isParked;
		publish(isParked ? channels.park : channels.resume, this);
		this.lane.taskParked(this);
	}

	/** Gives the slot back: from now on the end of the pause alone lets it not go on. */
	release(): void {
		this.isReleased = true;
		this.#unbar = bar(this.signal, 'waiting for a slot');
	}

	/** It has a slot again. */
	readmit(): void {
		this.isReleased = false;
		this.#unbar?.();
		this.#unbar = null;
		// Unless it is paused again in this tick: then it has not moved, and looks again.
		this.#work?.changed();
	}
}

// An object of its own: it can be copied and printed, and shows nothing of the queue.
function contextOf(entry: Entry): QueueTaskContext {
	return {
		id: entry.id,
		set: entry.set,
		get signal() {
			return entry.signal;
		},
		report: (progress) => entry.report(progress),
	};
}

function callAsync(fn: QueueTask<unknown>, context: QueueTaskContext): Promise<unknown> {
	try {
		return Promise.resolve(fn(context));
	} catch (error) {
		return Promise.reject(error);
	}
}
