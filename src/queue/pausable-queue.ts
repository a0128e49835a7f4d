import {PriorityQueue, type Queue, type QueueAddOptions, type RunFunction} from 'p-queue';
import {
	builtin,
	expectBoolean,
	expectMilliseconds,
	expectOneOf,
	expectOptions,
	follow,
	PausableController,
	reasonOf,
	waitIn,
	WaiterList,
	wrongType,
} from '../core/index.ts';
import {StopTimeoutError} from '../task/index.ts';
import {expectLimit, expectPriority, expectQueueClass, expectRate, expectTimeoutOption} from './checks.ts';
import {expectWaitSignal} from './conditions.ts';
import {Dispatcher, type Moment} from './dispatcher.ts';
import {fire, laneOf, type Shared, TaskGroup, type TaskGroupEventMap, waitFor} from './group.ts';
import {Lane} from './lane.ts';
import {LooseFollow, type LooseFollower} from './loose-follow.ts';
import type {LaneOptions, PausableQueueOptions, QueueClass, QueueState, QueueWaitOptions} from './options.ts';
import type {RateOptions} from './rate-limit.ts';
import {TaskSet} from './task-set.ts';
import {allRunning, allWaiting, sizeBy} from './walk.ts';

/** The events of a {@link PausableQueue}: p-queue's, and ours. */
export interface PausableQueueEventMap extends TaskGroupEventMap {
	active: Event;
	add: Event;
	completed: CustomEvent<unknown>;
	empty: Event;
	error: CustomEvent<unknown>;
	idle: Event;
	next: Event;
	pendingZero: Event;
	rateLimit: Event;
	rateLimitCleared: Event;
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

/** The most tasks that an error names. */
const namedTasks = 3;

/**
 * p-queue with task sets, and with a pause that also stops running tasks.
 *
 * Use it instead of `PQueue`: the names, options, events and orders are the same. Every task gets
 * `({signal, set, id, report})` and checks its signal as any pausable work does. The type parameters
 * are p-queue's; you need them only for a `queueClass` with options of its own.
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
export class PausableQueue<
	QueueType extends Queue<RunFunction, EnqueueOptionsType> = PriorityQueue,
	EnqueueOptionsType extends QueueAddOptions = QueueAddOptions,
> extends TaskGroup<EnqueueOptionsType, PausableQueueEventMap> {
	readonly #dispatcher: Dispatcher;
	readonly #grace: number;
	readonly #ends: WaiterList = new WaiterList();
	readonly #follower: LooseFollower;
	#isShuttingDown = false;
	#isStopped = false;

	/** Throws a `TypeError` or `RangeError` on a bad option. */
	constructor(options: PausableQueueOptions<QueueType, EnqueueOptionsType> = {}) {
		expectOptions('options', options);
		const {signal, name, keepAlive = true, stuckAfter = Infinity, grace = Infinity} = options;
		const {autoStart = true, queueClass = PriorityQueue, timeout} = options;
		expectBoolean('autoStart', autoStart);
		expectBoolean('keepAlive', keepAlive);
		expectQueueClass(queueClass);
		const dispatcher = new Dispatcher(
			{
				fire: (moment, detail) => this.#note(moment, detail),
				busy: (isBusy) => {
					following.kept = isBusy ? this.#follower : null;
				},
			},
			{stuckAfter: expectMilliseconds('stuckAfter', stuckAfter), keepAlive},
		);
		dispatcher.timeout = expectTimeoutOption(timeout);
		const shared: Shared = {dispatcher, createSet: (lane) => new TaskSet(lane, shared)};
		const laneOptions = fillQueueOptions(options);
		const controller = new PausableController({signal, name});
		const lane = new Lane(null, {
			host: dispatcher,
			name,
			options: laneOptions,
			queueClass: queueClass as QueueClass,
			controller,
		});
		super(lane, shared);
		allowListeners(this);
		dispatcher.begin(lane);
		this.#dispatcher = dispatcher;
		this.#grace = expectMilliseconds('grace', grace);
		this.#follower = {
			changed: () => lane.resumed(),
			aborted: (reason) => this.#stopNow(reason),
		};
		const following = new LooseFollow(this.signal, this.#follower);
		if (!autoStart) lane.control.pause(undefined, {});
	}

