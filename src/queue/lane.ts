/**
 * A lane: the state behind a queue or a task set. Lanes form a tree. Its root is the queue's lane, a
 * lane like the others.
 *
 * Glossary:
 *
 * - job: one task, from `add()` to the end of its function (job.ts)
 * - backlog: the waiting jobs of one lane; turns: whose turn it is among lanes (turns.ts)
 * - slot: the right to run, one at each level up to the root (slots.ts)
 * - parked: running, and standing still; released: parked, and without its slot;
 *   returning: released, and waiting for a slot as its pause is over (parking.ts)
 * - held: paused by this lane itself; paused: by this lane or one around it (control.ts)
 *
 * Invariants (L1 is the roster's):
 *
 * L2. A parent keeps a lane that has something to lose: jobs, a hold, a listener, starts that count
 *     against its rate, a limit set later, or a lane below that it keeps. Any other lane lives as long
 *     as somebody refers to it; its options stay with its name. `dispose()` ends both.
 */
import {PausableController, type PausableSignal} from '../core/index.ts';
import {Control} from './control.ts';
import {Family} from './family.ts';
import type {LaneOptions, QueueClass} from './options.ts';
import {Parking} from './parking.ts';
import {type RateHost, RateLimit, type RateOptions} from './rate-limit.ts';
import {type LaneHost, Roster, type RosterHost} from './roster.ts';
import {Slots} from './slots.ts';
import {Turns} from './turns.ts';
import {allRunning, type Count} from './walk.ts';

/** The queue or set that shows a lane to users. */
export interface LaneFace {
	/** A count, a state or a task's progress may have changed. */
	touched(): void;
	readonly hasListeners: boolean;
	/** The queue or the set itself. */
	readonly group: unknown;
}

export interface LaneSetup {
	readonly host: LaneHost;
	readonly name: string | undefined;
	readonly options: LaneOptions & RateOptions;
	readonly queueClass: QueueClass;
	readonly controller: PausableController;
}

export class Lane implements RosterHost, RateHost {
	readonly parent: Lane | null;
	readonly counts: Record<Count, number> = {
		waiting: 0,
		running: 0,
		parked: 0,
		completed: 0,
		failed: 0,
		aborted: 0,
	};
	readonly host: LaneHost;
	/** Its own jobs, without those of the lanes below. */
	readonly jobs: Roster = new Roster(this);
	readonly slots: Slots;
	readonly turns: Turns;
	readonly parking: Parking;
	readonly control: Control;
	readonly name: string | undefined;
	readonly options: LaneOptions;
	readonly #queueClass: QueueClass;
	readonly #family: Family<Lane> = new Family();
	/** Set by its queue or set, before anything else happens. */
	face!: LaneFace;
	isDisposed = false;

