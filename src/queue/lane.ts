/**
 * A lane: the state behind a queue or a task set. Lanes form a tree, with the queue's at its root.
 *
 * Invariants:
 *
 * 1. Each task is in one lane, and counted in that lane and in all around it. `waiting` counts those
 *    in the lines, `active` those that hold a slot, `running` all whose functions were called and
 *    have not ended, `parked` those of them that stand still.
 * 2. Nothing takes a slot in a lane where `active` is at the limit, or above it because the limit
 *    was lowered.
 * 3. A lane that could start something is in the ring of its parent, and so on up to the root. A
 *    listed lane need not be able to: the ring is checked when it is used, so that pausing costs
 *    nothing. A lane that is found closed leaves the ring; what opens it again (the end of a pause
 *    or of a task, the rate limit) puts it back.
 * 4. A parent keeps a lane strongly while it has tasks, holds, listeners, a rate to remember or a
 *    limit that was set. An idle lane that nobody names is collected; what it was made with stays in the scheduler.
 */
import {PriorityQueue, type Queue, type QueueAddOptions, type RunFunction} from 'p-queue';
import {
	follow,
	LinkedList,
	PausableController,
	type PausableSignal,
	type PauseHold,
	type Timer,
	WaiterList,
	whenDropped,
} from '../core/index.ts';
import {channels, publish} from './diagnostics.ts';
import {EndTimers, startTimer} from './end-timers.ts';
import type {Entry, Outcome} from './entry.ts';
import type {TaskSetOptions} from './options.ts';
import {RateLimit} from './rate-limit.ts';
import {Ring} from './ring.ts';
import type {Scheduler} from './scheduler.ts';
import type {TaskSet} from './task-set.ts';

export type LineClass = new () => Queue<RunFunction, QueueAddOptions>;

/** What a lane is made with, all defaults filled in. */
export type LaneOptions = Required<{
	readonly [K in keyof TaskSetOptions]: NonNullable<TaskSetOptions[K]>;
}>;

export interface Counts {
	waiting: number;
	running: number;
	parked: number;
	completed: number;
	failed: number;
	aborted: number;
}

/** Who shows a lane to its users, and wants to hear of it. */
export interface LaneListener {
	/** A count, a state or a task's progress may have changed. */
	touched(): void;
}

export class Lane {
	readonly name: string | undefined;
	readonly parent: Lane | null;
	readonly scheduler: Scheduler;
	readonly options: LaneOptions;
	readonly counts: Counts = {
		waiting: 0,
		running: 0,
		parked: 0,
		completed: 0,
		failed: 0,
		aborted: 0,
	};
	/** Its own tasks that wait, and those that run, without those of the lanes below. */
	readonly waiting: LinkedList<Entry> = new LinkedList();
	readonly running: LinkedList<Entry> = new LinkedList();
	/** Calls of pause() that wait for their report. */
	readonly pauses: WaiterList = new WaiterList();
	active = 0;
	set: TaskSet | undefined;
	listener: LaneListener | null = null;
	readonly #rate: RateLimit | null;
	#line: Queue<RunFunction, QueueAddOptions>;
	readonly #lineClass: LineClass;
	#controller: PausableController;
	#unfollow: (() => void) | null = null;
	#concurrency: number;
	#pauseTimer: Timer | null = null;
	#holdTimers: EndTimers | null = null;
	#ring: Ring<Lane> | null = null;
	#children: Map<string, WeakRef<Lane>> | null = null;
	#busy: Set<Lane> | null = null;
	#isListed = false;
	#isLineListed = false;
	#isClosed = false;
	#isHeard = false;
	#hearsPauses = false;

