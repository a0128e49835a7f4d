/**
 * Threads behind a queue.
 *
 * Invariants:
 *
 * 1. A thread serves one run at a time. Between runs it is in `#idle`, does not keep the process
 *    alive, and ends after the idle time; the next run gets the thread that was used last.
 * 2. A run is over when its function has ended or its worker has exited, not before: only then does
 *    the queue start the next one.
 * 3. A thread that has ended is in neither list. The pool starts none before a run needs it.
 */
import {
	expectCount,
	expectMilliseconds,
	expectOptions,
	type NotASignal,
	outOfRange,
	Timer,
} from '../core/index.ts';
import {
	type AddOptions,
	type MapIterator,
	type MapOptions,
	PausableQueue,
	type PausableQueueOptions,
	type QueueTaskContext,
} from '../queue/index.ts';
import {StopTimeoutError} from '../task/index.ts';
import {createChannel} from './channel.ts';
import {expectSource, Host, type HostOptions, type HostUser, type ThreadSource} from './host.ts';
import type {ThreadWorkerOptions} from './host-node.ts';
import {Job} from './job.ts';
import {countProcessors} from './platform.ts';
import {expectTransfer} from './thread.ts';

/** Options of a {@link ThreadPool}. */
export interface ThreadPoolOptions extends NotASignal {
	/** The most threads that run at once. Default: the number of the machine's processors. */
	readonly threads?: number | undefined;
	/** Milliseconds from the abort of a run until the pool terminates its worker. Default: `Infinity`, never. */
	readonly grace?: number | undefined;
	/** Milliseconds that a thread without work lives. Default: 10,000. */
	readonly idleTimeout?: number | undefined;
	/** Options of the workers, if the source is a URL. */
	readonly worker?: ThreadWorkerOptions | undefined;
	/** Pauses and aborts all runs, as the `signal` of the queue does. */
	readonly signal?: AbortSignal | undefined;
	/** Options of the queue before the threads. */
	readonly queue?: Omit<PausableQueueOptions, 'concurrency'> | undefined;
}

/** Options of {@link ThreadPool.run}: those of `queue.add()`, and those of the thread. */
export interface ThreadRunOptions extends AddOptions {
	/** Parts of `data` to move instead of copying, such as an `ArrayBuffer`. */
	readonly transfer?: readonly object[] | undefined;
	/** Milliseconds from the abort of this run until the pool terminates its worker. Default: the pool's. */
	readonly grace?: number | undefined;
}

/** A source of {@link ThreadPool.map}. */
export type ThreadPoolSource<D> = Iterable<D | PromiseLike<D>> | AsyncIterable<D> | ReadableStream<D>;

/** Options of {@link ThreadPool.stop}. */
export interface ThreadPoolStopOptions extends NotASignal {
	/** Milliseconds until the pool terminates runs that have not ended. Default: the `grace` of each run. */
	readonly grace?: number | undefined;
}

/**
 * Threads behind a `PausableQueue`: each task is one run of the module's function in one of them.
 *
 * Use it for many jobs that would block the event loop. `pool.queue` is a full queue: pausing it
 * pauses the functions in the threads, and its report names those that stand still; sets, priorities,
 * timeouts and progress work as everywhere. A run that crashes or is terminated does not affect
 * others, and the pool replaces its thread when it needs one.
 *
 * A paused run keeps its thread. Task sets give the slots of their parked tasks to others, so that
 * more threads may live than `threads` says; `whilePaused: 'hold'` prevents that.
 *
 * @example
 * ```ts
 * import {ThreadPool} from 'pausable-signal/thread';
 *
 * const pool = new ThreadPool<string, string>(new URL('./hash.js', import.meta.url), {threads: 4});
 * await pool.queue.pause('wait for the night'); // => { parked: [], running: [] }
 * const hash = pool.run('a.txt', {id: 'a'});
 * [pool.queue.size, pool.size]; // => [ 1, 0 ]
 * await pool.stop('enough'); // => [ 'a' ]
 * await hash; // => throws 'enough'
 * ```
 */
export class ThreadPool<D = unknown, T = unknown> {
	/** The queue before the threads. Its concurrency is the most threads that run at once. */
	readonly queue: PausableQueue;
	readonly #hostOptions: HostOptions;
	readonly #grace: number;
	readonly #idleTimeout: number;
	readonly #hosts = new Set<Host>();
	/** The idle threads, each with its timer once it has been idle for more than a moment. */
	readonly #idle = new Map<Host, Timer | null>();
	#rests = false;
	readonly #jobs = new Set<Job>();
	#isOver = false;
	#whenEmpty: (() => void) | undefined;

	/**
	 * Makes a pool, which starts threads when it needs them.
	 *
	 * Throws a `TypeError` or `RangeError` on a bad argument.
	 */
	constructor(source: ThreadSource, options: ThreadPoolOptions = {}) {
		expectSource(source);
		expectOptions('options', options, '{threads}');
		const {threads = countProcessors(), grace = Infinity, idleTimeout = 10_000} = options;
		const {worker, signal, queue} = options;
		if (expectCount('threads', threads) === Infinity) throw outOfRange('threads', 'a finite number', threads);
		this.#grace = expectMilliseconds('grace', grace);
		this.#idleTimeout = expectMilliseconds('idleTimeout', idleTimeout);
		expectOptions('worker', worker, '{env}');
		expectOptions('queue', queue, '{name}');
		this.#hostOptions = {source, worker, name: queue?.name};
		if (signal !== undefined && queue?.signal !== undefined)
			throw new TypeError('signal: expected either signal or queue.signal, got both');
		this.queue = new PausableQueue({...queue, signal: signal ?? queue?.signal, concurrency: threads});
	}

