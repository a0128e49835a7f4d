import type {PauseHold} from 'pausable-signal';
import {BackOff, type Refusal, type TaskSet} from 'pausable-signal/queue';
import type {CrawlHold} from '../status.ts';
import {dateOf, isOver, shownHolds, userPause} from './hold.ts';
import type {BackOffHold, Hosts, SavedHost} from './hosts-table.ts';
import type {BackOffOptions} from './settings.ts';

export interface HostHoldsOptions {
	readonly hosts: Pick<Hosts, 'savePause' | 'saveBackOff'>;
	readonly backOff: BackOffOptions;
	/** How often in a row it may give no answer at all. */
	readonly silences: number;
	/** It is held in another way, or goes on. */
	readonly changed: () => void;
	/** What holds it could not be saved. */
	readonly crash: (mistake: unknown) => void;
}

/** What holds a host, in memory and on disk: the user's pause, and the back-off that its server asked for. */
export class HostHolds {
	readonly #id: number;
	readonly #set: TaskSet;
	readonly #options: HostHoldsOptions;
	readonly #backOff: BackOff;
	#pause: CrawlHold | undefined;
	#refusal: BackOffHold | undefined;
	#hold: PauseHold | undefined;
	/** When it was refused last: `performance.now()` milliseconds. */
	#refusedAt = -Infinity;
	#silences = 0;
	#isGivenUp = false;

	/** Goes on with the holds of an earlier process. */
	constructor(set: TaskSet, {id, pause, backoff}: SavedHost, options: HostHoldsOptions) {
		this.#id = id;
		this.#set = set;
		this.#options = options;
		this.#backOff = new BackOff(set, options.backOff);
		if (pause !== undefined && isOver(pause)) this.#savePause(undefined);
		else if (pause !== undefined) {
			this.#pause = pause;
			void set.pause(pause.reason, {until: dateOf(pause.until)});
		}
		if (backoff !== undefined) this.#restore(backoff);
		set.signal.addEventListener('resume', () => this.#try(() => this.#pauseEnded()));
	}

	#restore(saved: BackOffHold): void {
		const {reason, until = 0, strikes} = saved;
		this.#holdFor({reason, until: new Date(until), strikes});
		this.#refusal = saved;
	}

	get all(): readonly CrawlHold[] {
		return shownHolds(this.#pause, this.#refusal);
	}

	/** The user's pause: resolves `true` when nothing of it moves, `false` when it was resumed first. */
	async pause(reason: string, until: Date | undefined): Promise<boolean> {
		const report = this.#set.pause(reason, {until});
		this.#savePause(userPause(this.#pause, reason, until));
		this.#options.changed();
		return (await report).running.length === 0 && this.#set.isPaused;
	}

	/** Takes back the user's pause alone. */
	resume(): boolean {
		if (this.#pause === undefined || isOver(this.#pause)) return false;
		this.#savePause(undefined);
		this.#set.resume();
		this.#options.changed();
		return true;
	}

	#savePause(hold: CrawlHold | undefined): void {
		this.#pause = hold;
		this.#options.hosts.savePause(this.#id, hold);
	}

	/** A request of `askedAt` (`performance.now()`) was refused, until then (`Date.now()`) if it says so. */
	refused(reason: string, askedAt: number, until: number | undefined): void {
		// One that was under way when the host was refused says nothing new, unless it names a later time.
		if (askedAt < this.#refusedAt && (until ?? 0) <= (this.#refusal?.until ?? 0)) return;
		this.#holdFor({reason, until: dateOf(until), askedAt});
		this.#options.hosts.saveBackOff(this.#id, this.#refusal);
		this.#options.changed();
	}

	#holdFor(refusal: Refusal & {readonly reason: string}): void {
		const hold = this.#backOff.refused(refusal);
		const {since, until = since} = hold;
		const {strikes} = this.#backOff;
		this.#hold = hold;
		this.#refusedAt = performance.now();
		this.#refusal = {by: 'server', reason: refusal.reason, since, until: Math.ceil(until), strikes};
		void hold.released.then((isOver) => {
			if (isOver && hold === this.#hold) this.#try(() => this.#refusalEnded());
		});
	}

	/**
	 * A request of `askedAt` got no answer at all, and nor did another one. It is held as if it had asked for it, and
	 * after too many in a row given up: what waits then waits for the next run. That hold is not saved, as the
	 * next process may have another network.
	 */
	silent(reason: string, askedAt: number): void {
		if (this.#isGivenUp || askedAt < this.#refusedAt) return;
		this.#silences++;
		this.#isGivenUp = this.#silences > this.#options.silences;
		if (this.#isGivenUp) this.#giveUp(reason);
		else this.#holdFor({reason, askedAt});
		this.#options.changed();
	}

	// This is shown of it, and holds nothing.
	#giveUp(reason: string): void {
		const {strikes} = this.#backOff;
		this.#refusal = {by: 'server', reason, since: Date.now(), until: undefined, strikes};
	}

	/** Whether it gave no answer for so long that this run leaves it alone. */
	get isGivenUp(): boolean {
		return this.#isGivenUp;
	}

	/** Whether it gave no answer when it was asked last. */
	get isSilent(): boolean {
		return this.#silences > 0;
	}

	answered(): void {
		this.#silences = 0;
		this.#backOff.answered();
	}

	// An error would end the process: nobody catches it.
	#try(change: () => void): void {
		try {
			change();
		} catch (error) {
			this.#options.crash(error);
		}
	}

	// The task set moves again, maybe because the whole crawl does.
	#pauseEnded(): void {
		if (this.#pause === undefined || this.#set.isPaused) return;
		this.#savePause(undefined);
		this.#options.changed();
	}

	#refusalEnded(): void {
		this.#refusal = undefined;
		this.#options.hosts.saveBackOff(this.#id, undefined);
		this.#options.changed();
	}
}
