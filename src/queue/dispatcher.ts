/**
 * The dispatcher of a queue: starts jobs, and fires the events in p-queue's order.
 *
 * Invariants:
 *
 * D1. Code that ends a pause, frees a slot or adds a job calls `pump()`, and only that starts jobs:
 *     while the queue is open and has room, it starts the job whose turn it is. Jobs that return from
 *     a pause have their slots by then (P2).
 * D2. During `takeMany()` no job starts and no event fires: its events come once, at its end.
 * D3. The events of one moment come in p-queue's order. At the end of a job: `completed` or `error`;
 *     a microtask later `pendingZero`, then what starts with its `active` or `empty` and `idle`, then
 *     `next`.
 */
import {TimeoutError} from 'p-queue';
import type {Job} from './job.ts';
import type {Lane} from './lane.ts';
import {ProcessHold} from './process-hold.ts';
import {RateNews} from './rate-news.ts';
import type {LaneHost} from './roster.ts';
import {SetOptions} from './set-options.ts';
import {StuckWatch} from './stuck-watch.ts';

/** The events that the dispatcher fires. */
export type Moment =
	| 'active'
	| 'add'
	| 'completed'
	| 'empty'
	| 'error'
	| 'idle'
	| 'next'
	| 'pendingZero'
	| 'rateLimit'
	| 'rateLimitCleared'
	| 'stuck';

/** The queue that dispatches the events. */
export interface DispatcherListener {
	fire(moment: Moment, detail?: unknown): void;
	/** Called when the queue gets its first task, and when none is left. */
	busy(isBusy: boolean): void;
}

export class Dispatcher implements LaneHost {
	root!: Lane;
	readonly setOptions: SetOptions = new SetOptions();
	readonly stuck: StuckWatch;
	/** Milliseconds of active time for tasks without a `timeout` of their own. */
	timeout: number | undefined;
	/** Whether the queue refuses tasks, after `stop()` or `shutdown()`. */
	isClosed = false;
	readonly #listener: DispatcherListener;
	readonly #processHold: ProcessHold | null;
	#rateNews: RateNews | null = null;
	#lastId = 0;
	#isTakingMany = false;
	#isBusy = false;

	constructor(listener: DispatcherListener, options: {stuckAfter: number; keepAlive: boolean}) {
		this.#listener = listener;
		this.stuck = new StuckWatch(options.stuckAfter, (job, origin) =>
			listener.fire('stuck', {...job.name, origin}),
		);
		this.#processHold = options.keepAlive ? new ProcessHold(() => this.#isHeld) : null;
	}

	/** Whether tasks that wait or stand still keep the process alive. */
	get keepsAlive(): boolean {
		return this.#processHold !== null;
	}

	/** To be called once, before anything else. */
	begin(root: Lane): void {
		this.root = root;
		if (root.slots.rate === null) return;
		const fire = (isLimited: boolean): void =>
			this.#listener.fire(isLimited ? 'rateLimit' : 'rateLimitCleared');
		this.#rateNews = new RateNews(() => this.isRateLimited, fire);
	}

	/** Whether the rate limit is reached and more tasks wait. */
	get isRateLimited(): boolean {
		return this.root.counts.waiting > 0 && this.root.slots.rate?.isReached === true;
	}

	/** Fires the event of a change of the rate limit now, if it has not fired yet. */
	tellRate(): void {
		this.#rateNews?.look();
	}

	nextId(): string {
		this.#lastId++;
		return String(this.#lastId);
	}

	expectOpen(): void {
		if (this.isClosed || this.root.signal.aborted)
			throw new DOMException('The queue was stopped: it takes no more tasks', 'InvalidStateError');
	}

	/** Starts a job that its lane has just taken, or lets it wait. `before`: how many waited in the queue before it. */
	added(job: Job, before: number): void {
		this.#rateNews?.schedule();
		this.#listener.fire('add');
		// p-queue fires `empty` only if others waited before.
		if (before > 0) this.#startAll();
		else this.#startOne();
		if (job.phase === 'waiting') job.captureContext();
	}

	/** Starts all jobs that can start (D1). */
	pump(): void {
		if (this.root.counts.waiting > 0) this.#startAll();
	}

	#startAll(): void {
		while (this.#startOne());
	}

	// A loop, no recursion: many jobs may have been aborted when their turn comes.
	#startOne(): boolean {
		let hasStarted: boolean | undefined;
		while (hasStarted === undefined) hasStarted = this.#startNext();
		return hasStarted;
	}

