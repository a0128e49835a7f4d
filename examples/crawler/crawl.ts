import {EventEmitter} from 'node:events';
import PQueue from 'p-queue';
import {
	type HoldInfo,
	isAbortOf,
	PausableController,
	type PausableSignal,
	type Stopwatch,
	stopwatch,
	Task,
	type TaskContext,
	type TaskState,
} from 'pausable-signal';
import {type Entry, type Frontier, type FrontierCounts, MemoryFrontier} from './frontier.ts';
import {Failure} from './http.ts';
import {type Outcome, type PageOptions, visit} from './page.ts';
import {Robots} from './robots.ts';
import {type Complaint, Tally} from './tally.ts';
import {pageUrl} from './urls.ts';

export interface CrawlOptions extends PageOptions {
	readonly url: string;
	readonly concurrency: number;
	readonly maxPages: number;
	readonly frontier?: Frontier;
}

export type CrawlState = 'idle' | TaskState;

/** One visit that has ended. */
export interface Visit extends Entry {
	readonly outcome: Outcome;
	/** Active milliseconds, tries and waits between them included. */
	readonly ms: number;
}

export interface Progress extends Omit<FrontierCounts, 'taken'> {
	readonly state: CrawlState;
	/** Why it is paused, and since when. */
	readonly hold: HoldInfo | undefined;
	/** Visits that move. */
	readonly running: number;
	/** Visits that a pause holds half-way. */
	readonly held: number;
	readonly bytes: number;
	readonly links: number;
	/** Seconds, without the pauses. */
	readonly activeSeconds: number;
	readonly pausedSeconds: number;
	/** Per active second. */
	readonly pagesPerSecond: number;
}

export interface Summary extends Progress {
	readonly failures: readonly Complaint[];
	readonly skips: readonly Complaint[];
}

interface CrawlEvents {
	visit: [Visit];
	state: [CrawlState];
}

/** The crawl could not do its job. */
export class CrawlError extends Error {
	override readonly name = 'CrawlError';
}

/**
 * Crawls one site, and can be paused, resumed and stopped. Emits `visit` when a visit has ended and
 * `state` when the state changes: idle, running, pausing, paused, stopping, and one of completed,
 * stopped, failed.
 */
export class Crawl extends EventEmitter<CrawlEvents> {
	readonly #options: CrawlOptions;
	readonly #frontier: Frontier;
	readonly #queue: PQueue;
	readonly #start: string;
	readonly #origins: Set<string>;
	readonly #visits = new Set<Task<void>>();
	readonly #tally = new Tally();
	#task: Task<void> | undefined;
	#watch: Stopwatch | undefined;

	constructor(options: CrawlOptions) {
		super();
		this.#options = options;
		this.#frontier = options.frontier ?? new MemoryFrontier();
		this.#queue = new PQueue({concurrency: options.concurrency});
		this.#start = pageUrl(options.url) ?? options.url;
		this.#origins = new Set([new URL(this.#start).origin]);
	}

	/**
	 * Starts. Resolves when it is done or stopped; rejects with a {@link CrawlError} when not one page
	 * could be had.
	 */
	start(): Promise<void> {
		this.#task = Task.start(({signal}) => this.#run(signal), {name: 'crawl'});
		this.#task.addEventListener('statechange', () => this.emit('state', this.progress.state));
		this.emit('state', 'running');
		return this.#task.result;
	}

