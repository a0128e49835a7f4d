import type {QueueAddOptions} from 'p-queue';
import {
	CountedListeners,
	expectMilliseconds,
	expectOptions,
	expectUntil,
	type HoldInfo,
	type HoldOptions,
	type PausableSignal,
	type PauseHold,
	type Pool,
	wrongType,
} from '../core/index.ts';
import type {PausableSource} from '../iterate/index.ts';
import {expectAddOptions, expectLimit, expectNotDisposed, expectSizeLimit, settleTask} from './checks.ts';
import {Conditions} from './conditions.ts';
import {CountedTarget} from './counted-target.ts';
import type {Dispatcher} from './dispatcher.ts';
import {type Inspected, inspectLane, stateOf} from './inspect.ts';
import {Job, type JobFunction, joinWhole} from './job.ts';
import type {Lane} from './lane.ts';
import {type MapHost, type MapIterator, type MapOptions, mapTasks} from './map.ts';
import type {PauseOptions, PauseReport, QueueState, QueueWaitOptions, TaskSetOptions} from './options.ts';
import {ProgressMeter, type QueueProgress} from './progress.ts';
import {expectSame} from './set-options.ts';
import {StateNews} from './state-news.ts';
import type {TaskSet} from './task-set.ts';
import {allRunning, keyOf} from './walk.ts';

/** The argument of a task's function. */
export interface QueueTaskContext {
	/**
	 * The task's signal, made on the first read. It pauses and aborts with its set, the queue and the
	 * `signal` option, and its `timeout` aborts it.
	 */
	readonly signal: PausableSignal;
	/** The set that the task was added to; `undefined` for the queue itself. */
	readonly set: TaskSet | undefined;
	/** The task's id. */
	readonly id: string;
	/** Reports the task's progress, which `inspect()` shows. */
	readonly report: (progress: unknown) => void;
}

/** A function that a queue runs. */
export type QueueTask<T> = (context: QueueTaskContext) => T | PromiseLike<T>;

/** Options of `add()`: p-queue's, and the set. `EnqueueOptionsType`: the options of your own `queueClass`. */
export type AddOptions<EnqueueOptionsType extends QueueAddOptions = QueueAddOptions> =
	Partial<EnqueueOptionsType> & {
		/** The set to add to, or its name; a new name makes a set. */
		readonly set?: TaskSet<EnqueueOptionsType> | string | undefined;
	};

/** The function that {@link TaskGroup.map} runs on each item. */
export type MapFunction<T, R> = (item: T, context: QueueTaskContext) => R | PromiseLike<R>;

/** The results of functions, in their order. */
export type QueueResults<Tasks extends readonly QueueTask<unknown>[]> = {
	-readonly [Index in keyof Tasks]: Awaited<ReturnType<Tasks[Index]>>;
};

/** The parts that the queue and its sets share. */
export interface Shared {
	readonly dispatcher: Dispatcher;
	/** The queue passes the class in, as a set, being a group itself, could not import it from here. */
	readonly createSet: (lane: Lane) => TaskSet;
}

// Access to the private parts of a group, for this folder only.
let laneOf: (group: TaskGroup) => Lane;
let waitFor: (
	group: TaskGroup,
	moments: readonly string[],
	isMet: () => boolean,
	options: QueueWaitOptions | undefined,
) => Promise<void>;
/** Fires an event, and checks the calls that wait for it. */
let fire: (group: TaskGroup, type: string, detail: unknown) => void;
export {fire, laneOf, waitFor};

/** The events of a set, and of a queue. */
export interface TaskGroupEventMap {
	progress: Event;
	statechange: Event;
}

/** The members that a queue and a task set share. */
export abstract class TaskGroup<
	EnqueueOptionsType extends QueueAddOptions = QueueAddOptions,
	Events extends TaskGroupEventMap = TaskGroupEventMap,