	// `undefined`: the job whose turn it was did not start.
	#startNext(): boolean | undefined {
		const {counts, slots, turns, signal} = this.root;
		if (this.#isTakingMany) return false;
		if (counts.waiting === 0) {
			this.#tellEmpty();
			return false;
		}
		if (signal.aborted) return false;
		if (signal.paused) {
			slots.rate?.watch();
			return false;
		}
		const next = slots.hasRoom() ? turns.next() : undefined;
		if (next === undefined) return false;
		const {running, waiting} = counts;
		this.#rateNews?.schedule();
		void next.run();
		return this.#noteStart(counts.running > running, counts.waiting < waiting);
	}

	// After the function's call, as in p-queue: a listener that adds a task finds the slot taken.
	#noteStart(hasStarted: boolean, isGone: boolean): true | undefined {
		if (hasStarted) this.#listener.fire('active');
		else if (isGone) this.#tellNext();
		return hasStarted ? true : undefined;
	}

	#tellNext(): void {
		this.#rateNews?.schedule();
		this.#listener.fire('next');
	}

	#tellEmpty(): void {
		const {counts, slots, turns} = this.root;
		turns.dropIdle();
		slots.rate?.rest();
		this.#listener.fire('empty');
		// A listener may have added one.
		if (counts.running + counts.waiting > 0) return;
		slots.rate?.stop();
		this.#listener.fire('idle');
	}

	/** Removes many jobs at once; others start afterwards (D2). */
	takeMany<T>(take: () => T): T {
		// In a listener of an abort, say: the events of both come at the end of the outer one.
		if (this.#isTakingMany) return take();
		const {counts} = this.root;
		const before = counts.waiting;
		this.#isTakingMany = true;
		try {
			return take();
		} finally {
			// After an error, too, as the constructor of a `queueClass` may throw.
			this.#isTakingMany = false;
			this.pump();
			if (counts.waiting < before) {
				if (counts.waiting === 0) this.#tellEmpty();
				this.#rateNews?.look();
				this.#tellNext();
			}
		}
	}

	dropped(): void {
		if (this.#isTakingMany) return;
		this.#startAll();
		this.#tellNext();
	}

	nextWindow(): void {
		this.#startAll();
		this.#rateNews?.schedule();
	}

	aborted(job: Job): void {
		this.stuck.aborted(job);
	}

	failing(reason: unknown): void {
		this.#listener.fire('error', reason);
	}

	settled(outcome: 'completed' | 'failed', value: unknown): void {
		this.#listener.fire(outcome === 'completed' ? 'completed' : 'error', value);
	}

	over(job: Job): void {
		this.stuck.over(job);
		if (this.root.counts.running === 0) this.#listener.fire('pendingZero');
		this.#startAll();
		this.#tellNext();
	}

	timeoutError(ms: number): TimeoutError {
		const {running, waiting} = this.root.counts;
		// The message is p-queue's.
		return new TimeoutError(
			`Task timed out after ${ms}ms (queue has ${running} running, ${waiting} waiting)`,
		);
	}

	touched(): void {
		const {waiting, running} = this.root.counts;
		const isBusy = waiting + running > 0;
		if (isBusy !== this.#isBusy) {
			this.#isBusy = isBusy;
			this.#listener.busy(isBusy);
		}
		this.#processHold?.look();
	}

	// While no task moves, nothing else would keep the process alive for those that wait or stand still.
	get #isHeld(): boolean {
		const {waiting, running, parked} = this.root.counts;
		return waiting + parked > 0 && running === parked;
	}
}
