import PQueue, {PriorityQueue, type QueueAddOptions} from 'p-queue';
import {
	expectMilliseconds,
	expectOneOf,
	expectOptions,
	follow,
	PausableController,
	reasonOf,
	Timer,
	Waiter,
	WaiterList,
	wrongType,
} from '../core/index.ts';
import {StopTimeoutError} from '../task/index.ts';
import {expectPriority, expectQueueClass, expectTimeoutOption, fillSetOptions} from './checks.ts';
import {expectWaitSignal} from './conditions.ts';
import {laneOf, TaskGroup} from './group.ts';
import {Lane} from './lane.ts';
import {LooseFollow, type LooseFollower} from './loose-follow.ts';
import type {PausableQueueOptions, QueueState, QueueWaitOptions} from './options.ts';
import {Scheduler} from './scheduler.ts';
import {TaskSet} from './task-set.ts';

/** The events of a {@link PausableQueue}: p-queue's, and ours. */
export interface PausableQueueEventMap {
	active: Event;
	add: Event;
	completed: CustomEvent<unknown>;
	empty: Event;
	error: CustomEvent<unknown>;
	idle: Event;
	next: Event;
	pendingZero: Event;
	progress: Event;
	rateLimit: Event;
	rateLimitCleared: Event;
	statechange: Event;
	stuck: CustomEvent<StuckTask>;
}

/** The detail of a `stuck` event: an aborted task that has not ended. */
export interface StuckTask {
	readonly id: string;
	readonly set: string | undefined;
	/** The stack of its `add()`. */
	readonly origin: string | undefined;
}

/** A task in `runningTasks`. */
export interface RunningTask {
	readonly id: string;
	readonly priority: number;
	/** `Date.now()` milliseconds. */
	readonly startTime: number;
	readonly timeout: number | undefined;
	/** Milliseconds of active time until it times out. */
	readonly timeoutRemaining: number | undefined;
}

/** How many tasks an error names. */
const namedTasks = 3;

const fromEngine = ['empty', 'idle', 'next', 'pendingZero', 'rateLimit', 'rateLimitCleared'] as const;

/**
 * p-queue with whole task sets that can be paused, resumed and aborted, running tasks included.
 *
 * Use it in the place of `PQueue`: the names, options, events and orders are the same. Every task is
 * given `({signal, set, id, report})` and asks its signal as any pausable work does.
 *
 * @example
 * ```ts
 * import {PausableQueue} from 'pausable-signal/queue';
 *
 * const queue = new PausableQueue({concurrency: 2});
 * const task = queue.add(async ({signal}) => {
 * 	let turns = 0;
 * 	while (turns < 1000) {
 * 		await signal.checkpoint();
 * 		turns++;
 * 	}
 * 	return turns;
 * }, {id: 'count'});
 * const report = await queue.pause('maintenance');
 * report.parked.map(({id}) => id); // => ['count']
 * queue.state; // => 'paused'
 * queue.resume(); // => true
 * await task; // => 1000
 * ```
 */
export class PausableQueue extends TaskGroup {
	readonly #engine: PQueue;
	readonly #scheduler: Scheduler;
	readonly #grace: number;
	readonly #ends: WaiterList = new WaiterList();
	readonly #relayed: Set<string> = new Set();
	readonly #follower: LooseFollower;
	#isShuttingDown = false;
	#isStopped = false;