	constructor(
		scheduler: Scheduler,
		parent: Lane | null,
		name: string | undefined,
		options: LaneOptions,
		lineClass: LineClass,
		controller: PausableController,
	) {
		this.scheduler = scheduler;
		this.parent = parent;
		this.name = name;
		this.options = options;
		this.#concurrency = options.concurrency;
		this.#lineClass = lineClass;
		this.#line = new lineClass();
		this.#controller = controller;
		const {interval, intervalCap, strict} = options;
		this.#rate =
			parent === null || interval === 0 || intervalCap === Infinity
				? null
				: new RateLimit(interval, intervalCap, strict, () => this.#open());
	}

	// ---- The tree

	/** The names from the outermost set to this one, joined by `/`. */
	get path(): string | undefined {
		if (this.parent === null) return undefined;
		const above = this.parent.path;
		return above === undefined ? this.name : `${above}/${this.name}`;
	}

	/** A name of its own for each lane below, in the whole tree. */
	keyOf(name: string): string {
		const above = this.parent === null ? '' : this.parent.keyOf(this.name ?? '');
		return `${above}${name.length}:${name}`;
	}

	get signal(): PausableSignal {
		return this.#controller.signal;
	}

	/** The lanes below that are alive, by name. */
	get children(): Lane[] {
		return [...(this.#children?.values() ?? [])].flatMap((ref) => ref.deref() ?? []);
	}

	child(name: string): Lane | undefined {
		return this.#children?.get(name)?.deref();
	}

	createChild(name: string, options: LaneOptions): Lane {
		const controller = new PausableController({signal: this.signal, name});
		const child = new Lane(this.scheduler, this, name, options, this.#lineClass, controller);
		const ref = new WeakRef(child);
		const children = (this.#children ??= new Map());
		children.set(name, ref);
		whenDropped(child, () => {
			if (children.get(name) === ref) children.delete(name);
		});
		if (this.#ring === null) {
			this.#ring = new Ring();
			// An idle lane stays out of the ring around it, which would keep it.
			if (this.#line.size > 0) this.#listLine();
		}
		return child;
	}

	/** Keeps itself alive while there is something to lose. */
	#noteUse(): void {
		if (this.parent === null) return;
		const isBusy = this.#isInUse;
		if (isBusy) (this.parent.#busy ??= new Set()).add(this);
		else this.parent.#busy?.delete(this);
		this.parent.#noteUse();
		if (isBusy && this.#rate?.isCounting === true) this.#rate.whenQuiet(() => this.#noteUse());
	}

	get #isInUse(): boolean {
		const {waiting, running} = this.counts;
		return (
			waiting + running > 0 ||
			this.#concurrency !== this.options.concurrency ||
			this.#isHeldItself ||
			this.#isHeard ||
			(this.#busy?.size ?? 0) > 0 ||
			this.#rate?.isCounting === true
		);
	}

	/** A count, a state or a task's progress may have changed, here and in all lanes around. */
	touch(): void {
		for (let at: Lane | null = this; at !== null; at = at.parent) at.listener?.touched();
		this.scheduler.touched();
	}

	#count(key: keyof Counts, by: number): void {
		for (let at: Lane | null = this; at !== null; at = at.parent) at.counts[key] += by;
	}

	#occupy(by: number): void {
		for (let at: Lane | null = this; at !== null; at = at.parent) at.active += by;
	}

	// ---- Waiting tasks

	enqueue(entry: Entry): void {
		// First: a class of the user's may throw, and then the task was never there.
		if (!entry.isHeldBack) this.#putInLine(entry);
		this.waiting.add(entry);
		this.#count('waiting', 1);
		this.#noteUse();
		entry.followSignal(() => this.#comeBack(entry));
		publish(channels.add, entry);
		this.touch();
	}

	#putInLine(entry: Entry): void {
		this.#line.enqueue(entry.run, entry.options);
		entry.isInLine = true;
		this.#listLine();
	}

	#takeOutOfLine(entry: Entry): void {
		if (!entry.isInLine) return;
		entry.isInLine = false;
		const line = this.#line;
		if (line instanceof PriorityQueue) line.remove(entry.run);
		// Another class removes by id, and so all tasks of that id. This one stays until its turn, and
		// does nothing then.
		else if (!this.#hasNamesake(entry)) line.remove(entry.id);
	}

	#hasNamesake(entry: Entry): boolean {
		for (const other of this.waiting) if (other !== entry && other.id === entry.id) return true;
		return false;
	}

	// A task whose own signal was paused when its turn came waits beside the line.
	#comeBack(entry: Entry): void {
		if (entry.isReleased) this.scheduler.returning.add(entry);
		else if (entry.phase === 'waiting' && !entry.isInLine) this.#putInLine(entry);
		this.scheduler.rebalance();
	}

	/** Takes a task out that was aborted while it waited. */
	dropWaiting(entry: Entry): void {
		this.#takeOutOfLine(entry);
		this.#noWaiting(entry);
	}

	#noWaiting(entry: Entry): void {
		this.waiting.remove(entry);
		this.#count('waiting', -1);
		for (let at: Lane | null = this; at !== null; at = at.parent)
			if (at.counts.waiting === 0) at.#rate?.rest();
	}

	setPriority(entry: Entry, priority: number): void {
		entry.options.priority = priority;
		if (entry.isInLine) this.#line.setPriority(entry.id, priority);
	}

	sizeBy(options: Readonly<Partial<QueueAddOptions>>): number {
		const own = this.#line.filter(options).length;
		return this.children.reduce((sum, child) => sum + child.sizeBy(options), own);
	}

	/** Rejects all that waits, here and below; returns the ids. */
	clear(reason: unknown): string[] {
		const own = [...this.waiting];
		// A new line, as p-queue does: to take them out of the old one by one is quadratic.
		this.#line = new this.#lineClass();
		for (const entry of own) {
			entry.isInLine = false;
			entry.silence();
			entry.abort(reason);
		}
		const ids = own.map((entry) => entry.id);
		return ids.concat(...this.children.map((child) => child.clear(reason)));
	}

	/** Rejects all that waits, and aborts all that runs, here and below; returns the ids of the first. */
	abort(reason: unknown): string[] {
		const ids = this.clear(reason);
		for (const entry of [...this.allRunning()]) {
			entry.silence();
			entry.abort(reason);
		}
		return ids;
	}

	/** All tasks that wait, here and below. */
	*allWaiting(): Iterable<Entry> {
		yield* this.waiting;
		for (const child of this.children) yield* child.allWaiting();
	}

	/** All tasks that run, here and below. */
	*allRunning(): Iterable<Entry> {
		yield* this.running;
		for (const child of this.children) yield* child.allRunning();
	}

	/**
	 * Takes a new signal, here and below: what is added from now on is not aborted with the old one.
	 * Returns what aborts the old ones, once their tasks know of it.
	 */
	renew(): (reason: unknown) => void {
		const old = this.#controller;
		this.#cancelTimers();
		this.#unfollow?.();
		this.#unfollow = null;
		this.#controller = new PausableController({signal: this.parent?.signal, name: this.name});
		if (this.#hearsPauses) this.followSignal();
		const below = this.children.map((child) => child.renew());
		return (reason) => {
			for (const abort of below) abort(reason);
			old.abort(reason);
			this.checkPauses();
			this.#open();
		};
	}

	#cancelTimers(): void {
		this.#pauseTimer?.cancel();
		this.#pauseTimer = null;
		this.#holdTimers?.clear();
	}

	/** Aborts its signal, and those below, for good. */
	close(reason: unknown): void {
		this.#cancelTimers();
		this.#controller.abort(reason);
		this.checkPauses();
		for (const child of this.children) child.close(reason);
	}

	// ---- Whose turn it is

	/** How many of its tasks hold a slot at once. */
	get concurrency(): number {
		return this.#concurrency;
	}
	set concurrency(concurrency: number) {
		this.#concurrency = concurrency;
		this.#open();
	}

	/** Puts this lane, and those around it, to where a turn is found. */
	#list(): void {
		for (let at: Lane = this; at.parent !== null; at = at.parent) {
			if (at.#isListed) continue;
			at.#isListed = true;
			at.parent.#ring?.push(at, at.options.priority);
		}
	}

	#listLine(): void {
		if (this.#ring !== null && !this.#isLineListed && this.#line.size > 0) {
			this.#isLineListed = true;
			this.#ring.push(this, 0);
		}
		this.#list();
	}

	/** Something that kept it from starting tasks is gone. */
	#open(): void {
		this.#isClosed = false;
		this.#noteUse();
		if (this.counts.waiting > 0) this.#listLine();
		this.scheduler.rebalance();
	}