	/** How many threads are alive, idle ones included. */
	get size(): number {
		return this.#hosts.size;
	}

	/**
	 * Runs the function on `data` in a thread, when its turn in the queue comes.
	 *
	 * Resolves with a copy of its value. Rejects as `queue.add()` does: at once with the reason of an
	 * abort, which loses a later value; with the function's error; with a {@link ThreadExitError} if its
	 * worker exits. `queue.inspect()` shows the progress that the function reports.
	 */
	run(data: D, options: ThreadRunOptions = {}): Promise<T> {
		expectOptions('options', options, '{priority}');
		const {transfer, grace, ...added} = options;
		expectTransfer(transfer);
		const graceOf = grace === undefined ? this.#grace : expectMilliseconds('grace', grace);
		return this.queue.add((context) => this.#run(data, transfer, graceOf, context), added);
	}

	/** The results of the function for the items of a source: `queue.map()`, in threads. */
	map(source: ThreadPoolSource<D>, options?: MapOptions): MapIterator<D, T> {
		const run = (data: D, context: QueueTaskContext): Promise<T> =>
			this.#run(data, undefined, this.#grace, context);
		return this.queue.map(source, run, options);
	}

	async #run(
		data: D,
		transfer: readonly object[] | undefined,
		grace: number,
		{signal, id, report}: QueueTaskContext,
	): Promise<T> {
		const host = this.#take();
		let job: Job | undefined;
		try {
			const how = {isLast: false, grace, keepAlive: true};
			job = new Job(host, {signal, name: id, report, data, transfer, ...how});
			this.#jobs.add(job);
			return (await job.result) as T;
		} finally {
			if (job !== undefined) this.#jobs.delete(job);
			this.#giveBack(host);
		}
	}

	#take(): Host {
		const idle = [...this.#idle.keys()].filter((host) => host.isUsable).at(-1);
		if (idle === undefined) return this.#start();
		this.#wake(idle);
		return idle;
	}

	#start(): Host {
		const host: Host = new Host(this.#hostOptions, createChannel(), this.#watch);
		this.#hosts.add(host);
		host.onGone = (): void => {
			this.#wake(host);
			this.#hosts.delete(host);
			if (this.#hosts.size === 0) this.#whenEmpty?.();
		};
		return host;
	}

	#wake(host: Host): void {
		this.#idle.get(host)?.cancel();
		this.#idle.delete(host);
	}

	/** The user of an idle thread. An error there has no run to fail, so it becomes an event of the queue. */
	readonly #watch: HostUser = {
		answered() {},
		failed: (error) => {
			this.queue.dispatchEvent(new CustomEvent('error', {detail: error}));
		},
		exited() {},
		stuck() {},
	};

	#giveBack(host: Host): void {
		if (!host.isUsable) return;
		host.user = this.#watch;
		if (this.#isOver) return host.end();
		this.#idle.set(host, null);
		if (this.#rests) return;
		// Not at once, because the next waiting run takes the thread in the same tick.
		this.#rests = true;
		new Timer(() => this.#rest(), 0);
	}

	#rest(): void {
		this.#rests = false;
		for (const [host, timer] of this.#idle) {
			if (timer !== null) continue;
			host.keepAlive(false);
			this.#idle.set(host, new Timer(() => this.#dismiss(host), this.#idleTimeout, false));
		}
	}

	#dismiss(host: Host): void {
		this.#wake(host);
		host.end();
	}

	/**
	 * Stops for good: refuses new runs, rejects waiting ones, aborts running ones, and ends the threads.
	 *
	 * Resolves with the ids of the runs that never started, when no thread is left. Rejects with a
	 * `StopTimeoutError` if the platform has not ended a terminated worker within 5 seconds.
	 */
	async stop(reason?: unknown, options?: ThreadPoolStopOptions): Promise<string[]> {
		expectOptions('options', options, '{grace}');
		const {grace} = options ?? {};
		if (grace !== undefined) {
			expectMilliseconds('grace', grace);
			for (const job of this.#jobs) job.grace = grace;
		}
		const stuck = [...this.#jobs].map(async (job) => {
			await job.whenStuck;
			throw new StopTimeoutError(this.queue.name ?? 'pool', grace ?? this.#grace);
		});
		const ids = await Promise.race([this.queue.stop(reason), ...stuck]);
		await this.#endThreads();
		return ids;
	}

	/** Refuses new runs, finishes the rest, and ends the threads, after any pause. */
	async shutdown(): Promise<void> {
		await this.queue.shutdown();
		await this.#endThreads();
	}

	#endThreads(): Promise<void> {
		this.#isOver = true;
		for (const host of [...this.#idle.keys()]) this.#dismiss(host);
		return new Promise((resolve) => {
			this.#whenEmpty = resolve;
			if (this.#hosts.size === 0) resolve();
		});
	}

	/** Calls {@link stop}. */
	async [Symbol.asyncDispose](): Promise<void> {
		await this.stop();
	}
}
