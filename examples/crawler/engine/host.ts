import {isAbortOf, type PausableSignal, type Stopwatch, stopwatch} from 'pausable-signal';
import type {PausableQueue, QueueTaskContext, TaskSet} from 'pausable-signal/queue';
import type {CrawlHold} from '../status.ts';
import {BackOff} from './back-off.ts';
import {saveBody} from './bodies.ts';
import {Failure} from './errors.ts';
import {dateOf, isOver, pausedBy} from './hold.ts';
import type {SavedHost} from './hosts-table.ts';
import {type Outcome, type PageOptions, type Refused, visit} from './page.ts';
import type {Ended, Entry} from './pages-table.ts';
import {fetchRobots, parseRobots, type Rules} from './robots.ts';
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

interface Unvisited {
	readonly ending: 'skipped' | 'failed';
	readonly status: number | undefined;
	readonly contentType: undefined;
	readonly attempts: number;
	readonly reason: string;
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
	/** It is no longer in memory: another object may stand for the same host. */
	isDropped = false;
	readonly #keeper: HostKeeper;
	/** All that concerns the host: what is held. */
	readonly #set: TaskSet;
	/** The visits, with the delay that robots.txt asks for. */
	#visits: TaskSet | undefined;
	#rules: Rules | undefined;
	#visitOptions: PageOptions;
	#isLoading = false;
	#isAwaitingEnd = false;
	#pause: CrawlHold | undefined;
	readonly #backOff: BackOff;
	/** Entries in the task set, those that run included. */
	readonly #queued = new Map<number, Entry>();
	readonly #running = new Set<Entry>();
	readonly #refusals = new Map<number, number>();

	constructor(saved: SavedHost, keeper: HostKeeper) {
		const {queue, settings} = keeper;
		this.id = saved.id;
		this.origin = saved.origin;
		this.name = new URL(saved.origin).host;
		this.#keeper = keeper;
		this.#set = queue.taskSet(saved.origin, {concurrency: settings.perHost});
		this.#backOff = new BackOff(this.#set, settings.perHost, settings.backOff);
		this.#visitOptions = settings;
		this.#restore(saved);
	}

	#restore({robots, pause, backoff}: SavedHost): void {
		if (this.#keeper.settings.ignoreRobots) this.#obey(allowAll);
		else if (robots !== undefined && Date.now() - robots.at < day) this.#obey(this.#parse(robots.text));
		if (pause !== undefined && isOver(pause)) this.#keeper.store.hosts.savePause(this.id, undefined);
		else if (pause !== undefined) {
			this.#pause = pause;
			void this.#set.pause(pause.reason, {until: dateOf(pause.until)});
		}
		if (backoff !== undefined) this.#backOff.restore(backoff);
		if (this.#set.isPaused) this.#awaitEnd();
	}

	/** Visits under way, whether they move or are held. */
	get running(): number {
		return this.#running.size;
	}

	/** Whether its robots.txt is asked for. */
	get isLoading(): boolean {
		return this.#isLoading && this.#rules === undefined;
	}

	get queued(): number {
		return this.#queued.size;
	}

	get holds(): readonly CrawlHold[] {
		const {info} = this.#backOff;
		const shown =
			info === undefined ? undefined : {reason: info.reason, since: info.since, until: info.until};
		return [this.#pause, shown].filter((hold) => hold !== undefined && !isOver(hold)) as CrawlHold[];
	}

	// ---- Holds

	/** The user's pause: resolves `true` when nothing of it moves, `false` when it was resumed first. */
	async pause(reason: string, until: Date | undefined): Promise<boolean> {
		const report = this.#set.pause(reason, {until});
		this.#pause = pausedBy(this.#pause, reason, until);
		this.#awaitEnd();
		this.#keeper.store.hosts.savePause(this.id, this.#pause);
		this.#keeper.changed(this);
		return (await report).running.length === 0 && this.#set.isPaused;
	}

	/** Takes back the user's pause alone. */
	resume(): boolean {
		if (this.#pause === undefined || isOver(this.#pause)) return false;
		this.#unpause();
		this.#set.resume();
		this.#keeper.changed(this);
		return true;
	}

	#unpause(): void {
		this.#pause = undefined;
		this.#keeper.store.hosts.savePause(this.id, undefined);
	}

	#refused(reason: string, askedAt: number, until: number | undefined): void {
		this.#backOff.refused(reason, askedAt, until);
		this.#awaitEnd();
		this.#keeper.store.hosts.saveBackOff(this.id, this.#backOff.info);
		this.#takeBack();
		this.#keeper.changed(this);
	}

	// Those that wait would all start together at the end of the hold.
	#takeBack(): void {
		this.#visits?.clear();
		for (const [id, entry] of this.#queued) if (!this.#running.has(entry)) this.#queued.delete(id);
	}

	// Only while it is held: a set that somebody listens to is not collected.
	#awaitEnd(): void {
		if (this.#isAwaitingEnd) return;
		this.#isAwaitingEnd = true;
		this.#set.signal.addEventListener('resume', () => this.#goOn(), {once: true});
	}

	// Nothing holds the task set any more.
	#goOn(): void {
		this.#isAwaitingEnd = false;
		if (this.#set.isPaused) {
			this.#awaitEnd();
			return;
		}
		const {info} = this.#backOff;
		if (this.#pause !== undefined) this.#unpause();
		if (info !== undefined) {
			this.#backOff.ended();
			this.#keeper.store.hosts.saveBackOff(this.id, undefined);
		}
		this.#keeper.changed(this);
	}

	/** Aborts what stands still here. */
	abortHeld(reason: unknown): void {
		if (this.holds.length > 0) this.#set.abort(reason);
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
		if (this.#isLoading) return;
		this.#isLoading = true;
		this.#add(this.#set, `${this.origin}/robots.txt`, async ({signal}) => {
			this.#obey(await this.#askForRules(signal));
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
				if (attempt >= settings.attempts) return {...allowAll, objection: reason};
				this.#refused(reason, askedAt, error.until);
			}
		}
	}