	/** Whether something can start now, here or below. Lanes that are closed leave the ring. */
	get canStart(): boolean {
		const ring = this.#ring;
		if (ring === null) return this.#line.size > 0;
		for (let first = ring.first; first !== undefined; first = ring.first) {
			if (first === this ? this.#line.size > 0 : first.#mayStart) return true;
			this.#unlistFirst();
		}
		return false;
	}

	/** Whose turn it is; to be asked when `canStart` only. */
	take(): RunFunction | undefined {
		const ring = this.#ring;
		if (ring === null) return this.#line.dequeue();
		const first = this.#unlistFirst();
		if (first === undefined) return undefined;
		const run = first === this ? this.#line.dequeue() : first.take();
		// To the back: lanes of equal priority take turns.
		if (first !== this) first.#list();
		else if (this.#line.size > 0) this.#listLine();
		return run;
	}

	#unlistFirst(): Lane | undefined {
		const first = this.#ring?.shift();
		if (first === this) this.#isLineListed = false;
		else if (first !== undefined) first.#isListed = false;
		return first;
	}

	// Where nothing waits nobody asks for the rate: its timer would keep the process alive.
	get #mayStart(): boolean {
		return this.counts.waiting > 0 && this.#isOpen && this.canStart;
	}

	get #isOpen(): boolean {
		const isOpen =
			!this.signal.paused && this.active < this.#concurrency && (this.#rate === null || this.#rate.allows());
		this.#isClosed = !isOpen;
		if (this.signal.paused) this.followSignal();
		return isOpen;
	}

	// ---- The life of a task, as told by its entry

	/** Counts a task as running; false when it must not start now. */
	startTask(entry: Entry): boolean {
		entry.isInLine = false;
		if (entry.isHeldBack || entry.abortIfLate()) return false;
		entry.slot = this.scheduler.takeSlot();
		this.#noWaiting(entry);
		this.running.add(entry);
		this.#count('running', 1);
		this.#occupy(1);
		for (let at: Lane | null = this; at !== null; at = at.parent) at.#rate?.count();
		this.touch();
		return true;
	}

	taskOver(entry: Entry, outcome: Outcome, value: unknown, hadStarted: boolean): void {
		this.#count(outcome, 1);
		if (hadStarted) this.#endRunning(entry);
		this.#noteUse();
		for (let at: Lane | null = this; at !== null; at = at.parent) at.#unfollowIfIdle();
		this.touch();
		this.scheduler.taskOver(entry, outcome, value, hadStarted);
		this.checkPauses();
	}

	#endRunning(entry: Entry): void {
		this.running.remove(entry);
		this.#count('running', -1);
		if (entry.isParked) this.#count('parked', -1);
		if (entry.isReleased) this.scheduler.forgetReleased(entry);
		else this.#freeSlot();
	}

	// A slot is free in every lane around: those that were found full may start something again.
	#freeSlot(): void {
		this.#occupy(-1);
		for (let at: Lane | null = this; at !== null; at = at.parent) {
			if (!at.#isClosed) continue;
			at.#isClosed = false;
			if (at.counts.waiting > 0) at.#listLine();
		}
	}

	taskAborted(entry: Entry): void {
		// It needs no slot to clean up; p-queue goes on counting its ticket as one that has none.
		this.scheduler.returning.delete(entry);
		if (entry.isParked) {
			entry.isParked = false;
			this.#count('parked', -1);
		}
		this.touch();
	}

	taskStuck(entry: Entry): void {
		publish(channels.stuck, entry);
		this.scheduler.taskStuck(entry);
	}

	/** A running task came to stand still, or moves again. */
	taskParked(entry: Entry): void {
		this.#count('parked', entry.isParked ? 1 : -1);
		if (entry.isParked) this.#offerSlot(entry);
		else if (entry.isReleased) this.#takeSlotBack(entry);
		this.touch();
		this.checkPauses();
	}

	// ---- Slots of parked tasks

	#offerSlot(entry: Entry): void {
		if (entry.isReleased || !this.#isReleasing) return;
		entry.release();
		this.scheduler.released.add(entry);
		this.followSignal();
		this.#freeSlot();
		this.scheduler.rebalance();
	}

	// It moves during the pause, because its wait has ended by itself: newcomers have to wait for it.
	#takeSlotBack(entry: Entry): void {
		this.scheduler.forgetReleased(entry);
		this.#occupy(1);
		entry.readmit();
		this.scheduler.rebalance();
	}

	// A lane that is paused itself says what becomes of the slots of those it parks.
	get #isReleasing(): boolean {
		for (let at: Lane | null = this; at !== null; at = at.parent)
			if (at.options.whilePaused === 'release' && at.#isHeldItself) return true;
		return false;
	}

	get #isHeldItself(): boolean {
		const above = this.parent?.signal.holds.length ?? 0;
		return this.signal.holds.length > above;
	}

	/** Whether a parked task may go on: its pause is over, and there is a slot for it all the way up. */
	canReadmit(entry: Entry): boolean {
		if (this.signal.paused || entry.isHeldBack) return false;
		for (let at: Lane | null = this; at !== null; at = at.parent)
			if (at.active >= at.#concurrency) return false;
		return true;
	}

	readmit(entry: Entry): void {
		this.#occupy(1);
		if (entry.isParked) this.#count('parked', -1);
		entry.isParked = false;
		publish(channels.resume, entry);
		entry.readmit();
		this.touch();
	}

	// ---- Pausing

	pause(reason: unknown, until?: Date | number): void {
		const hasChanged = this.#controller.pause(reason);
		// A date never ends a pause that has none, and one without a date takes the place of one with.
		const hadDate = this.#pauseTimer !== null;
		this.#pauseTimer?.cancel();
		this.#pauseTimer = null;
		if (until !== undefined && (hasChanged || hadDate))
			this.#pauseTimer = startTimer(until, () => this.resume());
		if (hasChanged) this.#afterHold();
	}

	resume(): boolean {
		this.#pauseTimer?.cancel();
		this.#pauseTimer = null;
		return this.#controller.resume();
	}

	hold(reason: unknown, until?: Date | number): PauseHold {
		const hold = this.#controller.hold(reason);
		if (until !== undefined && !this.signal.aborted) (this.#holdTimers ??= new EndTimers()).add(hold, until);
		this.#afterHold();
		return hold;
	}

	#afterHold(): void {
		if (this.#hasReasonToFollow) this.followSignal();
		this.#noteUse();
		// Those that were parked already by a pause further out.
		for (const entry of [...this.allRunning()]) {
			// As it is now: it may have moved on in this tick.
			entry.look();
			if (entry.isParked) entry.lane.#offerSlot(entry);
		}
		this.scheduler.rebalance();
		this.touch();
	}

	/** Follows its signal from now on, while there is a reason to. */
	followSignal(): void {
		if (this.#unfollow !== null) return;
		this.#unfollow = follow(this.signal, {
			pause: () => this.touch(),
			resume: () => this.#resumed(),
		});
	}

	/** Somebody listens to it, who would miss the events of another lane of its name. */
	set isHeard(isHeard: boolean) {
		this.#isHeard = isHeard;
		this.#noteUse();
	}

	/** Somebody listens for its states. */
	hearPauses(): void {
		this.#hearsPauses = true;
		this.followSignal();
	}

	#resumed(): void {
		if (this.signal.paused) return;
		this.scheduler.returnThose((entry) => entry.lane.#isWithin(this));
		this.checkPauses();
		this.touch();
		this.#open();
		this.#unfollowIfIdle();
	}

	#isWithin(lane: Lane): boolean {
		for (let at: Lane | null = this; at !== null; at = at.parent) if (at === lane) return true;
		return false;
	}

	get #hasReasonToFollow(): boolean {
		const {waiting, running, parked} = this.counts;
		const hasTasks = parked > 0 || (this.signal.paused && waiting + running > 0);
		return hasTasks || this.#hearsPauses || this.pauses.size > 0;
	}

	#unfollowIfIdle(): void {
		if (this.#unfollow === null || this.#hasReasonToFollow) return;
		this.#unfollow();
		this.#unfollow = null;
	}

	/** Answers the calls of pause() that have their answer. */
	checkPauses(): void {
		for (let at: Lane | null = this; at !== null; at = at.parent) {
			if (at.pauses.size === 0) continue;
			if (!at.signal.paused) at.pauses.end('timeout');
			else if (at.counts.running === at.counts.parked) at.pauses.end('open');
		}
	}
}