	/** Resolves `true` once no request is under way, `false` when it was resumed before. */
	async pause(reason?: unknown): Promise<boolean> {
		return (await this.#task?.pause(reason)) ?? false;
	}

	resume(): boolean {
		return this.#task?.resume() ?? false;
	}

	/** Aborts what is under way. Resolves when all of it has ended. */
	async stop(reason?: unknown): Promise<void> {
		await this.#task?.stop(reason);
	}

	get progress(): Progress {
		const {taken, ...counts} = this.#frontier.counts;
		const held = [...this.#visits].filter((visit) => visit.state === 'paused').length;
		const activeSeconds = (this.#watch?.elapsed ?? 0) / 1000;
		const ended = counts.page + counts.redirect + counts.skipped + counts.failed;
		return {
			state: this.#task?.state ?? 'idle',
			hold: this.#task?.signal.holds[0],
			...counts,
			waiting: counts.waiting + taken - this.#visits.size,
			running: this.#visits.size - held,
			held,
			bytes: this.#tally.bytes,
			links: this.#tally.links,
			activeSeconds,
			pausedSeconds: (this.#watch?.paused ?? 0) / 1000,
			pagesPerSecond: ended / Math.max(activeSeconds, 0.001),
		};
	}

	get summary(): Summary {
		return {...this.progress, failures: this.#tally.failed, skips: this.#tally.skipped};
	}

	async #run(signal: PausableSignal): Promise<void> {
		using watch = stopwatch(signal);
		using scope = new PausableController({signal});
		this.#watch = watch;
		const robots = new Robots(scope.signal, this.#options);
		this.#frontier.add([{url: this.#start, depth: 0, from: undefined}]);
		this.#fill(scope, robots);
		await this.#queue.onIdle();
		if (signal.aborted) return;
		scope.signal.throwIfAborted();
		if (this.#frontier.counts.page === 0) throw new CrawlError(this.#whyNothing());
	}

	// The queue holds a window on the frontier. It needs no pause and no clear(): a task that it starts
	// while the crawl is paused waits for the resume, and once the crawl is aborted ends at once.
	#fill(scope: PausableController, robots: Robots): void {
		while (!scope.signal.aborted && this.#hasRoom()) {
			const entry = this.#frontier.take();
			if (entry === undefined) return;
			const job = this.#queue.add(() => this.#visit(entry, scope, robots));
			job.catch((mistake: unknown) => scope.abort(mistake));
		}
	}

	#hasRoom(): boolean {
		const {page, taken} = this.#frontier.counts;
		return taken < 2 * this.#options.concurrency && page + taken < this.#options.maxPages;
	}

	async #visit(entry: Entry, scope: PausableController, robots: Robots): Promise<void> {
		const {signal} = scope;
		const visit = async (context: TaskContext): Promise<void> => {
			using watch = stopwatch(context.signal);
			const outcome = await this.#read(context.signal, entry, robots);
			this.#visits.delete(task);
			this.#settle(entry, outcome);
			this.emit('visit', {...entry, outcome, ms: Math.round(watch.elapsed)});
			this.#fill(scope, robots);
		};
		const task = Task.start(visit, {signal, name: entry.url});
		this.#visits.add(task);
		try {
			await task.result;
		} catch (error) {
			if (!this.#visits.delete(task) || !isAbortOf(signal, error)) throw error;
			this.#frontier.giveBack(entry);
		}
	}

	async #read(signal: PausableSignal, {url}: Entry, robots: Robots): Promise<Outcome> {
		try {
			if (await robots.allows(url)) return await visit(signal, url, this.#options);
			return {ending: 'skipped', reason: 'robots.txt'};
		} catch (error) {
			if (error instanceof Failure) return {ending: 'failed', reason: error.message};
			throw error;
		}
	}

	#settle(entry: Entry, outcome: Outcome): void {
		this.#tally.count(entry.url, outcome);
		// A site is often known by two names: where the start page leads to is the site.
		if (outcome.ending === 'redirect' && entry.depth === 0) this.#origins.add(new URL(outcome.to).origin);
		this.#frontier.settle(entry, outcome.ending, this.#found(entry, outcome));
	}

	#found({url: from, depth}: Entry, outcome: Outcome): Entry[] {
		if (outcome.ending === 'redirect') return this.#onSite([{url: outcome.to, depth, from}]);
		if (outcome.ending !== 'page') return [];
		return this.#onSite(outcome.links.map((url) => ({url, depth: depth + 1, from})));
	}

	#onSite(entries: Entry[]): Entry[] {
		return entries.filter(({url}) => this.#origins.has(new URL(url).origin));
	}

	#whyNothing(): string {
		const [complaint] = [...this.#tally.failed, ...this.#tally.skipped];
		if (complaint === undefined) return `${this.#start}: redirects that lead nowhere`;
		return `${complaint.url}: ${complaint.reason}`;
	}
}