	constructor(parent: Lane | null, setup: LaneSetup) {
		const {options, queueClass, controller} = setup;
		this.parent = parent;
		this.host = setup.host;
		this.name = setup.name;
		this.options = options;
		this.#queueClass = queueClass;
		const rate = RateLimit.create(this, options);
		this.slots = new Slots(parent?.slots ?? null, options.concurrency, rate, () => this.#opened());
		this.parking = new Parking(this.slots, parent?.parking ?? null);
		this.turns = new Turns(this, parent?.turns ?? null, options.priority, queueClass);
		this.control = new Control(this, controller);
	}

	get set(): unknown {
		return this.parent === null ? undefined : this.face.group;
	}

	get signal(): PausableSignal {
		return this.control.signal;
	}

	/** The lanes below that are alive. */
	get children(): readonly Lane[] {
		return this.#family.all;
	}

	get hadChildren(): boolean {
		return this.#family.wasUsed;
	}

	child(name: string): Lane | undefined {
		return this.#family.get(name);
	}

	createChild(name: string, options: LaneOptions): Lane {
		const controller = new PausableController({signal: this.signal, name});
		const {host} = this;
		const child = new Lane(this, {host, name, options, queueClass: this.#queueClass, controller});
		this.#family.add(name, child);
		return child;
	}

	/** Removes a lane without jobs: frees its name and aborts its signal. */
	dispose(reason: unknown): void {
		this.isDisposed = true;
		this.control.close(reason);
		this.slots.rate?.stop();
		for (const child of this.children) child.dispose(reason);
		// Only sets are disposed of: they have a parent and a name.
		this.parent!.#family.delete(this.name!, this);
		this.parent!.noteUse();
	}

	/** To be called when L2 may have changed. */
	noteUse(): void {
		for (let at: Lane = this; at.parent !== null; at = at.parent)
			at.parent.#family.keep(at, !at.isDisposed && at.#isInUse);
	}

	get #isInUse(): boolean {
		const {waiting, running} = this.counts;
		const {rate, limit} = this.slots;
		// Until then its timer keeps this lane alive.
		if (rate?.isCounting === true) rate.whenQuiet(() => this.noteUse());
		return (
			waiting + running > 0 ||
			limit !== this.options.concurrency ||
			this.isHeldHere ||
			this.face.hasListeners ||
			this.#family.isBusy
		);
	}

	touch(): void {
		for (let at: Lane | null = this; at !== null; at = at.parent) at.face.touched();
		this.host.touched();
	}

	/** The most jobs that run at once, here and below. */
	limit(concurrency: number): void {
		this.slots.limit = concurrency;
		this.noteUse();
		this.host.pump();
	}

	// ---- Calls from its parts

	mayStartOne(): boolean {
		// If nothing waits, do not look at the rate: its timer would keep the process alive (R3).
		if (this.counts.waiting === 0) return false;
		if (!this.signal.paused) return this.slots.hasRoom();
		// So that the end of the pause reaches this lane (T2).
		this.control.follow();
		return false;
	}

	get isHeldHere(): boolean {
		const {paused, holds} = this.signal;
		return paused && holds.length > (this.parent?.signal.holds.length ?? 0);
	}

	heldHere(): void {
		this.noteUse();
		for (const job of [...allRunning(this)]) {
			// Looks again: it may have moved in this tick, and a pause further out may have parked it.
			job.look();
			(job.owner as Roster).offerSlot(job);
		}
		this.host.pump();
		this.touch();
	}

	/** Called when the pause may be over. */
	resumed(): void {
		if (this.signal.paused) return;
		this.#returnAll();
		this.#opened();
		this.control.answer();
		this.control.unfollowIfIdle();
		this.touch();
		this.host.pump();
	}

	#returnAll(): void {
		if (this.counts.parked === 0) return;
		this.parking.returnAll();
		for (const child of this.children) child.#returnAll();
	}

	// There is room here, or a pause is over: returning jobs come before newcomers (P2).
	#opened(): void {
		this.parking.open();
		if (this.counts.waiting > 0) this.turns.reopen();
		this.noteUse();
	}

	/** A new window of its rate limit has begun, or a start has left the sliding one. */
	nextWindow(): void {
		this.#opened();
		this.host.nextWindow();
	}

	// The queue's own windows rest at `empty` and `idle`, as p-queue's do (R3).
	get wantsWindow(): boolean {
		const {parent, signal, counts} = this;
		return !signal.paused && (parent === null || counts.waiting > 0);
	}

	// ---- Endings, here and below

	/** Rejects all waiting jobs; returns their ids. */
	clear(reason: unknown): string[] {
		const ids = this.jobs.clear(reason);
		return ids.concat(...this.children.map((child) => child.clear(reason)));
	}

	/** Rejects all waiting jobs and aborts the running ones; returns the ids of the waiting ones. */
	abort(reason: unknown): string[] {
		const ids = this.clear(reason);
		this.#abortRunning(reason);
		return ids;
	}

	#abortRunning(reason: unknown): void {
		this.jobs.abortRunning(reason);
		for (const child of this.children) child.#abortRunning(reason);
	}

	/** Takes new signals; only sets do. Returns the function that aborts the old ones, the inner ones first. */
	renew(): (reason: unknown) => void {
		const abort = this.control.renew(this.parent!.signal);
		const below = this.children.map((child) => child.renew());
		return (reason) => {
			for (const abortBelow of below) abortBelow(reason);
			abort(reason);
			this.#opened();
		};
	}

	/** Aborts the signals for good. */
	close(reason: unknown): void {
		this.control.close(reason);
		for (const child of this.children) child.close(reason);
	}
}
