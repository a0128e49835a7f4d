import {isAbortOf, type PausableSignal, stopwatch} from 'pausable-signal';
import type {PausableQueue, QueueTaskContext, TaskSet} from 'pausable-signal/queue';
import type {CrawlHold} from '../status.ts';
import {saveBody} from './bodies.ts';
import {type Silent, endedWith, unkept, type Unvisited} from './ending.ts';
import {Failure, isOfTheMachine, wordsOf} from './errors.ts';
import {HostHolds} from './host-holds.ts';
import type {SavedHost} from './hosts-table.ts';
import type {Outcome, PageOptions, Refused} from './page.ts';
import type {Ended, Entry} from './pages-table.ts';
import {fetchRobots} from './robots.ts';
import {parseRobots, type Rules} from './robots-rules.ts';
import {visitReachable} from './reach.ts';
import type {Settings} from './settings.ts';
import type {Store} from './store.ts';

/** What a host needs of its crawl. */
export interface HostKeeper {
	readonly queue: PausableQueue;
	readonly store: Store;
	readonly settings: Settings;
	/** How many more visits may begin now. */
	readonly room: number;
	visited(entry: Entry, ended: Ended): void;
	/** It is held, or goes on. */
	changed(host: Host): void;
	/** It has nothing to do any more. */
	emptied(host: Host): void;
	/** The program is at fault. */
	crash(mistake: unknown): void;
}

const allowAll: Rules = {allows: () => true, delayMs: 0, sitemaps: []};
const day = 24 * 60 * 60 * 1000;
const leastQueued = 8;

/**
 * One origin of the crawl: a task set that is paused, held and slowed down by itself, and the part of its
 * frontier that is in memory.
 */
export class Host {
	// Two may stand for one host while the last task of the first one ends: each has a set of its own.
	static #made = 0;
	readonly id: number;
	readonly origin: string;
	/** Such as `localhost:8080`. */
	readonly name: string;
	/** Its robots.txt is asked for, whether that moves or is held. */
	isLoading = false;
	#isDropped = false;
	readonly #keeper: HostKeeper;
	/** All that concerns the host: what is held. */
	readonly #set: TaskSet;
	/** The visits, with the delay that robots.txt asks for. */
	#visits: TaskSet | undefined;
	#rules: Rules | undefined;
	#visitOptions: PageOptions;
	#hasAskedForRules = false;
	readonly #holds: HostHolds;
	/** The ids of the entries in the task set, of those that run, too. */
	readonly #queued = new Set<number>();
	readonly #running = new Set<Entry>();
	readonly #refusals = new Map<number, number>();