> extends CountedTarget<Events> {
	readonly #lane: Lane;
	readonly #shared: Shared;
	readonly #conditions: Conditions;
	#meter: ProgressMeter | null = null;
	#news: StateNews | null = null;
	readonly #listeners: CountedListeners;

	static {
		laneOf = (group) => group.#lane;
		waitFor = (group, moments, isMet, options) => group.#conditions.wait(moments, isMet, options);
		fire = (group, type, detail) => {
			if (group.#conditions.size > 0) group.#conditions.look(type);
			if (group.#listeners.has(type)) group.dispatchEvent(new CustomEvent(type, {detail}));
		};
	}

	/** @internal */
	constructor(lane: Lane, shared: Shared) {
		const listeners = new CountedListeners((type) => this.#audienceChanged(type));
		super(listeners);
		this.#listeners = listeners;
		this.#lane = lane;
		this.#conditions = new Conditions(lane.control);
		this.#shared = shared;
		const isRoot = lane.parent === null;
		// The queue checks its waits at its events, as p-queue does; a set fires no such events.
		const touched = (): void => {
			if (!isRoot && this.#conditions.size > 0) this.#conditions.look();
			if (listeners.isEmpty) return;
			if (listeners.has('statechange') || listeners.has('progress'))
				(this.#news ??= new StateNews(this)).schedule();
		};
		lane.face = {
			touched,
			group: this,
			get hasListeners() {
				return !listeners.isEmpty;
			},
		};
	}

	/** The name from the options. */
	get name(): string | undefined {
		return this.#lane.name;
	}

	/** The signal above all tasks here. `abort()` gives a set a new one. */
	get signal(): PausableSignal {
		return this.#lane.signal;
	}

	/** The state: `pausing` as long as tasks still move after a pause. */
	get state(): QueueState {
		return stateOf(this.#lane);
	}

	/** Whether it is paused, here or further out. */
	get isPaused(): boolean {
		return this.#lane.signal.paused;
	}

	/** The reasons why it is paused. */
	get holds(): readonly HoldInfo[] {
		return this.#lane.signal.holds;
	}

	/** How many tasks wait to start, sets inside included. */
	get size(): number {
		return this.#lane.counts.waiting;
	}

	/** How many tasks run, sets inside included. A task counts until its function has ended. */
	get pending(): number {
		return this.#lane.counts.running;
	}

	/**
	 * The most tasks that run at once, sets inside included: a whole number from 1 on, or `Infinity`.
	 *
	 * Set it to speed up or to slow down: tasks start at once if there is room, and no running task
	 * stops. A new value keeps a set alive, and does not change the options that `taskSet()` compares.
	 */
	get concurrency(): number {
		return this.#lane.slots.limit;
	}
	set concurrency(concurrency: number) {
		this.#lane.limit(expectLimit('concurrency', concurrency));
	}

	/** Counts, rate and estimate. The first read starts the measurement of the rate. */
	get progress(): QueueProgress {
		if (this.#meter?.signal !== this.signal) this.#meter = new ProgressMeter(this.#lane);
		return this.#meter.read();
	}

	/**
	 * Adds a task.
	 *
	 * Resolves with the value of `fn`. Rejects with its error, with a `TimeoutError` after its `timeout`
	 * of active milliseconds, with the reason of an abort or `clear()`, or with a `TypeError` on a bad
	 * argument. An abort rejects at once, and loses a value that `fn` returns later; the slot is free
	 * only when the function has ended.
	 */
	add<T>(fn: QueueTask<T>, options?: AddOptions<EnqueueOptionsType>): Promise<Awaited<T>> {
		return this.#add(fn, options);
	}

	#add<T>(fn: QueueTask<T>, options: AddOptions | undefined, pool?: Pool): Promise<Awaited<T>> {
		try {
			return this.#start(fn, options, pool).promise as Promise<Awaited<T>>;
		} catch (error) {
			return Promise.reject(error);
		}
	}

	#start(fn: QueueTask<unknown>, options: AddOptions | undefined, pool?: Pool): Job {
		const {dispatcher} = this.#shared;
		dispatcher.expectOpen();
		const lane = options?.set === undefined ? this.#lane : this.#findLane(options.set);
		expectNotDisposed(lane);
		const settings = settleTask(fn, options, dispatcher);
		const job = new Job(fn as JobFunction, settings, lane.jobs, pool ?? lane.control.pool);
		const before = dispatcher.root.counts.waiting;
		dispatcher.stuck.noteOrigin(job);
		lane.jobs.add(job);
		dispatcher.added(job, before);
		return job;
	}

	#findLane(set: TaskSet | string): Lane {
		if (typeof set === 'string') return this.#lane.child(set) ?? laneOf(this.taskSet(set));
		if (!(set instanceof TaskGroup)) throw wrongType('set', 'a TaskSet or a name', set);
		const lane = laneOf(set);
		if (lane.host !== this.#lane.host)
			throw new RangeError('set: expected a TaskSet of this queue, got one of another queue');
		return lane;
	}

	/** Adds several tasks. Resolves with all results, in order; rejects with the first error, and the others run on. */
	addAll<const Tasks extends readonly QueueTask<unknown>[]>(
		functions: Tasks,
		options?: AddOptions<EnqueueOptionsType>,
	): Promise<QueueResults<Tasks>>;
	addAll<T>(
		functions: readonly QueueTask<T>[],
		options?: AddOptions<EnqueueOptionsType>,
	): Promise<Awaited<T>[]>;
	addAll(functions: readonly QueueTask<unknown>[], options?: AddOptions): Promise<unknown[]> {
		const added: Job[] = [];
		try {
			expectAddOptions(options);
			if (!Array.isArray(functions)) throw wrongType('functions', 'an array of functions', functions);
		} catch (error) {
			return Promise.reject(error);
		}
		const whole = Promise.all(functions.map((fn) => this.#addTo(added, fn, options)));
		for (const job of added) joinWhole(job, whole);
		return whole;
	}

	#addTo(added: Job[], fn: QueueTask<unknown>, options: AddOptions | undefined): Promise<unknown> {
		try {
			const job = this.#start(fn, options);
			added.push(job);
			return job.promise;
		} catch (error) {
			return Promise.reject(error);
		}
	}

	/**
	 * The task set of this name inside this one. The first call makes it, with its options.
	 *
	 * Throws a `RangeError` if the set exists, or existed, with other options. A set without work is
	 * collected once nobody refers or listens to it. Its options stay with its name.
	 */
	taskSet(name: string, options?: TaskSetOptions): TaskSet<EnqueueOptionsType> {
		if (typeof name !== 'string' || name === '') throw wrongType('name', 'a name', name);
		const lane = this.#lane;
		expectNotDisposed(lane);
		const found = lane.child(name);
		if (found !== undefined) {
			expectSame(name, found.options, options);
			return found.face.group as TaskSet;
		}
		const {dispatcher, createSet} = this.#shared;
		return createSet(lane.createChild(name, dispatcher.setOptions.settle(keyOf(lane, name), name, options)));
	}

	/**
	 * Pauses: no task starts, and running tasks stop at their next checkpoint.
	 *
	 * Resolves with a report of the tasks that stand still and those that still move: when all running
	 * tasks stand still or have ended, when somebody resumes or stops it, or after `timeout`
	 * milliseconds. A task that never looks at its signal moves until it ends. Rejects only on a bad
	 * option.
	 */
	async pause(reason?: unknown, options?: PauseOptions): Promise<PauseReport> {
		expectOptions('options', options, '{timeout}');
		const until = expectUntil(options?.until);
		const timeout =
			options?.timeout === undefined ? Infinity : expectMilliseconds('timeout', options.timeout);
		const {control} = this.#lane;
		control.pause(reason, {until});
		await control.report(timeout);
		const running = [...allRunning(this.#lane)];
		return {
			parked: running.filter((job) => job.isParked).map((job) => job.name),
			running: running.filter((job) => !job.isParked).map((job) => job.name),
		};
	}

	/** Undoes `pause()`. It continues once no other hold is left. Returns whether it changed anything. */
	resume(): boolean {
		return this.#lane.control.resume();
	}

	/**
	 * Pauses until the hold is released: no `resume()` ends it.
	 *
	 * It ends with `hold.release()`, `using`, or on its own with `{until}`; `hold.released` is a promise
	 * for its end. Throws a `TypeError` or `RangeError` on a bad option.
	 */
	hold(reason?: unknown, options?: HoldOptions): PauseHold {
		return this.#lane.control.hold(reason, options);
	}

	/**
	 * Rejects all waiting tasks with an `AbortError`, sets inside included; running ones continue.
	 *
	 * Nobody needs to handle these rejections. Returns the ids.
	 */
	clear(): string[] {
		const lane = this.#lane;
		const reason = new DOMException('The queue was cleared', 'AbortError');
		return this.#shared.dispatcher.takeMany(() => lane.clear(reason));
	}

	/** Resolves when no task waits or runs. Held tasks count. */
	onIdle(options?: QueueWaitOptions): Promise<void> {
		return waitFor(this, ['idle'], () => this.size + this.pending === 0, options);
	}

	/** Resolves when no task waits; some may still run. */
	onEmpty(options?: QueueWaitOptions): Promise<void> {
		// At `active`, too: the last waiting task may start without an `empty`.
		return waitFor(this, ['empty', 'active'], () => this.size === 0, options);
	}

	/** Resolves when fewer than `limit` tasks wait. Rejects with a `TypeError` unless it is a number above 0. */
	onSizeLessThan(limit: number, options?: QueueWaitOptions): Promise<void> {
		return waitFor(this, ['next', 'active'], () => this.size < expectSizeLimit(limit), options);
	}

	/** Resolves when no task runs; some may still wait. */
	onPendingZero(options?: QueueWaitOptions): Promise<void> {
		return waitFor(this, ['pendingZero'], () => this.pending === 0, options);
	}

	/**
	 * Runs `fn` on each item of a source, and iterates over the results.
	 *
	 * It pulls items as you take results: at most `concurrency` items are under way or have a result
	 * that you have not taken. `source` is an iterable, an async iterable or a stream. Leaving the loop,
	 * an error of `fn` or an abort stops the work and closes the source; `iterator.unfinished` then
	 * lists the pulled items whose result you have not received.
	 */
	map<T, R>(source: PausableSource<T>, fn: MapFunction<T, R>, options?: MapOptions): MapIterator<T, R> {
		const host: MapHost<QueueTaskContext> = {signal: this.signal, add: this.#add.bind(this)};
		return mapTasks(host, source, fn, options, this.#shared.dispatcher.keepsAlive);
	}

	/** The tasks that wait and run here, as plain data that prints well. */
	inspect(): Inspected {
		return inspectLane(this.#lane, this.state);
	}

	#audienceChanged(type: string): void {
		if (type === 'statechange') {
			(this.#news ??= new StateNews(this)).begin();
			this.#lane.control.tellStates(this.#listeners.has(type));
		}
		this.#lane.noteUse();
	}
}