	#note(moment: Moment, detail: unknown): void {
		if (moment === 'pendingZero') this.#ends.end('open');
		fire(this, moment, detail);
	}

	/** Milliseconds of active time that a task may run. A new value is for tasks added after it. */
	get timeout(): number | undefined {
		return this.#dispatcher.timeout;
	}
	set timeout(timeout: number | undefined) {
		this.#dispatcher.timeout = expectTimeoutOption(timeout);
	}

	override get state(): QueueState {
		if (this.signal.aborted || this.#isShuttingDown)
			return this.size + laneOf(this).counts.running > 0 ? 'stopping' : 'stopped';
		return super.state;
	}

	/** Starts the queue, or undoes `pause()`. Returns the queue, for chaining. */
	start(): this {
		this.resume();
		return this;
	}

	/** Changes the priority of a waiting task. Throws a `ReferenceError` if none has this id. */
	setPriority(id: string, priority: number): void {
		expectPriority(priority);
		if (!Number.isFinite(priority)) throw wrongType('priority', 'a finite number', priority);
		for (const job of allWaiting(laneOf(this)))
			if (job.id === id) {
				job.owner.setPriority(job, priority);
				return;
			}
		throw new ReferenceError(`id: expected the id of a task that waits, got '${id}'`);
	}

	/** How many tasks of this priority wait. */
	sizeBy(options: Readonly<Partial<EnqueueOptionsType>>): number {
		return sizeBy(laneOf(this), options);
	}

	/** Whether this interval's rate limit is reached and more tasks wait. */
	get isRateLimited(): boolean {
		return this.#dispatcher.isRateLimited;
	}

	/** Whether tasks wait for a slot or for the rate limit. */
	get isSaturated(): boolean {
		const {taken, limit} = laneOf(this).slots;
		return this.size > 0 && (taken >= limit || this.isRateLimited);
	}

	/** The tasks that run. */
	get runningTasks(): readonly RunningTask[] {
		return [...allRunning(laneOf(this))].map(({id, options, body}) => ({
			id,
			priority: options.priority,
			startTime: body.startTime,
			timeout: options.timeout,
			timeoutRemaining: body.timeoutRemaining,
		}));
	}

	/** Resolves when the rate limit is reached. */
	onRateLimit(options?: QueueWaitOptions): Promise<void> {
		this.#dispatcher.tellRate();
		return waitFor(this, ['rateLimit'], () => this.isRateLimited, options);
	}

	/** Resolves when the rate limit is no longer reached. */
	onRateLimitCleared(options?: QueueWaitOptions): Promise<void> {
		this.#dispatcher.tellRate();
		return waitFor(this, ['rateLimitCleared'], () => !this.isRateLimited, options);
	}

	/** Rejects with the error of the first task that fails, times out or is aborted during its run. */
	onError(options?: QueueWaitOptions): Promise<never> {
		return new Promise((_resolve, reject) => {
			const signal = expectWaitSignal(options);
			if (signal?.aborted === true) throw reasonOf(signal);
			// At once, and not at the next check of the conditions: it comes before the end of `onIdle()`.
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
	 * Stops for good: refuses new tasks, rejects waiting ones, aborts running ones, and waits until they
	 * have ended, paused or not.
	 *
	 * Resolves with the ids of the tasks that never started. Rejects with a {@link StopTimeoutError} if
	 * `grace` milliseconds pass first. Nobody needs to handle the rejections of the tasks.
	 */
	async stop(reason?: unknown, options?: {readonly grace?: number | undefined}): Promise<string[]> {
		expectOptions('options', options, '{grace}');
		const grace = options?.grace === undefined ? this.#grace : expectMilliseconds('grace', options.grace);
		const cause = reason === undefined ? new DOMException('The queue was stopped', 'AbortError') : reason;
		const ids = this.#stopNow(cause);
		if (laneOf(this).counts.running > 0 && !(await waitIn(this.#ends, grace))) {
			throw this.#stopTimeoutError(grace);
		}
		return ids;
	}

	// It names only the first few tasks, as there may be thousands.
	#stopTimeoutError(grace: number): StopTimeoutError {
		const ids = [...allRunning(laneOf(this))].map(({id}) => `'${id}'`);
		const more = ids.length > namedTasks ? ` and ${ids.length - namedTasks} more` : '';
		const queue = this.name === undefined ? 'The queue' : `Queue '${this.name}'`;
		const tasks = `${ids.slice(0, namedTasks).join(', ')}${more}`;
		const subject = `${queue} has ${ids.length} running (${tasks}) that have`;
		return new StopTimeoutError(this.name ?? 'queue', grace, subject);
	}

	#stopNow(reason: unknown): string[] {
		if (this.#isStopped) return [];
		this.#isStopped = this.#dispatcher.isClosed = true;
		const lane = laneOf(this);
		return this.#dispatcher.takeMany(() => {
			const ids = lane.abort(reason);
			lane.close(reason);
			return ids;
		});
	}

	/** Refuses new tasks and finishes the rest. Resolves when all have ended, after any pause. */
	async shutdown(options?: QueueWaitOptions): Promise<void> {
		this.#dispatcher.isClosed = true;
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

// Node warns of more than ten listeners, and a queue often has more, as p-queue's does.
function allowListeners(target: EventTarget): void {
	const events = builtin('node:events') as Events | undefined;
	try {
		events?.setMaxListeners(Infinity, target);
	} catch {
		// Node does not know the EventTarget of a DOM such as jsdom's, and does not warn about it.
	}
}

// Takes any `queueClass`, as one with options of its own does not fit `PausableQueueOptions`.
type AnyOptions = Omit<PausableQueueOptions, 'queueClass'> & {readonly queueClass?: unknown};

// The same checks as p-queue's, in the same order.
function fillQueueOptions(options: AnyOptions): LaneOptions & RateOptions {
	const {concurrency = Infinity, intervalCap = Infinity, interval = 0, strict = false} = options;
	const {carryoverIntervalCount = false, whilePaused = 'hold'} = options;
	expectRate({interval, intervalCap, strict});
	return {
		concurrency: expectLimit('concurrency', concurrency),
		intervalCap,
		interval,
		strict,
		carryoverIntervalCount,
		priority: 0,
		whilePaused: expectOneOf('whilePaused', ['hold', 'release'], whilePaused),
	};
}