	// ---- The frontier

	/** Brings entries from the disk to the queue. */
	feed(): void {
		if (this.isDropped || this.#keeper.room <= 0) return;
		if (this.#rules === undefined) {
			this.#load();
			return;
		}
		const most = Math.min(this.#backOff.limit, Math.max(leastQueued, 2 * this.#keeper.settings.perHost));
		// Several at a time, as each look at the disk costs something.
		if (most > leastQueued / 2 && this.#queued.size > most / 2) return;
		const count = Math.min(most - this.#queued.size, this.#keeper.room);
		if (count <= 0) return;
		const entries = this.#keeper.store.first(this.id, this.#queued.size + count);
		for (const entry of entries.filter(({id}) => !this.#queued.has(id)).slice(0, count)) this.#queue(entry);
		if (this.#queued.size === 0) this.#keeper.emptied(this);
	}

	#queue(entry: Entry): void {
		this.#queued.set(entry.id, entry);
		this.#add(this.#visits as TaskSet, entry.url, async ({signal}) => {
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
		this.#backOff.answered();
		const ended = await this.#ended(entry, outcome, {fetchedAt, watch});
		this.#refusals.delete(entry.id);
		this.#keeper.store.settle(entry, ended);
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
		this.#refused(reason, askedAt, until);
		return true;
	}

	async #ended(
		entry: Entry,
		outcome: Outcome | Unvisited,
		{fetchedAt, watch}: {fetchedAt: Date; watch: Stopwatch},
	): Promise<Ended> {
		const {settings} = this.#keeper;
		const {status, contentType, attempts} = outcome;
		const all = {
			status,
			contentType,
			attempts,
			fetchedAt: fetchedAt.toISOString(),
			ms: Math.round(watch.elapsed),
		};
		const none = {finalUrl: undefined, bytes: undefined, title: undefined, error: undefined, body: undefined};
		const found = {pages: [], sitemaps: []};
		switch (outcome.ending) {
			case 'page': {
				const {bytes, title, canonical, pages, sitemaps} = outcome;
				const body = settings.keepsBody ? await saveBody(settings.dir, entry, outcome) : undefined;
				return {ending: 'page', ...all, ...none, bytes, title, finalUrl: canonical, pages, sitemaps, body};
			}
			case 'redirect':
				return {ending: 'redirect', ...all, ...none, ...found, ...leadingTo(outcome.to, entry)};
			default: {
				const ending = outcome.ending === 'skipped' ? 'skipped' : 'failed';
				return {ending, ...all, ...none, ...found, error: outcome.reason};
			}
		}
	}
}

function leadingTo(to: string, {kind}: Entry): Pick<Ended, 'finalUrl' | 'pages' | 'sitemaps'> {
	return {finalUrl: to, pages: kind === 'page' ? [to] : [], sitemaps: kind === 'sitemap' ? [to] : []};
}