	/** Throws a `TypeError` or `RangeError` on a bad option. */
	constructor(options: PausableQueueOptions = {}) {
		expectOptions('options', options);
		const {signal, name, keepAlive = true, stuckAfter = Infinity, grace = Infinity} = options;
		const {autoStart = true, queueClass = PriorityQueue, whilePaused = 'hold', timeout} = options;
		expectQueueOptions(options);
		const {concurrency, intervalCap = Infinity, interval = 0, carryoverIntervalCount, strict} = options;
		// p-queue checks what is its own.
		const engine = new PQueue({concurrency, intervalCap, interval, carryoverIntervalCount, strict});
		const scheduler = new Scheduler(
			engine,
			{
				added: () => this.#fire('add'),
				started: () => this.#fire('active'),
				over: (_entry, outcome, value) => {
					if (outcome === 'completed') this.#fire('completed', value);
					else if (outcome === 'failed') this.#fire('error', value);
					if (laneOf(this).counts.running === 0) this.#ends.end('open');
				},
				aborted: (reason) => this.#fire('error', reason),
				stuck: (entry) => this.#fire('stuck', {...entry.name, origin: entry.origin}),
				cleared: () => this.#wasCleared(),
				busy: (isBusy) => {
					following.isKept = isBusy;
				},
			},
			{
				isRateLimited: interval > 0 && intervalCap < Infinity,
				stuckAfter: expectMilliseconds('stuckAfter', stuckAfter),
				keepAlive,
				createSet: (lane) => new TaskSet(lane),
			},
		);
		scheduler.timeout = expectTimeoutOption(timeout);
		const controller = new PausableController({signal, name});
		const laneOptions = {...fillSetOptions({whilePaused})};
		super(new Lane(scheduler, null, name, laneOptions, queueClass, controller));
		allowListeners(this);
		scheduler.root = laneOf(this);
		this.#engine = engine;
		this.#scheduler = scheduler;
		this.#grace = expectMilliseconds('grace', grace);
		this.#follower = {
			changed: () => scheduler.followPause(),
			aborted: (reason) => this.#stopNow(reason),
		};
		const following = new LooseFollow(this.signal, this.#follower);
		if (this.signal.aborted) scheduler.isClosed = true;
		if (!autoStart) laneOf(this).pause(undefined);
		scheduler.followPause();
	}

