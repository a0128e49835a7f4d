/**
 * Invariants:
 *
 * 1. After a job comes up, the worker checks what holds its scopes before it calls the body.
 * 2. BullMQ's `concurrency` is the user's plus the number of jobs that gave their place away.
 * 3. The worker is paused exactly while its user paused it or everything is held.
 * 4. An error of ours fails no job: a job that cannot be put away stays active and parked.
 */
import {
	type BackendFactory,
	type Job,
	UnrecoverableError,
	WaitingError,
	Worker,
	type WorkerOptions,
} from 'bullmq';
import {
	expectFunction,
	expectMilliseconds,
	expectOneOf,
	expectOptions,
	NativeController,
	type PausableSignal,
	Timer,
	wrongType,
} from '../core/index.ts';
import {
	type ControlStore,
	followRemote,
	type RemoteAbort,
	RemoteController,
	type RemoteFollower,
	type RemoteScope,
} from '../remote/index.ts';
import {Aborts} from './aborts.ts';
import {Attempt, type AttemptContext, textOf} from './attempt.ts';
import {cut, hasClosed, whenSteady} from './closing.ts';
import {storeOf} from './default-store.ts';
import {keepLocks} from './locks.ts';
import {Places} from './places.ts';
import {Sweep} from './sweep.ts';
import {type Stored, WaitingRoom} from './waiting-room.ts';

/** Options of a {@link PausableWorker}: those of BullMQ's `Worker`, and these. */
export interface PausableWorkerOptions<D = unknown> extends WorkerOptions {
	/** The set or sets of a job, such as its tenant. A hold on any of them holds the job. Default: none. */
	readonly setOf?: ((job: Job<D>) => string | readonly string[] | undefined) | undefined;
	/** Where orders come from. Default: the Redis or Postgres of `connection`. */
	readonly store?: ControlStore | undefined;
	/** Whether a parked job's place goes to another job. Default: `'release'`. */
	readonly whilePaused?: 'release' | 'hold' | undefined;
	/** Milliseconds after which the worker hands a parked job back to the queue. Default: never. */
	readonly holdMs?: number | undefined;
	/** As of `followRemote`. Default: 15,000. */
	readonly leaseMs?: number | undefined;
}

/** A processor, which gets a pausable signal. */
export type PausableProcessor<D, R, N extends string> = (
	job: Job<D, R, N>,
	token: string,
	signal: PausableSignal,
) => Promise<R>;

interface Internals {
	readonly mainLoopQueue?: {add(promise: Promise<void>): void} | null;
	readonly stalledCheckStopper?: (() => void) | undefined;
}

const defaultLease = 15_000;
const retryMs = 1000;

/**
 * BullMQ's `Worker`, whose jobs can be paused and aborted from any process.
 *
 * Change the import, pass your processor's third parameter to what it awaits, and give orders with a
 * `QueueController` of the same queue. A job that comes up while it is held goes to a waiting room (the
 * delayed set, a day ahead) and comes back on resume; a running job parks at its next checkpoint, keeps
 * its lock, and gives its place to another job.
 *
 * Throws a `TypeError` or `RangeError` on a bad option, for a processor file and for
 * `maxStartedAttempts`. Everything else is as in BullMQ.
 *
 * @example
 * ```ts
 * import {PausableWorker, QueueController} from 'pausable-signal/bullmq';
 *
 * const run = () => {
 * 	const connection = {host: '127.0.0.1', port: 6379};
 * 	const worker = new PausableWorker<{tenant: string; pages: string[]}>(
 * 		'crawl',
 * 		async (job, _token, signal) => {
 * 			for (const page of job.data.pages) {
 * 				await signal.checkpoint(); // stands here while the queue, the tenant or the job is held
 * 				await fetch(page, {signal});
 * 			}
 * 		},
 * 		{connection, concurrency: 10, setOf: (job) => job.data.tenant},
 * 	);
 * 	const crawl = new QueueController('crawl', {connection});
 * 	return {worker, pause: () => crawl.taskSet('tenant-7').pause('over quota')};
 * };
 * typeof run; // => 'function'
 * ```
 */
