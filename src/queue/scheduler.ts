/**
 * The scheduler: brings the tasks of all lanes of a queue to p-queue.
 *
 * p-queue counts the slots and keeps the rate limit; the lanes know whose turn it is. In between go
 * tickets: one is given to p-queue when something could start. When p-queue runs it, a slot is
 * free, and only then it is decided which task starts. A task that ends passes its slot on to the
 * next one, unless somebody listens for what p-queue tells between two jobs, or starts are limited.
 *
 * Invariants:
 *
 * 1. At most one ticket waits in p-queue; there is one whenever a lane can start something.
 * 2. A ticket ends when the function of its last task has ended: until then the slot is taken.
 * 3. p-queue's concurrency is the queue's own plus the number of tasks that were parked and have
 *    given their slots back (`released`). A task that wants its slot again gets one before p-queue
 *    starts the next ticket: the count is lowered when a task ends, and p-queue looks later.
 */
import type PQueue from 'p-queue';
import {keepAlive} from '../task/index.ts';
import {expectLimit} from './checks.ts';
import type {Entry, Outcome} from './entry.ts';
import type {Lane} from './lane.ts';
import {SetOptions} from './set-options.ts';
import type {TaskSet} from './task-set.ts';

/** What the queue hears of its tasks. */
export interface SchedulerListener {
	added(): void;
	started(): void;
	over(entry: Entry, outcome: Outcome, value: unknown): void;
	aborted(reason: unknown): void;
	stuck(entry: Entry): void;
	cleared(): void;
	/** There are tasks, or there are none any more. */
	busy(isBusy: boolean): void;
}

/** What a task that runs has of p-queue. */
export interface Slot {
	/** Gives it back; there is none while p-queue itself waits for the end of the task. */
	free: (() => void) | null;
	isTaken: boolean;
}

// The caller has a promise of its own; p-queue's is for the slot alone.
const nothing = (): void => {};

const resolved = Promise.resolve();

export class Scheduler {
	/** Tasks that were parked and have given their slots back: until they have one again, or end. */
	readonly released: Set<Entry> = new Set();
	/** Those of them whose pause may be over and that wait for a slot, first come first. */
	readonly returning: Set<Entry> = new Set();
	readonly stuckAfter: number;
	/** Tasks that wait or are parked keep the process alive. */
	readonly keepsAlive: boolean;
	/** Milliseconds of active time for tasks that say nothing else. */
	timeout: number | undefined;
	/** Takes no more tasks: it was stopped or shut down. */
	isClosed = false;
	root!: Lane;
	/** A set is a group that makes sets: the queue brings the class in. */
	readonly createSet: (lane: Lane) => TaskSet;
	readonly setOptions: SetOptions = new SetOptions();
	/** Somebody listens for events that p-queue has, too: they come when it would tell of them. */
	isHeard = false;
	readonly #engine: PQueue;
	readonly #isRateLimited: boolean;
	readonly #listener: SchedulerListener;
	#concurrency: number;
	#lastId = 0;
	#hasTicket = false;
	#isPumping = false;
	#offered: Slot | null = null;
	#isTakingMany = false;
	#letGo: (() => void) | null = null;
	#isLooking = false;
	#isBusy = false;

	constructor(
		engine: PQueue,
		listener: SchedulerListener,
		options: {
			isRateLimited: boolean;
			stuckAfter: number;
			keepAlive: boolean;
			createSet: (lane: Lane) => TaskSet;
		},
	) {
		this.createSet = options.createSet;
		this.#engine = engine;
		this.#concurrency = engine.concurrency;
		this.#listener = listener;
		this.#isRateLimited = options.isRateLimited;
		this.stuckAfter = options.stuckAfter;
		this.keepsAlive = options.keepAlive;
	}

	get concurrency(): number {
		return this.#concurrency;
	}

	set concurrency(concurrency: number) {
		this.#concurrency = expectLimit('concurrency', concurrency);
		this.rebalance();
	}

	/** Brings p-queue to the state of the signal: who was parked comes before what waits. */
	followPause(): void {
		if (this.root.signal.paused) {
			this.#engine.pause();
			return;
		}
		this.returnThose(() => true);
		this.rebalance();
		this.#engine.start();
	}

	/** Those among the released ones whose pause may be over. */
	returnThose(isMeant: (entry: Entry) => boolean): void {
		for (const entry of this.released)
			if (!entry.isAborted && isMeant(entry) && !entry.lane.signal.paused) this.returning.add(entry);
	}

	nextId(): string {
		this.#lastId++;
		return String(this.#lastId);
	}

	/** Where `add()` was called, if tasks that do not end are to be named. */
	origin(): string | undefined {
		return this.stuckAfter === Infinity ? undefined : new Error('added here').stack;
	}

	expectOpen(): void {
		if (this.isClosed || this.root.signal.aborted)
			throw new DOMException('The queue was stopped: it takes no more tasks', 'InvalidStateError');
	}

	/** A task was put into its lane: it starts now, or waits. */
	added(entry: Entry): void {
		this.#listener.added();
		this.pump();
		if (entry.phase === 'waiting') entry.captureContext();
	}

	/** Takes many tasks out at once; it is told once, and what else can start starts afterwards. */
	takeMany<T>(take: () => T): T {
		const before = this.root.counts.waiting;
		this.#isTakingMany = true;
		const taken = take();
		this.#isTakingMany = false;
		const isTold = this.rebalance();
		if (!isTold && this.root.counts.waiting < before) this.#listener.cleared();
		return taken;
	}

	/** Brings a ticket to p-queue while something can start. */
	pump(): void {
		if (this.#isPumping || this.root.signal.aborted) return;
		this.#isPumping = true;
		// A ticket may wait in a paused p-queue, which then tells of its rate limit. The state and not the
		// event of a pause: that may be told only after the events before it.
		if (this.root.signal.paused) this.#engine.pause();
		while (!this.#hasTicket && this.#needsTicket) this.#addTicket();
		this.#isPumping = false;
	}

	// During a pause the lanes are not asked: they would have to follow their signals for that.
	get #needsTicket(): boolean {
		return this.root.signal.paused ? this.root.counts.waiting > 0 : this.root.canStart;
	}

	get #isShut(): boolean {
		return this.root.signal.paused || this.root.signal.aborted;
	}

	#addTicket(): void {
		this.#hasTicket = true;
		this.#engine.add(this.#ticket).catch(nothing);
	}