	#fire(type: keyof PausableQueueEventMap, detail?: unknown): void {
		this.lookAtConditions();
		if (this.hears(type)) this.dispatchEvent(new CustomEvent(type, {detail}));
	}

	// p-queue tells of these at the right moments; what it cannot know is which tasks are held.
	#relay(type: (typeof fromEngine)[number]): void {
		if (this.#relayed.has(type)) return;
		this.#relayed.add(type);
		this.#engine.addEventListener(type, () => {
			if (type === 'empty' && this.size > 0) return;
			if (type === 'idle' && this.size + this.pending > 0) return;
			this.#fire(type);
		});
	}

	#wasCleared(): void {
		if (this.size === 0) this.#fire('empty');
		if (this.size + this.pending === 0) this.#fire('idle');
		this.#fire('next');
	}

	/** @internal */
	protected override waitFor(isMet: () => boolean, options?: QueueWaitOptions): Promise<void> {
		for (const type of ['pendingZero', 'idle', 'next'] as const) this.#relay(type);
		return super.waitFor(isMet, options);
	}

	/** Resolves when nothing runs, if only between two tasks; tasks may still wait. */
	override onPendingZero(options?: QueueWaitOptions): Promise<void> {
		this.#scheduler.isHeard = true;
		return super.onPendingZero(options);
	}

	/** How many tasks hold a slot or are parked: until their functions have ended. */
	override get pending(): number {
		return this.#engine?.pending ?? 0;
	}

	override addEventListener<K extends keyof PausableQueueEventMap>(
		type: K,
		listener:
			| ((event: PausableQueueEventMap[K]) => unknown)
			| {handleEvent(event: PausableQueueEventMap[K]): unknown}
			| null,
		options?: boolean | AddEventListenerOptions,
	): void;
	override addEventListener(
		type: string,
		listener: EventListenerOrEventListenerObject | null,
		options?: boolean | AddEventListenerOptions,
	): void;
	override addEventListener(
		type: string,
		listener: unknown,
		options?: boolean | AddEventListenerOptions,
	): void {
		const relayed = fromEngine.find((name) => name === type);
		if (relayed !== undefined) {
			this.#scheduler.isHeard = true;
			this.#relay(relayed);
		}
		super.addEventListener(type, listener as EventListener, options);
	}

	override removeEventListener<K extends keyof PausableQueueEventMap>(
		type: K,
		listener:
			| ((event: PausableQueueEventMap[K]) => unknown)
			| {handleEvent(event: PausableQueueEventMap[K]): unknown}
			| null,
		options?: boolean | EventListenerOptions,
	): void;
	override removeEventListener(
		type: string,
		listener: EventListenerOrEventListenerObject | null,
		options?: boolean | EventListenerOptions,
	): void;
	override removeEventListener(
		type: string,
		listener: unknown,
		options?: boolean | EventListenerOptions,
	): void {
		super.removeEventListener(type, listener as EventListener, options);
	}

	/** How many tasks run at once. */
	get concurrency(): number {
		return this.#scheduler.concurrency;
	}
	set concurrency(concurrency: number) {
		this.#scheduler.concurrency = concurrency;
	}

	/** Milliseconds of active time that a task may run: for tasks that are added from now on. */
	get timeout(): number | undefined {
		return this.#scheduler.timeout;
	}
	set timeout(timeout: number | undefined) {
		this.#scheduler.timeout = expectTimeoutOption(timeout);
	}

	override get state(): QueueState {
		if (this.signal.aborted || this.#isShuttingDown)
			return this.size + laneOf(this).counts.running > 0 ? 'stopping' : 'stopped';
		return super.state;
	}

	/** Starts, or takes back `pause()`; the queue itself, for chaining. */
	start(): this {
		this.resume();
		return this;
	}

	/** Changes the priority of a task that waits. Throws a `ReferenceError` when none has this id. */
	setPriority(id: string, priority: number): void {
		expectPriority(priority);
		if (!Number.isFinite(priority)) throw wrongType('priority', 'a finite number', priority);
		for (const entry of laneOf(this).allWaiting())
			if (entry.id === id) {
				entry.lane.setPriority(entry, priority);
				return;
			}
		throw new ReferenceError(`id: expected the id of a task that waits, got '${id}'`);
	}

	/** How many tasks of this priority wait. */
	sizeBy(options: Readonly<Partial<QueueAddOptions>>): number {
		return laneOf(this).sizeBy(options);
	}

	/** Whether as many tasks have started in this interval as may, and more wait. */
	get isRateLimited(): boolean {
		return this.#engine.isRateLimited;
	}

	/** Whether tasks wait for a slot or for the rate limit. */
	get isSaturated(): boolean {
		const isFull = laneOf(this).active >= this.concurrency;
		return this.size > 0 && (isFull || this.isRateLimited);
	}

	/** The tasks that run. */
	get runningTasks(): readonly RunningTask[] {
		return [...laneOf(this).allRunning()].map(({id, options, startTime, timeoutRemaining}) => ({
			id,
			priority: options.priority,
			startTime,
			timeout: options.timeout,
			timeoutRemaining,
		}));
	}

	/** Resolves when the rate limit is reached. */
	onRateLimit(options?: QueueWaitOptions): Promise<void> {
		this.#relay('rateLimit');
		return this.waitFor(() => this.isRateLimited, options);
	}

	/** Resolves when the rate limit is not reached. */
	async onRateLimitCleared(options?: QueueWaitOptions): Promise<void> {
		let isCleared = !this.isRateLimited;
		// The event and not the state: while the last one that may start is on its way, nothing waits.
		const note = (): void => {
			isCleared = true;
			this.lookAtConditions();
		};
		this.#engine.addEventListener('rateLimitCleared', note, {once: true});
		try {
			await this.waitFor(() => isCleared, options);
		} finally {
			this.#engine.removeEventListener('rateLimitCleared', note);
		}
	}

	/** Rejects with the error of the first task that fails, times out or is aborted while it runs. */
	onError(options?: QueueWaitOptions): Promise<never> {
		return new Promise((_resolve, reject) => {
			const signal = expectWaitSignal(options);
			if (signal?.aborted === true) throw reasonOf(signal);
			// At once and not when the conditions are looked at: it comes before the end of `onIdle()`.
			const note = (event: CustomEvent<unknown>): void => {
				unfollow?.();
				reject(event.detail);
			};
			this.addEventListener('error', note, {once: true});
			const unfollow =
				signal &&
				follow(signal, {
					abort: (reason) => {
						this.removeEventListener('error', note);
						reject(reason);
					},
				});
		});
	}

	/**
	 * Stops for good: refuses new tasks, rejects what waits, aborts what runs, and waits for the ends.
	 *
	 * Resolves with the ids of the tasks that never started. Rejects with a {@link StopTimeoutError}
	 * when `grace` milliseconds passed first. Nobody has to handle the rejections of the tasks.
	 */
	async stop(reason?: unknown, options?: {readonly grace?: number | undefined}): Promise<string[]> {
		expectOptions('options', options, '{grace}');
		const grace = options?.grace === undefined ? this.#grace : expectMilliseconds('grace', options.grace);
		const cause = reason === undefined ? new DOMException('The queue was stopped', 'AbortError') : reason;
		const ids = this.#stopNow(cause);
		if (laneOf(this).counts.running > 0 && !(await this.#allEnded(grace))) {
			throw this.#stopTimeoutError(grace);
		}
		return ids;
	}

	// It names the first few tasks: there may be thousands.
	#stopTimeoutError(grace: number): StopTimeoutError {
		const ids = [...laneOf(this).allRunning()].map(({id}) => `'${id}'`);
		const more = ids.length > namedTasks ? ` and ${ids.length - namedTasks} more` : '';
		const queue = this.name === undefined ? 'The queue' : `Queue '${this.name}'`;
		const tasks = `${ids.slice(0, namedTasks).join(', ')}${more}`;
		const subject = `${queue} has ${ids.length} running (${tasks}) that have`;
		return new StopTimeoutError(this.name ?? 'queue', grace, subject);
	}

	#stopNow(reason: unknown): string[] {
		if (this.#isStopped) return [];
		this.#isStopped = this.#scheduler.isClosed = true;
		const lane = laneOf(this);
		return this.#scheduler.takeMany(() => {
			const ids = lane.abort(reason);
			lane.close(reason);
			return ids;
		});
	}

	#allEnded(grace: number): Promise<boolean> {
		return new Promise((resolve) => {
			const waiter = new Waiter((outcome) => resolve(outcome === 'open'));
			this.#ends.add(waiter);
			if (grace !== Infinity) waiter.timer = new Timer(() => waiter.end('timeout'), grace);
		});
	}

	/** Refuses new tasks and finishes the rest. Resolves when all have ended; a pause delays that. */
	async shutdown(options?: QueueWaitOptions): Promise<void> {
		this.#scheduler.isClosed = true;
		this.#isShuttingDown = true;
		laneOf(this).touch();
		await this.onIdle(options);
	}

	/** Stops. */
	async [Symbol.asyncDispose](): Promise<void> {
		await this.stop();
	}
}

interface Events {
	setMaxListeners(count: number, target: EventTarget): void;
}

// Node warns of more than ten listeners; of a queue, as of p-queue's, there are often more.
function allowListeners(target: EventTarget): void {
	const {process} = globalThis as {process?: {getBuiltinModule?: (name: string) => unknown}};
	const events = process?.getBuiltinModule?.('node:events') as Events | undefined;
	try {
		events?.setMaxListeners(Infinity, target);
	} catch {
		// The EventTarget of a DOM in Node, such as jsdom's, which Node does not know and does not warn of.
	}
}

function expectQueueOptions(options: PausableQueueOptions): void {
	const {autoStart, keepAlive, whilePaused, queueClass} = options;
	if (autoStart !== undefined && typeof autoStart !== 'boolean')
		throw wrongType('autoStart', 'a boolean', autoStart);
	if (keepAlive !== undefined && typeof keepAlive !== 'boolean')
		throw wrongType('keepAlive', 'a boolean', keepAlive);
	if (whilePaused !== undefined) expectOneOf('whilePaused', ['hold', 'release'], whilePaused);
	if (queueClass !== undefined) expectQueueClass(queueClass);
}