export class PausableWorker<D = unknown, R = unknown, N extends string = string> extends Worker<D, R, N> {
	/** Resolves with what the worker obeys, once it has read the holds. Rejects if the worker closes first. */
	readonly follower: Promise<RemoteFollower>;
	readonly #setOf: (job: Job<D>) => string | readonly string[] | undefined;
	readonly #processor: PausableProcessor<D, R, N>;
	readonly #settings: {readonly releases: boolean; readonly holdMs: number; readonly leaseMs: number};
	readonly #places: Places;
	readonly #room: WaitingRoom;
	readonly #attempts = new Set<Attempt<D, R, N>>();
	/** The tokens of all attempts that have not ended, including those that wait for the follower. */
	readonly #tokens = new Set<string>();
	readonly #aborts: Aborts;
	readonly #joining = new NativeController();
	#joined: RemoteFollower | undefined;
	#isUserPaused = false;
	#isForced = false;
	#sweep: Sweep | undefined;
	#closingOwn: Promise<void> | undefined;

	/** As of BullMQ's `Worker`. */
	constructor(
		name: string,
		processor: PausableProcessor<D, R, N>,
		options: PausableWorkerOptions<D>,
		backend?: BackendFactory,
	) {
		expectProcessor(processor);
		expectOptions('options', options);
		const {setOf = () => undefined, store, whilePaused = 'release', holdMs = Infinity} = options;
		const {leaseMs = defaultLease} = options;
		expectFunction('setOf', setOf);
		expectOneOf('whilePaused', ['release', 'hold'], whilePaused);
		expectMilliseconds('holdMs', holdMs);
		expectNoStartLimit(options);
		// Throws if `store` is not a store.
		if (store !== undefined) new RemoteController(store, name);
		super(
			name,
			(job: Job<D, R, N>, token?: string, signal?: AbortSignal) => this.#attempt(job, token!, signal),
			options,
			...((backend === undefined ? [] : [backend]) as []),
		);
		this.#setOf = setOf;
		this.#processor = processor;
		this.#settings = {releases: whilePaused === 'release', holdMs, leaseMs};
		this.#places = new Places(super.concurrency, () => this.#setConcurrency());
		this.#room = new WaitingRoom(this.backend);
		this.#aborts = new Aborts({
			room: this.#room,
			scopeOf: (stored) => this.#scopeOfStored(stored),
			insist: (attempt) => this.#insist(attempt),
			isClosing: () => this.#closingOwn !== undefined,
		});
		this.on('lockRenewalFailed', (ids: string[]) => this.#loseLocks(ids));
		this.follower = this.#follow(store ?? storeOf(this.backend, this.#joining.signal));
		this.follower.catch(() => {});
	}

	/** Jobs that come up before it has resolved wait for it, and keep their locks. */
	async #follow(store: ControlStore): Promise<RemoteFollower> {
		const {leaseMs} = this.#settings;
		const {signal} = this.#joining;
		const onAbort = (order: RemoteAbort): Promise<void> => this.#aborts.obey(order);
		const follower = await this.#insist(() => followRemote(store, this.name, {leaseMs, signal, onAbort}));
		this.#listen(follower);
		return follower;
	}

	/** Tries until it succeeds or the worker closes. */
	async #insist<T>(attempt: () => Promise<T>): Promise<T> {
		for (;;) {
			try {
				return await attempt();
			} catch (error) {
				if (this.#closingOwn !== undefined) throw error;
				this.emit('error', error as Error);
				await new Promise<void>((resolve) => new Timer(resolve, retryMs, false));
			}
		}
	}

	#listen(follower: RemoteFollower): void {
		this.#joined = follower;
		this.#sweep = new Sweep(() => this.#release(follower), this.#settings.leaseMs);
		follower.addEventListener('change', () => void this.#obey(follower));
		follower.addEventListener('error', ({detail}) => this.emit('error', detail as Error));
		if (this.#closingOwn !== undefined) void this.#sweep.stop();
		void this.#obey(follower);
	}

	/** Applies a change to the worker, its jobs and the waiting room. */
	async #obey(follower: RemoteFollower): Promise<void> {
		const isHeld = follower.held() !== undefined;
		for (const attempt of this.#attempts) attempt.look();
		if (isHeld && !this.isPaused()) await super.pause(true);
		if (!isHeld && this.isPaused() && !this.#isUserPaused && follower.held() === undefined)
			await super.resume();
		this.#sweep?.ask();
	}

	async #attempt(job: Job<D, R, N>, token: string, native: AbortSignal | undefined): Promise<R> {
		this.#tokens.add(token);
		return this.#process(job, token, native).finally(() => this.#tokens.delete(token));
	}

	async #process(job: Job<D, R, N>, token: string, native: AbortSignal | undefined): Promise<R> {
		const follower = await this.follower.catch(async () => {
			await job.moveToWait(token);
			throw new WaitingError();
		});
		const attempt = new Attempt(job, token, this.#scopeOf(job), {
			follower,
			places: this.#places,
			room: this.#room,
			failIfAborted: (of) => this.#failIfAborted(of),
			...this.#settings,
		});
		// BullMQ may give a job a second time to the worker that lost its lock.
		for (const other of this.#attempts) if (other.job.id === job.id) other.loseLock();
		this.#attempts.add(attempt);
		try {
			await this.#lookUp(attempt, follower);
			return await attempt.run((signal) => this.#processor(job, token, signal), native);
		} finally {
			this.#attempts.delete(attempt);
		}
	}

	/** Reads the present holds, and puts a held job away if it can. */
	async #lookUp(attempt: Attempt<D, R, N>, follower: RemoteFollower): Promise<void> {
		await follower.catchUp().catch(() => {});
		this.#failIfAborted(attempt);
		// Lost contact does not put a job away: the job waits here until the store is back.
		if (follower.held(attempt.scope) === undefined || follower.isCutOff) return;
		const putBack = await attempt
			.putBack()
			.catch((error: unknown) => void this.emit('error', error as Error));
		if (putBack === undefined) return this.#failIfAborted(attempt);
		// If the hold has ended meanwhile, its sweep came before the job was in the waiting room.
		if (follower.held(attempt.scope) === undefined) this.#sweep?.ask();
		throw putBack;
	}

	#failIfAborted({scope, job}: Parameters<AttemptContext['failIfAborted']>[0]): void {
		const order = this.#aborts.find(scope, job.timestamp);
		if (order !== undefined) throw new UnrecoverableError(textOf(order.reason));
	}

	#scopeOf(job: Job<D>): RemoteScope {
		return {set: this.#setOf(job), ...(job.id !== undefined && {job: job.id})};
	}

	#scopeOfStored(stored: Stored): RemoteScope {
		return this.#scopeOf(this.createJob(stored, stored.id));
	}

	/** Brings back the jobs that are no longer held. */
	async #release(follower: RemoteFollower): Promise<void> {
		if (follower.held() !== undefined) return;
		try {
			await this.#room.release((job) => follower.held(this.#scopeOfStored(job)) !== undefined);
		} catch (error) {
			this.emit('error', error as Error);
		}
	}

	#loseLocks(ids: readonly string[]): void {
		for (const attempt of this.#attempts) if (ids.includes(attempt.job.id!)) attempt.loseLock();
	}

	#setConcurrency(): void {
		const before = super.concurrency;
		super.concurrency = this.#places.limit + this.#places.away;
		// BullMQ's loop waits until a job ends, so this wakes it to ask for another one.
		if (super.concurrency > before) (this as unknown as Internals).mainLoopQueue?.add(Promise.resolve());
	}

	/** How many jobs may move at a time. */
	override get concurrency(): number {
		return #places in this ? this.#places.limit : super.concurrency;
	}

	override set concurrency(concurrency: number) {
		super.concurrency = concurrency;
		if (!(#places in this)) return;
		this.#places.limit = concurrency;
		this.#setConcurrency();
	}

	/**
	 * In seconds. With a job in the waiting room, a worker on Postgres would sleep for an hour if the news
	 * of another job were lost together with a connection.
	 */
	override get maximumBlockTimeout(): number {
		return Math.min(super.maximumBlockTimeout, this.#settings.leaseMs / 1000);
	}

	/** Pauses this worker, as in BullMQ. To pause running jobs on all workers, use a `QueueController`. */
	override async pause(doNotWaitActive?: boolean): Promise<void> {
		this.#isUserPaused = true;
		await super.pause(doNotWaitActive);
	}

	/** Undoes `pause()`. If the queue is held, the worker continues when the queue does. */
	override async resume(): Promise<void> {
		this.#isUserPaused = false;
		if (this.#joined?.held() === undefined) await super.resume();
	}

	/**
	 * Closes the worker: hands parked jobs back, and waits for moving ones, as in BullMQ.
	 *
	 * With `force` it waits for nothing. If the server does not answer, it ends within a few seconds of the
	 * last body, and other workers get the jobs when their locks run out.
	 */
	override async close(force = false): Promise<void> {
		return (this.#closingOwn ??= this.#close(force));
	}

	async #close(force: boolean): Promise<void> {
		const swept = this.#sweep?.stop();
		// If it has not joined yet, the jobs that wait for that go back to the queue.
		if (this.#joined === undefined) this.#joining.abort();
		this.#isForced = force;
		// Jobs that park from now on are handed back, too.
		const handBack = (): void => {
			if (force) return;
			for (const attempt of this.#attempts) if (attempt.isParked) attempt.handBack();
		};
		const timer = setInterval(handBack, handBackMs);
		handBack();
		try {
			const isIdle = (): boolean => ![...this.#attempts].some(({hasBody}) => hasBody);
			if (!(await hasClosed(this.#closeQueue(force, swept), this.backend, isIdle))) await this.#cut();
		} finally {
			clearInterval(timer);
		}
	}

	async #closeQueue(force: boolean, swept: Promise<void> | undefined): Promise<void> {
		if (!force) {
			await swept;
			await whenSteady(this.backend);
		}
		await super.close(force);
	}

	/** Ends without the server. Other workers get its jobs when the locks run out. */
	async #cut(): Promise<void> {
		this.#isForced = true;
		await this.lockManager.close();
		(this as unknown as Internals).stalledCheckStopper?.();
		this.#joining.abort();
		cut(this.backend);
	}

	/** BullMQ closes this once no job runs, and before its connections, which the store may use. */
	protected override createLockManager(): void {
		super.createLockManager();
		const {lockManager} = this;
		keepLocks(lockManager, (token) => this.#tokens.has(token));
		const close = lockManager.close.bind(lockManager);
		lockManager.close = async () => {
			await this.#leave(this.#isForced);
			await close();
		};
	}

	async #leave(force: boolean): Promise<void> {
		const left = this.#joined?.close();
		if (!force) return left;
		const enough = new Promise<void>((resolve) => new Timer(resolve, forceMs));
		await Promise.race([left, enough]);
	}
}

const handBackMs = 50;
// How long a forced close waits for the ends of aborted bodies.
const forceMs = 500;
function expectProcessor(processor: unknown): void {
	if (typeof processor === 'function') return;
	throw wrongType('processor', 'a function, as a pause cannot cross into a sandbox', processor);
}

function expectNoStartLimit({maxStartedAttempts}: WorkerOptions): void {
	if (maxStartedAttempts === undefined) return;
	const expected = 'none, as a job that comes up while it is held counts as started';
	throw wrongType('maxStartedAttempts', expected, maxStartedAttempts);
}
