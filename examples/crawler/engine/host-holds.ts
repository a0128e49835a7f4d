import type {TaskSet} from 'pausable-signal/queue';
import type {CrawlHold} from '../status.ts';
import {BackOff, type BackOffOptions} from './back-off.ts';
import {dateOf, isOver, shownHolds, userPause} from './hold.ts';
import type {Hosts, SavedHost} from './hosts-table.ts';

export interface HostHoldsOptions {
	readonly hosts: Hosts;
	/** Visits at once, as many as ever. */
	readonly perHost: number;
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
	readonly #hosts: Hosts;
	readonly #options: HostHoldsOptions;
	readonly #backOff: BackOff;
	#pause: CrawlHold | undefined;
	#isAwaitingEnd = false;
	#silences = 0;
	#isGivenUp = false;

	/** Goes on with the holds of an earlier process. */
	constructor(set: TaskSet, {id, pause, backoff}: SavedHost, options: HostHoldsOptions) {
		this.#id = id;
		this.#set = set;
		this.#hosts = options.hosts;
		this.#options = options;
		this.#backOff = new BackOff(set, options.perHost, options.backOff);
		if (pause !== undefined && isOver(pause)) this.#savePause(undefined);
		else if (pause !== undefined) {
			this.#pause = pause;
			void set.pause(pause.reason, {until: dateOf(pause.until)});
		}
		if (backoff !== undefined) this.#backOff.restore(backoff);
		if (set.isPaused) this.#awaitEnd();
	}

	get all(): readonly CrawlHold[] {
		return shownHolds(this.#pause, this.#backOff.info);
	}

	/** The user's pause: resolves `true` when nothing of it moves, `false` when it was resumed first. */
	async pause(reason: string, until: Date | undefined): Promise<boolean> {
		const report = this.#set.pause(reason, {until});
		this.#savePause(userPause(this.#pause, reason, until));
		this.#awaitEnd();
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
		this.#hosts.savePause(this.#id, hold);
	}

	/** A request of `askedAt` (`performance.now()`) was refused, until then (`Date.now()`) if it says so. */
	refused(reason: string, askedAt: number, until: number | undefined): void {
		if (!this.#backOff.refused(reason, askedAt, until)) return;
		this.#hosts.saveBackOff(this.#id, this.#backOff.info);
		this.#awaitEnd();
		this.#options.changed();
	}

	/**
	 * A request of `askedAt` got no answer at all, and nor did another one. It is held as if it had asked for it, and
	 * after too many in a row given up: what waits then waits for the next run. That hold is not saved, as the
	 * next process may have another network.
	 */
	silent(reason: string, askedAt: number): void {
		if (this.#isGivenUp || this.#backOff.isOfLast(askedAt)) return;
		this.#silences++;
		this.#isGivenUp = this.#silences > this.#options.silences;
		if (this.#isGivenUp) this.#backOff.giveUp(reason);
		else {
			this.#backOff.refused(reason, askedAt, undefined);
			this.#awaitEnd();
		}
		this.#options.changed();
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

	// Only while it is held: a set that somebody listens to is not collected.
	#awaitEnd(): void {
		if (this.#isAwaitingEnd) return;
		this.#isAwaitingEnd = true;
		this.#set.signal.addEventListener('resume', () => this.#tryToGoOn(), {once: true});
	}

	// An error would end the process: nobody catches what a listener throws.
	#tryToGoOn(): void {
		try {
			this.#goOn();
		} catch (error) {
			this.#options.crash(error);
		}
	}

	// Nothing holds the task set any more.
	#goOn(): void {
		this.#isAwaitingEnd = false;
		if (this.#set.isPaused) {
			this.#awaitEnd();
			return;
		}
		if (this.#pause !== undefined) this.#savePause(undefined);
		if (this.#backOff.info !== undefined && !this.#isGivenUp) {
			this.#backOff.ended();
			this.#hosts.saveBackOff(this.#id, undefined);
		}
		this.#options.changed();
	}
}
