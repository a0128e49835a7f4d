import {EventEmitter} from 'node:events';
import {type Stopwatch, stopwatch} from 'pausable-signal';
import {PausableQueue} from 'pausable-signal/queue';
import type {
	CrawlControls,
	CrawlEvents,
	CrawlHold,
	CrawlState,
	CrawlStatus,
	HoldFor,
	PageRecord,
} from '../status.ts';
import type {Database} from './database.ts';
import {CrawlError} from './errors.ts';
import {dateOf, isOver, userPause} from './hold.ts';
import {Host} from './host.ts';
import {holdIn} from './hosts-table.ts';
import {HostWindow} from './host-window.ts';
import {lockFolder} from './lock.ts';
import {Meter} from './meter.ts';
import type {Ended, Entry} from './pages-table.ts';
import {Scope} from './scope.ts';
import {type CrawlOptions, fillIn, seedUrls, type Settings} from './settings.ts';
import {StatusBoard} from './status-board.ts';
import {holdsCrawl, makeFolder, openDatabase, readSetting, Store} from './store.ts';

/**
 * Crawls into a folder, and can be paused, resumed and stopped; also killed: the next crawl on the folder
 * goes on. Emits `page` or `sitemap` when a visit has ended, `state` and `host` when the crawl or a host of it is held
 * or goes on.
 */
export class Crawl extends EventEmitter<CrawlEvents> implements CrawlControls, AsyncDisposable {
	readonly #settings: Settings;
	readonly #store: Store;
	readonly #lock: Disposable;
	readonly #queue: PausableQueue;
	readonly #hosts: HostWindow;
	readonly #board: StatusBoard;
	readonly #meter = new Meter();
	#watch: Stopwatch | undefined;
	#state: CrawlState | undefined = 'idle';
	#toldState = '';
	#pause: CrawlHold | undefined;
	#running: Promise<void> | undefined;
	#mistake: {readonly error: unknown} | undefined;
	#isFinishing = false;

	/**
	 * Opens the folder for a crawl, or for going on with the one it holds. Rejects with a
	 * {@link CrawlError} when another process crawls into it, or there is nothing to start from.
	 */
	static async open(options: CrawlOptions): Promise<Crawl> {
		const seeds = seedUrls(options.seeds ?? []);
		if (seeds.length === 0 && !holdsCrawl(options.dir))
			throw new CrawlError(`${options.dir} holds no crawl to go on with`);
		makeFolder(options.dir);
		const lock = lockFolder(options.dir);
		let db: Database | undefined;
		try {
			db = openDatabase(options.dir, options.fresh ?? false);
			return new Crawl(options, seeds, db, lock);
		} catch (error) {
			db?.[Symbol.dispose]();
			lock[Symbol.dispose]();
			throw error;
		}
	}

