/**
 * Whose turn it is in one lane: among its own jobs that wait, and the lanes below.
 *
 * Invariants:
 *
 * T1. A lane that could start something is in the ring of its parent, and so on up to the root. One
 *     that is listed need not be able to: `next()` checks it, so that a pause costs nothing.
 * T2. A lane that `next()` finds closed leaves the ring; `reopen()` puts it back.
 * T3. Lanes of equal priority take turns. The lane's own jobs stand in its ring as one of them, with
 *     priority 0.
 * T4. A job that waits is in the backlog, or aside because its own signal is paused.
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
	/** Made with the first lane below: without one, the backlog is all there is. */
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
		// An idle lane stays out of the ring around it, which would keep it.
		if (this.#backlog.size > 0) this.#listBacklog();
	}

	add(job: Job): void {
		if (job.isHeldBack) {
			this.setAside(job);
			return;
		}
		this.#backlog.add(job);
		this.#listBacklog();
	}

	/** For a job that its own signal holds back. */
	setAside(job: Job): void {
		(this.#aside ??= new Set()).add(job);
	}

	/** Its own signal is resumed. Returns whether it stood aside. */
	bringBack(job: Job): boolean {
		const wasAside = this.#aside?.delete(job) === true;
		if (wasAside) this.add(job);
		return wasAside;
	}

	/** Takes a job out that still waits. */
	remove(job: Job): void {
		if (this.#aside?.delete(job) === true) return;
		this.#backlog.remove(job, (same) => this.#host.jobs.hasNamesake(same));
	}

	/** Drops all jobs of this lane; those below stay. */
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

	/** Takes the next job out, here or below, to be called now. */
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

	// To the back of the ring (T3). A lane whose last job this was stays out of it: the ring would keep it.
	#listAgain(ring: Turns): void {
		if (this === ring) this.#listBacklog();
		else if (this.#host.counts.waiting > 1) this.#list();
	}

	/** Nothing waits: lanes whose jobs were cleared leave the ring, which would keep them. */
	dropIdle(): void {
		while (this.#leaveRing() !== undefined);
	}

	#nextIfOpen(): Startable | undefined {
		return this.#host.mayStartOne() ? this.next() : undefined;
	}

	/** Something that kept this lane from starting jobs is gone (T2). */
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

	// Up to the root (T1).
	#list(): void {
		for (let at: Turns = this; at.#parent !== null; at = at.#parent) {
			if (at.#isListed) continue;
			at.#isListed = true;
			at.#parent.#ring?.push(at, at.#priority);
		}
	}
}