	constructor(saved: SavedHost, keeper: HostKeeper) {
		const {queue, settings} = keeper;
		this.id = saved.id;
		this.origin = saved.origin;
		this.name = new URL(saved.origin).host;
		this.#keeper = keeper;
		this.#set = queue.taskSet(`${saved.origin} ${++Host.#made}`, {concurrency: settings.perHost});
		this.#holds = new HostHolds(this.#set, saved, {
			hosts: keeper.store.hosts,
			backOff: settings.backOff,
			silences: settings.silences,
			changed: () => this.#changed(),
			crash: (mistake) => keeper.crash(mistake),
		});
		this.#visitOptions = settings;
		const {robots} = saved;
		if (settings.ignoreRobots) this.#obey(allowAll);
		else if (robots !== undefined && Date.now() - robots.at < day) this.#obey(this.#parse(robots.text));
	}

	/** Visits under way, whether they move or are held. */
	get running(): number {
		return this.#running.size;
	}

	/** Whether what it has under way stands still. */
	get isStill(): boolean {
		return this.#set.state === 'paused';
	}

	get queued(): number {
		return this.#queued.size;
	}

	get holds(): readonly CrawlHold[] {
		return this.#holds.all;
	}

	/** Whether it gave no answer for so long that this run leaves it alone. */
	get isGivenUp(): boolean {
		return this.#holds.isGivenUp;
	}

	// ---- Holds

	/** The user's pause: resolves `true` when nothing of it moves, `false` when it was resumed first. */
	pause(reason: string, until: Date | undefined): Promise<boolean> {
		return this.#holds.pause(reason, until);
	}

	/** Takes back the user's pause alone. */
	resume(): boolean {
		return this.#holds.resume();
	}

	get #isHeld(): boolean {
		return this.holds.length > 0;
	}

	#changed(): void {
		// What waits here would take the room of others who may go on.
		if (this.#isHeld) for (const id of this.#visits?.clear() ?? []) this.#queued.delete(Number(id));
		this.#keeper.changed(this);
	}

	/** Aborts what stands still here. */
	abortHeld(reason: unknown): void {
		if (this.#isHeld) this.#set.abort(reason);
	}

	/** It is no longer in memory: another object may stand for the same host. */
	drop(): void {
		this.#isDropped = true;
		// The task that found out that nothing is left still has to end.
		void this.#set.onIdle().then(() => this.#set.dispose());
	}

	// ---- robots.txt

	#parse(text: string): Rules {
		return parseRobots(`${this.origin}/robots.txt`, text, this.#keeper.settings.userAgent);
	}

	#obey(rules: Rules): void {
		const {settings} = this.#keeper;
		const interval = Math.max(rules.delayMs, settings.delayMs);
		this.#rules = rules;
		// The real time is between half of that and all of it.
		this.#visitOptions = {...settings, retryMs: Math.max(settings.retryMs, 2 * interval)};
		const pace = interval > 0 ? {interval, intervalCap: 1} : {};
		this.#visits = this.#set.taskSet(interval > 0 ? `a visit in ${interval} ms` : 'visits', pace);
	}

	#load(): void {
		if (this.#hasAskedForRules) return;
		this.#hasAskedForRules = true;
		this.#add(this.#set, `${this.origin}/robots.txt`, async ({signal}) => {
			this.isLoading = true;
			try {
				const rules = await this.#askForRules(signal);
				if (rules !== undefined) this.#obey(rules);
			} finally {
				this.isLoading = false;
			}
			this.feed();
		});
	}

	/** Resolves with nothing when the host is given up. */
	async #askForRules(signal: PausableSignal): Promise<Rules | undefined> {
		for (let attempt = 1; !this.isGivenUp;) {
			await signal.checkpoint();
			const askedAt = performance.now();
			try {
				return await this.#readRules(signal);
			} catch (error) {
				if (!(error instanceof Failure)) throw error;
				const reason = `robots.txt: ${error.message}`;
				if (error.isSilent) this.#holds.silent(noAnswer(error), askedAt);
				else if (!error.isPassing || attempt++ >= this.#keeper.settings.robotsAttempts)
					return {...allowAll, objection: reason};
				else this.#holds.refused(reason, askedAt, error.until);
			}
		}
		return undefined;
	}

	async #readRules(signal: PausableSignal): Promise<Rules> {
		const {settings, store} = this.#keeper;
		const text = await fetchRobots(signal, this.origin, settings);
		const rules = this.#parse(text);
		store.saveRobots(this.id, text, rules.sitemaps);
		return rules;
	}

	// ---- The frontier

	/** Brings entries from the disk to the queue. */
	feed(): void {
		if (this.#isDropped || this.isGivenUp || this.#keeper.room <= 0) return;
		if (this.#rules === undefined) {
			this.#load();
			return;
		}
		const most = this.#most;
		// Several at a time, as each look at the disk costs something.
		if (this.#queued.size > most / 2) return;
		const count = Math.min(most - this.#queued.size, this.#keeper.room);
		const entries = this.#keeper.store.first(this.id, this.#queued.size + count);
		for (const entry of entries.filter(({id}) => !this.#queued.has(id)).slice(0, count)) this.#queue(entry);
		if (this.#queued.size === 0) this.#keeper.emptied(this);
	}

	// One that is held has as much as keeps the crawl from ending.
	get #most(): number {
		return this.#isHeld ? 1 : Math.max(leastQueued, 2 * this.#keeper.settings.perHost);
	}

	#queue(entry: Entry): void {
		this.#queued.add(entry.id);
		this.#add(this.#visits as TaskSet, String(entry.id), async ({signal}) => {
			this.#running.add(entry);
			try {
				await this.#visit(entry, signal);
			} finally {
				this.#running.delete(entry);
			}
			this.feed();
		});
	}

	#add(set: TaskSet, id: string, task: (context: QueueTaskContext) => Promise<void>): void {
		const added = set.add(
			async (context) => {
				try {
					await task(context);
				} catch (error) {
					if (!isAbortOf(context.signal, error)) this.#keeper.crash(error);
				}
			},
			{id},
		);
		// Taken back or stopped: what it was for is on the disk.
		added.catch(() => {});
	}

	async #visit(entry: Entry, signal: PausableSignal): Promise<void> {
		using watch = stopwatch(signal);
		const fetchedAt = new Date();
		const outcome = await this.#outcomeOf(entry, signal);
		if (outcome.ending === 'silent') return this.#putOffSilent(entry, outcome);
		if (outcome.ending === 'refused' && this.#isPutOff(entry, outcome)) return;
		this.#holds.answered();
		const body = await this.#saveBody(entry, outcome);
		const ended = await this.#settle(entry, endedWith(outcome, {entry, fetchedAt, ms: watch.elapsed, body}));
		this.#refusals.delete(entry.id);
		this.#queued.delete(entry.id);
		this.#running.delete(entry);
		this.#keeper.visited(entry, ended);
	}

	// Each page ends in some way: one that could not be kept would be met first by the next process, too.
	async #settle(entry: Entry, ended: Ended): Promise<Ended> {
		const {store} = this.#keeper;
		try {
			await store.settle(entry, ended);
			return ended;
		} catch (error) {
			if (isOfTheMachine(error)) throw error;
			const rest = unkept(ended, wordsOf(error));
			await store.settle(entry, rest);
			return rest;
		}
	}

	async #outcomeOf(entry: Entry, signal: PausableSignal): Promise<Outcome | Unvisited | Silent> {
		const rules = this.#rules as Rules;
		const nothing = {status: undefined, contentType: undefined, attempts: 0};
		if (rules.objection !== undefined) return {ending: 'failed', ...nothing, reason: rules.objection};
		if (!rules.allows(entry.url)) return {ending: 'skipped', ...nothing, reason: 'robots.txt'};
		const options = this.#visitOptions;
		const askedAt = performance.now();
		try {
			return await visitReachable(signal, entry, this.#holds.isSilent ? {...options, attempts: 1} : options);
		} catch (error) {
			if (!(error instanceof Failure)) throw error;
			if (error.isSilent) return {ending: 'silent', reason: noAnswer(error), askedAt};
			const {status, attempts, message} = error;
			return {ending: 'failed', ...nothing, status, attempts, reason: message};
		}
	}

	#isPutOff(entry: Entry, {reason, until, askedAt}: Refused): boolean {
		const refusals = (this.#refusals.get(entry.id) ?? 0) + 1;
		this.#refusals.set(entry.id, refusals);
		if (refusals > this.#keeper.settings.refusals) return false;
		this.#queued.delete(entry.id);
		this.#holds.refused(reason, askedAt, until);
		return true;
	}

	#putOffSilent(entry: Entry, {reason, askedAt}: Silent): void {
		this.#queued.delete(entry.id);
		this.#holds.silent(reason, askedAt);
	}

	async #saveBody(entry: Entry, outcome: Outcome | Unvisited): Promise<string | undefined> {
		const {dir, keepsBody} = this.#keeper.settings;
		const isKept = keepsBody && outcome.ending === 'page' && entry.kind === 'page';
		return isKept ? saveBody(dir, entry, outcome) : undefined;
	}
}

function noAnswer({message}: Failure): string {
	return `no answer: ${message}`;
}