	readonly #ticket = (): Promise<unknown> | undefined => {
		this.#hasTicket = false;
		if (this.root.signal.paused) this.#engine.pause();
		const slot: Slot = {free: null, isTaken: false};
		const running = this.#startNext(slot);
		const isPassedOn = running !== undefined && this.#passesSlots;
		const ended = isPassedOn ? new Promise<void>((resolve) => (slot.free = resolve)) : running;
		this.pump();
		return ended;
	};

	get #passesSlots(): boolean {
		return !this.isHeard && !this.#isRateLimited;
	}

	// When p-queue would start the next one, if there is one then.
	#passOn(slot: Slot, free: () => void): void {
		if (!this.#canPassOn) {
			free();
			return;
		}
		void resolved.then(() => {
			if (!this.#canPassOn || this.#startNext(slot) === undefined) free();
			else this.rebalance();
		});
	}

	// Not while more slots are taken than there are.
	get #canPassOn(): boolean {
		const isOwed = this.#engine.pending > this.#engine.concurrency;
		return this.#passesSlots && !isOwed && !this.#isShut && this.root.canStart;
	}

	// A task that its own signal holds back does not start: it is the next one's turn.
	#startNext(slot: Slot): Promise<unknown> | undefined {
		while (!this.#isShut && this.root.canStart) {
			const running = this.#start(slot);
			if (running !== undefined) return running;
		}
		return undefined;
	}

	#start(slot: Slot): Promise<unknown> | undefined {
		const offered = this.#offered;
		this.#offered = slot;
		slot.isTaken = false;
		// A task that adds others starts them within its own start, as with p-queue.
		const isPumping = this.#isPumping;
		this.#isPumping = false;
		const running = this.root.take()?.();
		this.#isPumping = isPumping;
		this.#offered = offered;
		if (!slot.isTaken) return undefined;
		this.#listener.started();
		return running;
	}

	/** The slot for a task that starts. */
	takeSlot(): Slot | null {
		const slot = this.#offered;
		this.#offered = null;
		if (slot !== null) slot.isTaken = true;
		return slot;
	}

	// Takes the ticket back when nothing can start any more: to run it for nothing would use up a
	// start of the rate limit. Returns whether p-queue tells of it.
	#settleTicket(): boolean {
		if (!this.#hasTicket || this.#needsTicket) return false;
		this.#hasTicket = false;
		this.#engine.clear();
		return true;
	}

	/**
	 * To be called when slots or lanes opened or closed: who was parked comes before newcomers.
	 * Returns whether p-queue tells of it.
	 */
	rebalance(): boolean {
		if (this.#isTakingMany) return false;
		for (const entry of this.returning) {
			if (this.root.active >= this.#concurrency) break;
			this.#tryReadmit(entry);
		}
		const concurrency = this.#concurrency + this.released.size;
		if (this.#engine.concurrency !== concurrency) this.#engine.concurrency = concurrency;
		const isTold = this.#settleTicket();
		this.pump();
		return isTold;
	}

	#tryReadmit(entry: Entry): void {
		const {lane} = entry;
		if (lane.canReadmit(entry)) {
			this.forgetReleased(entry);
			lane.readmit(entry);
		} else if (lane.signal.paused || entry.isHeldBack) {
			// Paused again: it comes back with the end of that pause.
			this.returning.delete(entry);
		}
	}

	forgetReleased(entry: Entry): void {
		this.returning.delete(entry);
		this.released.delete(entry);
	}

	taskOver(entry: Entry, outcome: Outcome, value: unknown, hadStarted: boolean): void {
		this.#listener.over(entry, outcome, value);
		const isTold = this.rebalance();
		if (!hadStarted && !isTold && !this.#isTakingMany) this.#listener.cleared();
		const {slot} = entry;
		if (slot?.free != null) this.#passOn(slot, slot.free);
	}

	taskAborted(reason: unknown): void {
		this.#listener.aborted(reason);
	}

	taskStuck(entry: Entry): void {
		this.#listener.stuck(entry);
	}

	// Tasks that wait or stand still, while none moves, would let the process end: nothing else is
	// there to keep it.
	touched(): void {
		const {waiting, running} = this.root.counts;
		const isBusy = waiting + running > 0;
		if (isBusy !== this.#isBusy) {
			this.#isBusy = isBusy;
			this.#listener.busy(isBusy);
		}
		if (!this.keepsAlive || this.#isLooking || this.#isHeld === (this.#letGo !== null)) return;
		// At the end of the tick: nearly every task waits for a moment before it starts.
		this.#isLooking = true;
		void Promise.resolve().then(() => this.#keepOrLetGo());
	}

	get #isHeld(): boolean {
		const {waiting, running, parked} = this.root.counts;
		return waiting + parked > 0 && running === parked;
	}

	#keepOrLetGo(): void {
		this.#isLooking = false;
		if (this.#isHeld) {
			this.#letGo ??= keepAlive();
		} else {
			this.#letGo?.();
			this.#letGo = null;
		}
	}
}
