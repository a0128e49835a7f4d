/**
 * Whose turn it is in one lane: among its own waiting jobs, and the lanes below.
 *
 * Invariants:
 *
 * T1. A lane that could start a job is in the ring of its parent, and so on up to the root. A lane in
 *     the ring may be unable to start one: `next()` checks that, so that a pause costs nothing.
 * T2. A lane that `next()` finds closed leaves the ring; `reopen()` puts it back.
 * T3. Lanes of equal priority take turns. The lane's own jobs share one place in its ring, with
 *     priority 0.
 * T4. A waiting job is in the backlog, or aside because its own signal was paused at its turn.
 */
import type {QueueAddOptions} from 'p-queue';
import {Backlog, type Startable} from './backlog.ts';
import type {Job} from './job.ts';
import type {QueueClass} from './options.ts';
import {Ring} from './ring.ts';

/** The lane whose turns these are. */
export interface TurnsHost {
	readonly counts: {readonly waiting: number};
	/** Whether a job here or below may start, as far as this level is concerned. */
	mayStartOne(): boolean;
	readonly jobs: {
		/** Whether another job that waits in this lane has the same id. */
		hasNamesake(job: Job): boolean;
	};
}

export class Turns {
	readonly #host: TurnsHost;
	readonly #parent: Turns | null;
	readonly #priority: number;
	readonly #backlog: Backlog;
	/** Made with the first lane below; without one, there is only the backlog. */
	#ring: Ring<Turns> | null = null;
	#aside: Set<Job> | null = null;
	#isListed = false;
	#isBacklogListed = false;

	constructor(host: TurnsHost, parent: Turns | null, priority: number, queueClass: QueueClass) {
		this.#host = host;
		this.#parent = parent;
		this.#priority = priority;
		this.#backlog = new Backlog(queueClass);
		if (parent !== null) parent.#branch();
	}

	#branch(): void {
		if (this.#ring !== null) return;
		this.#ring = new Ring();
		// An idle lane stays out of the ring around it, because the ring would keep it alive.
		this.#listBacklog();
	}

	add(job: Job): void {
		this.#backlog.add(job);
		this.#listBacklog();
	}

	/** Sets a job aside that its own signal holds back. */
	setAside(job: Job): void {
		(this.#aside ??= new Set()).add(job);
	}

	/** Puts a job back whose own signal has resumed, if it was aside. */
	bringBack(job: Job): void {
		if (this.#aside?.delete(job) === true) this.add(job);
	}

	/** Removes a waiting job. */
	remove(job: Job): void {
		if (this.#aside?.delete(job) === true) return;
		// After `clear()` nothing is there: to look for namesakes of each job would be quadratic.
		if (this.#backlog.size === 0) return;
		this.#backlog.remove(job, (same) => this.#host.jobs.hasNamesake(same));
	}

	/** Removes all jobs of this lane; those below stay. */
	clear(): void {
		this.#backlog.clear();
		this.#aside = null;
	}

	setPriority(job: Job, priority: number): void {
		if (this.#aside?.has(job) !== true) this.#backlog.setPriority(job.id, priority);
	}

	/** How many of this lane's own jobs have these options. */
	count(options: Readonly<Partial<QueueAddOptions>>): number {
		return this.#backlog.count(options);
	}

	/** Removes and returns the next job, here or below, to be called now. */
	next(): Startable | undefined {
		if (this.#ring === null) return this.#backlog.next();
		for (let first = this.#leaveRing(); first !== undefined; first = this.#leaveRing()) {
			const next = first === this ? this.#backlog.next() : first.#nextIfOpen();
			if (next === undefined) continue;
			first.#listAgain(this);
			return next;
		}
		return undefined;
	}

	// Goes to the back of the ring (T3). A lane without more jobs stays out, as the ring would keep it alive.
	#listAgain(ring: Turns): void {
		if (this === ring) this.#listBacklog();
		else if (this.#host.counts.waiting > 1) this.#list();
	}

	/** To be called when nothing waits: lanes whose jobs were cleared leave the ring, which would keep them alive. */
	dropIdle(): void {
		while (this.#leaveRing() !== undefined);
	}

	#nextIfOpen(): Startable | undefined {
		return this.#host.mayStartOne() ? this.next() : undefined;
	}

	/** To be called when something that kept this lane from starting jobs is gone (T2). */
	reopen(): void {
		this.#listBacklog();
		this.#list();
	}

	#leaveRing(): Turns | undefined {
		const first = this.#ring?.shift();
		if (first === this) this.#isBacklogListed = false;
		else if (first !== undefined) first.#isListed = false;
		return first;
	}

	#listBacklog(): void {
		if (this.#backlog.size === 0) return;
		if (this.#ring !== null && !this.#isBacklogListed) {
			this.#isBacklogListed = true;
			this.#ring.push(this, 0);
		}
		this.#list();
	}

	// In all rings up to the root (T1).
	#list(): void {
		for (let at: Turns = this; at.#parent !== null; at = at.#parent) {
			if (at.#isListed) continue;
			at.#isListed = true;
			at.#parent.#ring?.push(at, at.#priority);
		}
	}
}
