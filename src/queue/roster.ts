/**
 * The jobs of one lane. Each step in the life of a job changes the counts and slots of its lane and of
 * those around it; this is where.
 *
 * Invariants:
 *
 * L1. Each job is in the roster of one lane, which counts it, as all lanes around it do: `waiting`
 *     until it starts, `running` until it is over, `parked` while it runs and stands still.
 *
 * A task ends in `over()`; the events follow in the dispatcher.
 */
import {LinkedList, type PausableSignal} from '../core/index.ts';
import type {Control} from './control.ts';
import {channels, publish} from './diagnostics.ts';
import type {Job, JobHost, JobOwner} from './job.ts';
import type {Outcome, WhilePaused} from './options.ts';
import type {Parking} from './parking.ts';
import type {Slots} from './slots.ts';
import {count, type Level, pathOf} from './walk.ts';

/** The part that all lanes of a queue share. */
export interface LaneHost extends JobHost {
	/** Starts all jobs that can start. */
	pump(): void;
	/** A window of a rate limit has ended. */
	nextWindow(): void;
	/** An abort removed a job before its start. */
	dropped(): void;
	/** An abort hit a running job. */
	aborted(job: Job): void;
	over(job: Job): void;
	touched(): void;
}

/** The lane of these jobs, and those around it. */
export interface RosterHost extends Level {
	readonly parent: RosterHost | null;
	readonly host: LaneHost;
	readonly signal: PausableSignal;
	readonly set: unknown;
	readonly options: {readonly whilePaused: WhilePaused};
	readonly isHeldHere: boolean;
	readonly slots: Slots;
	readonly parking: Parking;
	readonly control: Control;
	noteUse(): void;
	touch(): void;
}

export class Roster implements JobOwner {
	readonly waiting: LinkedList<Job> = new LinkedList();
	readonly running: LinkedList<Job> = new LinkedList();
	readonly #lane: RosterHost;

	constructor(lane: RosterHost) {
		this.#lane = lane;
	}

	get signal(): PausableSignal {
		return this.#lane.signal;
	}

	get path(): string | undefined {
		return pathOf(this.#lane);
	}

	get set(): unknown {
		return this.#lane.set;
	}

	touch(): void {
		this.#lane.touch();
	}

	get host(): LaneHost {
		return this.#lane.host;
	}

	/** Throws the error of a `queueClass`; then the job was never here. */
	add(job: Job): void {
		const lane = this.#lane;
		lane.turns.add(job);
		this.waiting.add(job);
		count(lane, 'waiting', 1);
		lane.noteUse();
		job.follow();
		publish(channels.add, job);
		lane.touch();
	}

	setPriority(job: Job, priority: number): void {
		job.options.priority = priority;
		this.#lane.turns.setPriority(job, priority);
	}

	heldBack(job: Job): void {
		this.#lane.turns.setAside(job);
	}

	returned(job: Job): void {
		const {turns, parking, host} = this.#lane;
		if (job.phase === 'waiting') turns.bringBack(job);
		else parking.return(job);
		host.pump();
	}

	hasNamesake(job: Job): boolean {
		for (const other of this.waiting) if (other !== job && other.id === job.id) return true;
		return false;
	}

	/** Rejects all jobs that wait in this lane; returns their ids. */
	clear(reason: unknown): string[] {
		const jobs = [...this.waiting];
		this.#lane.turns.clear();
		this.#abort(jobs, reason);
		return jobs.map(({id}) => id);
	}

	abortRunning(reason: unknown): void {
		this.#abort([...this.running], reason);
	}

	#abort(jobs: readonly Job[], reason: unknown): void {
		for (const job of jobs) {
			job.silence();
			job.abort(reason);
		}
	}

	dropped(job: Job, isLate: boolean): void {
		if (isLate) return this.#drop(job);
		this.#lane.turns.remove(job);
		this.#drop(job);
		this.#lane.host.dropped();
	}

	#drop(job: Job): void {
		this.#endWaiting(job);
		count(this.#lane, 'aborted', 1);
		publish(channels.end, job, 'aborted');
		this.#settle();
	}

	started(job: Job): void {
		const lane = this.#lane;
		lane.slots.take();
		this.#endWaiting(job);
		this.running.add(job);
		count(lane, 'running', 1);
		lane.touch();
	}

	#endWaiting(job: Job): void {
		this.waiting.remove(job);
		for (let at: RosterHost | null = this.#lane; at !== null; at = at.parent) {
			at.counts.waiting--;
			// R3. The queue's own limit rests at `empty` and `idle`, as p-queue's does.
			if (at.counts.waiting === 0 && at.parent !== null) at.slots.rate?.stop();
		}
	}

	aborted(job: Job): void {
		// P3
		this.#lane.parking.forget(job);
		this.#lane.touch();
		this.#lane.host.aborted(job);
	}

	over(job: Job, outcome: Outcome): void {
		const lane = this.#lane;
		this.running.remove(job);
		count(lane, 'running', -1);
		count(lane, outcome, 1);
		publish(channels.end, job, outcome);
		if (job.place === 'released') lane.parking.forget(job);
		else lane.slots.giveBack();
		this.#settle();
		lane.host.over(job);
	}

	// After a job has gone, this lane and those around it may have nothing left to lose, or to wait for.
	#settle(): void {
		const lane = this.#lane;
		lane.noteUse();
		this.#answer();
		lane.touch();
	}

	parked(job: Job): void {
		count(this.#lane, 'parked', 1);
		this.offerSlot(job);
		this.#answer();
		this.#lane.touch();
	}

	moved(job: Job, needsSlot: boolean): void {
		count(this.#lane, 'parked', -1);
		if (needsSlot) this.#lane.parking.takeBack(job);
		this.#lane.touch();
	}

	/** Gives the slot of a parked job to others, if a held lane, this one or one around it, releases slots. */
	offerSlot(job: Job): void {
		if (job.place !== 'parked' || !isReleasing(this.#lane)) return;
		const {parking, control, host} = this.#lane;
		parking.release(job);
		control.follow();
		host.pump();
	}

	#answer(): void {
		for (let at: RosterHost | null = this.#lane; at !== null; at = at.parent) {
			at.control.answer();
			at.control.unfollowIfIdle();
		}
	}
}

function isReleasing(lane: RosterHost): boolean {
	for (let at: RosterHost | null = lane; at !== null; at = at.parent)
		if (at.options.whilePaused === 'release' && at.isHeldHere) return true;
	return false;
}
