import {isAbortOf, type PausableSignal, stopwatch} from 'pausable-signal';
import type {PausableQueue, QueueTaskContext, TaskSet} from 'pausable-signal/queue';
import type {CrawlHold} from '../status.ts';
import {saveBody} from './bodies.ts';
import {endedWith, type Unvisited} from './ending.ts';
import {Failure} from './errors.ts';
import {HostHolds} from './host-holds.ts';
import type {SavedHost} from './hosts-table.ts';
import {type Outcome, type PageOptions, type Refused, visit} from './page.ts';
import type {Ended, Entry} from './pages-table.ts';
import {fetchRobots} from './robots.ts';
import {parseRobots, type Rules} from './robots-rules.ts';
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
		this.#set = queue.taskSet(saved.origin, {concurrency: settings.perHost});
		this.#holds = new HostHolds(this.#set, saved, {
			hosts: keeper.store.hosts,
			perHost: settings.perHost,
			backOff: settings.backOff,
			changed: () => this.#changed(),
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
		// The queue keeps a set that is not as it was made.
		this.#set.concurrency = this.#keeper.settings.perHost;
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
				this.#obey(await this.#askForRules(signal));
			} finally {
				this.isLoading = false;
			}
			this.feed();
		});
	}

	async #askForRules(signal: PausableSignal): Promise<Rules> {
		const {settings, store} = this.#keeper;
		for (let attempt = 1; ; attempt++) {
			await signal.checkpoint();
			const askedAt = performance.now();
			try {
				const text = await fetchRobots(signal, this.origin, settings);
				const rules = this.#parse(text);
				store.saveRobots(this.id, text, rules.sitemaps);
				return rules;
			} catch (error) {
				if (!(error instanceof Failure)) throw error;
				const reason = `robots.txt: ${error.message}`;
				// Who answers will be well again; who does not may not be there at all.
				const most = error.status === undefined ? settings.attempts : settings.robotsAttempts;
				if (attempt >= most) return {...allowAll, objection: reason};
				this.#holds.refused(reason, askedAt, error.until);
			}
		}
	}

	// ---- The frontier

	/** Brings entries from the disk to the queue. */
	feed(): void {
		if (this.#isDropped || this.#keeper.room <= 0) return;
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
		if (outcome.ending === 'refused' && this.#isPutOff(entry, outcome)) return;
		this.#holds.answered();
		const body = await this.#saveBody(entry, outcome);
		const ended = endedWith(outcome, {entry, fetchedAt, ms: watch.elapsed, body});
		this.#refusals.delete(entry.id);
		await this.#keeper.store.settle(entry, ended);
		this.#queued.delete(entry.id);
		this.#running.delete(entry);
		this.#keeper.visited(entry, ended);
	}

	async #outcomeOf(entry: Entry, signal: PausableSignal): Promise<Outcome | Unvisited> {
		const rules = this.#rules as Rules;
		const nothing = {status: undefined, contentType: undefined, attempts: 0};
		if (rules.objection !== undefined) return {ending: 'failed', ...nothing, reason: rules.objection};
		if (!rules.allows(entry.url)) return {ending: 'skipped', ...nothing, reason: 'robots.txt'};
		try {
			return await visit(signal, entry, this.#visitOptions);
		} catch (error) {
			if (!(error instanceof Failure)) throw error;
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

	async #saveBody(entry: Entry, outcome: Outcome | Unvisited): Promise<string | undefined> {
		const {dir, keepsBody} = this.#keeper.settings;
		const isKept = keepsBody && outcome.ending === 'page' && entry.kind === 'page';
		return isKept ? saveBody(dir, entry, outcome) : undefined;
	}
}