	private constructor(options: CrawlOptions, seeds: readonly string[], db: Database, lock: Disposable) {
		super();
		const known = (readSetting(db, 'origins') ?? []) as string[];
		this.#settings = fillIn(options);
		const origins = [...known, ...seeds.map((seed) => new URL(seed).origin)];
		this.#store = new Store(db, new Scope(origins, this.#settings));
		this.#store.addSeeds(seeds);
		if (options.retryFailed === true) this.#store.retryFailed();
		this.#lock = lock;
		this.#queue = new PausableQueue({concurrency: this.#settings.concurrency, name: 'crawl'});
		const most = options.hostsInMemory ?? Math.max(256, 8 * this.#settings.concurrency);
		this.#hosts = new HostWindow(this.#store, most, (saved) => new Host(saved, this.#keeper()));
		this.#board = new StatusBoard(db, this.#store, this.#hosts);
		this.#restorePause(options.paused);
		this.#queue.addEventListener('statechange', () => this.#look());
	}

	#restorePause(paused: boolean | string | undefined): void {
		const saved = holdIn(this.#store.setting('pause'));
		if (saved !== undefined && !isOver(saved)) {
			this.#pause = saved;
			void this.#queue.pause(saved.reason, {until: dateOf(saved.until)});
		}
		if (paused !== undefined && paused !== false)
			void this.pause(paused === true ? 'started paused' : paused);
	}

	#keeper(): ConstructorParameters<typeof Host>[1] {
		const crawl = this;
		return {
			queue: this.#queue,
			store: this.#store,
			settings: this.#settings,
			get room() {
				return crawl.#room;
			},
			visited: (entry, ended) => this.#visited(entry, ended),
			changed: (host) => {
				this.#hosts.noteHeld(host);
				this.emit('host', this.#board.hostStatus(host));
				// Nobody waits for a back-off to finish.
				if (this.#isFinishing) host.abortHeld('finished');
				else host.feed();
				// One that is held takes no room.
				this.#refill();
			},
			emptied: (host) => this.#hosts.drop(host),
			crash: (mistake) => this.#crash(mistake),
		};
	}

	get #room(): number {
		if (this.#isFinishing || this.#queue.signal.aborted) return 0;
		const {maxPages} = this.#settings;
		return maxPages === Infinity ? maxPages : maxPages - this.#store.totals.done - this.#hosts.queued;
	}

	// ---- The run

	/**
	 * Crawls. Resolves when it is done or stopped, and all is saved. Rejects with a {@link CrawlError} when
	 * not one page could be had. A pause delays it.
	 */
	run(): Promise<void> {
		return (this.#running ??= this.#run());
	}

	async #run(): Promise<void> {
		this.#watch = stopwatch(this.#queue.signal);
		this.#state = undefined;
		this.#tell();
		this.#hosts.fill();
		// A host that is held puts its tasks back, and then takes one.
		do await this.#queue.onIdle();
		while (this.#queue.size > 0);
		if (this.#queue.signal.aborted) await this.#queue.stop();
		if (this.#mistake === undefined && this.#finalState() === 'failed')
			this.#mistake = {error: new CrawlError(this.#board.whyNothing())};
		this.#end();
		if (this.#mistake !== undefined) throw this.#mistake.error;
	}

	#end(): void {
		this.#watch?.stop();
		this.#state = this.#finalState();
		// What is shown afterwards is what was there at the end.
		this.#board.freeze();
		this.#tell();
		this.#close();
	}

	#finalState(): CrawlState {
		const {done, waiting} = this.#store.totals;
		if (this.#mistake !== undefined) return 'failed';
		if (this.#isFinishing || this.#queue.signal.aborted) return waiting > 0 ? 'stopped' : 'completed';
		if (done === 0) return 'failed';
		return this.#hosts.hasGivenUp && this.#room > 0 ? 'stopped' : 'completed';
	}

	#close(): void {
		this.#store[Symbol.dispose]();
		this.#lock[Symbol.dispose]();
	}

	#refill(): void {
		this.#hosts.fill();
		// Only now is it known how many more may be read.
		if (this.#settings.maxPages !== Infinity) this.#hosts.feed();
	}

	#visited(entry: Entry, ended: Ended): void {
		this.#refill();
		const {body: _1, pages: _2, sitemaps: _3, ...rest} = ended;
		const record: PageRecord = {url: entry.url, depth: entry.depth, from: entry.from, ...rest};
		if (entry.kind === 'sitemap') {
			this.#board.noteSitemap(record);
			this.emit('sitemap', record);
			return;
		}
		this.#meter.count(this.#watch?.elapsed ?? 0, ended.bytes ?? 0);
		this.#board.note(record);
		this.emit('page', record);
	}

	#crash(error: unknown): void {
		this.#mistake ??= {error};
		void this.#queue.stop(error);
	}

	// ---- Controls

	async pause(reason: string, {host, until}: HoldFor = {}): Promise<boolean> {
		if (this.#isOver || this.#isFinishing) return false;
		if (host !== undefined) return this.#pauseHost(host, reason, until);
		const report = this.#queue.pause(reason, {until});
		this.#savePause(userPause(this.#pause, reason, until));
		return (await report).running.length === 0 && this.#queue.isPaused;
	}

	async #pauseHost(name: string, reason: string, until: Date | undefined): Promise<boolean> {
		const hosts = this.#hosts.named(name);
		if (hosts.length === 0) throw new CrawlError(`this crawl has no host ${name}`);
		const answers = await Promise.all(hosts.map((host) => host.pause(reason, until)));
		return answers.every(Boolean);
	}

	resume({host}: Pick<HoldFor, 'host'> = {}): boolean {
		if (this.#isOver) return false;
		if (host !== undefined) return this.#hosts.named(host).filter((one) => one.resume()).length > 0;
		const hasResumed = this.#queue.resume();
		this.#savePause(undefined);
		return hasResumed;
	}

	#savePause(hold: CrawlHold | undefined): void {
		if (this.#isOver) return;
		this.#pause = hold;
		this.#store.set('pause', hold);
		this.#tell();
	}

	async finish(): Promise<void> {
		if (this.#running === undefined || this.#isOver) return this.stop();
		this.#isFinishing = true;
		this.#tell();
		this.#queue.clear();
		// What stands still would not end before somebody resumes it.
		if (this.#queue.isPaused) void this.#queue.stop('finished');
		else this.#hosts.abortHeld('finished');
		await this.#running.catch(() => {});
	}

	async stop(reason?: unknown): Promise<void> {
		if (this.#isOver) return;
		const stopped = this.#queue.stop(reason);
		this.#tell();
		await stopped;
		// A crawl that was never run has an end, too.
		if (this.#running === undefined) this.#end();
		else await this.#running.catch(() => {});
	}

	/** Stops, and gives the folder back. */
	async [Symbol.asyncDispose](): Promise<void> {
		await this.stop('disposed');
	}

	// ---- What is shown

	get #isOver(): boolean {
		return this.#state !== undefined && this.#state !== 'idle';
	}

	get #stateNow(): CrawlState {
		if (this.#state !== undefined) return this.#state;
		return this.#isFinishing ? 'stopping' : this.#queue.state;
	}

	get status(): CrawlStatus {
		const {waiting, ...totals} = this.#board.totals;
		const {visits, loads} = this.#hosts.underWay;
		const held = this.#queue.progress.parked;
		const activeMs = this.#watch?.elapsed ?? 0;
		const rates = this.#meter.rates(activeMs);
		const {maxPages} = this.#settings;
		const ahead = Math.min(waiting, Math.max(0, maxPages - totals.done));
		return {
			state: this.#stateNow,
			holds: this.#pause === undefined || isOver(this.#pause) ? [] : [this.#pause],
			counts: {...totals, waiting: waiting - visits, running: Math.max(0, visits + loads - held), held},
			activeMs,
			pausedMs: this.#watch?.paused ?? 0,
			...rates,
			maxPages: maxPages === Infinity ? undefined : maxPages,
			etaMs: rates.pagesPerSecond > 0 ? (ahead / rates.pagesPerSecond) * 1000 : undefined,
			...this.#board.hosts,
			lastPages: this.#board.lastPages,
			sitemaps: this.#board.sitemaps,
		};
	}

	// The state of the queue changed: a pause may have ended by itself.
	#look(): void {
		try {
			if (this.#pause !== undefined && !this.#queue.isPaused && !this.#queue.signal.aborted)
				this.#savePause(undefined);
			this.#tell();
		} catch (error) {
			// Nobody catches what a listener throws.
			this.#crash(error);
		}
	}

	#tell(): void {
		const {status} = this;
		const state = JSON.stringify([status.state, status.holds]);
		if (state === this.#toldState) return;
		this.#toldState = state;
		this.emit('state', status);
	}
}
