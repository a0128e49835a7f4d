import {
	expectFunction,
	expectMilliseconds,
	expectOptions,
	type HoldInfo,
	type PausableSignal,
	type PauseHold,
	reasonOf,
	Timer,
	Waiter,
	wrongType,
} from '../core/index.ts';
import type {PausableSource} from '../iterate/index.ts';
import {
	expectAddOptions,
	expectPriority,
	expectSizeLimit,
	expectTimeoutOption,
	expectUntil,
} from './checks.ts';
import {Conditions} from './conditions.ts';
import {Entry} from './entry.ts';
import {type Inspected, inspectLane, stateOf} from './inspect.ts';
import type {Lane} from './lane.ts';
import {type MapFunction, type MapIterator, type MapOptions, mapTasks} from './map.ts';
import type {
	AddOptions,
	HoldOptions,
	PauseOptions,
	PauseReport,
	QueueState,
	QueueTask,
	QueueWaitOptions,
	TaskSetOptions,
} from './options.ts';
import {ProgressMeter, type QueueProgress} from './progress.ts';
import {expectSame} from './set-options.ts';
import type {TaskSet} from './task-set.ts';

/** The results of functions, in their order. */
export type QueueResults<Tasks extends readonly QueueTask<unknown>[]> = {
	-readonly [Index in keyof Tasks]: Awaited<ReturnType<Tasks[Index]>>;
};

// The lane behind a group, for the rest of this room.
let laneOf: (group: TaskGroup) => Lane;
export {laneOf};

/** What a queue and a task set have in common. */
export abstract class TaskGroup extends EventTarget {
	readonly #lane: Lane;
	readonly #conditions: Conditions = new Conditions();
	#meter: ProgressMeter | null = null;
	#meterSignal: PausableSignal | null = null;
	#shownState: QueueState = 'running';
	#isTellingSoon = false;
	readonly #heard: Set<string> = new Set();

	static {
		laneOf = (group) => group.#lane;
	}

	/** @internal */
	constructor(lane: Lane) {
		super();
		this.#lane = lane;
		lane.listener = {touched: (): void => this.#touched()};
	}

	/** The name that was given. */
	get name(): string | undefined {
		return this.#lane.name;
	}

	/** Paused and aborted with all tasks here. A set that was aborted gets a new one. */
	get signal(): PausableSignal {
		return this.#lane.signal;
	}

	/** Where it stands: `pausing` while a paused one still has tasks that move. */
	get state(): QueueState {
		return stateOf(this.#lane);
	}

	/** Whether it is paused, here or further out. */
	get isPaused(): boolean {
		return this.#lane.signal.paused;
	}

	/** Why it is paused. */
	get holds(): readonly HoldInfo[] {
		return this.#lane.signal.holds;
	}

	/** How many tasks wait to start, sets inside included. */
	get size(): number {
		return this.#lane.counts.waiting;
	}

	/** How many tasks run, sets inside included: until their functions have ended. */
	get pending(): number {
		return this.#lane.counts.running;
	}

	/** Counts, rate and estimate. The rate is measured from the first time this is read. */
	get progress(): QueueProgress {
		if (this.#meterSignal !== this.signal) this.#meter = new ProgressMeter(this.#lane);
		this.#meterSignal = this.signal;
		return (this.#meter ??= new ProgressMeter(this.#lane)).read();
	}

	/**
	 * Adds a task.
	 *
	 * Resolves with what `fn` returns. Rejects with its error, with a `TimeoutError` when its `timeout`
	 * of active milliseconds passed, with the reason when it was aborted or cleared, or with a
	 * `TypeError` on a bad argument. The slot is free when the function has ended, and no earlier.
	 */
	add<T>(fn: QueueTask<T>, options?: AddOptions): Promise<Awaited<T>> {
		try {
			return this.#start(fn, options).promise as Promise<Awaited<T>>;
		} catch (error) {
			return Promise.reject(error);
		}
	}

	#start(fn: QueueTask<unknown>, options: AddOptions | undefined): Entry {
		const entry = this.#createEntry(fn, options);
		entry.lane.enqueue(entry);
		this.#lane.scheduler.added(entry);
		return entry;
	}

	#createEntry(fn: QueueTask<unknown>, options: AddOptions | undefined): Entry {
		const {scheduler} = this.#lane;
		scheduler.expectOpen();
		expectFunction('fn', fn);
		if (options === undefined) {
			const id = scheduler.nextId();
			const plain = {id, priority: 0, timeout: scheduler.timeout, signal: undefined};
			return new Entry(fn, plain, this.#lane, scheduler.origin());
		}
		expectAddOptions(options);
		const {id = scheduler.nextId(), priority = 0, signal, set} = options;
		const timeout = 'timeout' in options ? options.timeout : scheduler.timeout;
		expectPriority(priority);
		expectTimeoutOption(timeout);
		if (signal?.aborted === true) throw reasonOf(signal);
		const lane = set === undefined ? this.#lane : this.#findLane(set);
		return new Entry(fn, {...options, id, priority, timeout, signal}, lane, scheduler.origin());
	}

	#findLane(set: TaskSet | string): Lane {
		if (typeof set === 'string') return this.#lane.child(set) ?? laneOf(this.taskSet(set));
		if (!(set instanceof TaskGroup)) throw wrongType('set', 'a TaskSet or a name', set);
		const lane = laneOf(set);
		if (lane.scheduler !== this.#lane.scheduler)
			throw new RangeError('set: expected a TaskSet of this queue, got one of another queue');
		return lane;
	}

	/** Adds several tasks. Resolves with all results, in order; rejects with the first error. */
	addAll<const Tasks extends readonly QueueTask<unknown>[]>(
		functions: Tasks,
		options?: AddOptions,
	): Promise<QueueResults<Tasks>>;
	addAll<T>(functions: readonly QueueTask<T>[], options?: AddOptions): Promise<Awaited<T>[]>;
	addAll(functions: readonly QueueTask<unknown>[], options?: AddOptions): Promise<unknown[]> {
		const added: Entry[] = [];
		try {
			expectAddOptions(options);
			if (!Array.isArray(functions)) throw wrongType('functions', 'an array of functions', functions);
		} catch (error) {
			return Promise.reject(error);
		}
		const whole = Promise.all(functions.map((fn) => this.#addTo(added, fn, options)));
		for (const entry of added) entry.joinWhole(whole);
		return whole;
	}

	#addTo(added: Entry[], fn: QueueTask<unknown>, options: AddOptions | undefined): Promise<unknown> {
		try {
			const entry = this.#start(fn, options);
			added.push(entry);
			return entry.promise;
		} catch (error) {
			return Promise.reject(error);
		}
	}

	/**
	 * The task set of this name inside this one. The first call makes it, with its options.
	 *
	 * Throws a `RangeError` when it exists, or existed, with other options. A set that has nothing to
	 * do, and that nobody refers to or listens to, is collected. Its options stay with its name.
	 */
	taskSet(name: string, options?: TaskSetOptions): TaskSet {
		if (typeof name !== 'string' || name === '') throw wrongType('name', 'a name', name);
		const found = this.#lane.child(name);
		const {createSet} = this.#lane.scheduler;
		if (found === undefined) return createSet(this.#createLane(name, options));
		expectSame(name, found.options, options);
		return found.set ?? createSet(found);
	}

	#createLane(name: string, options: TaskSetOptions | undefined): Lane {
		const lane = this.#lane;
		return lane.createChild(name, lane.scheduler.setOptions.settle(lane.keyOf(name), name, options));
	}

	/**
	 * Pauses: nothing starts any more, and running tasks are held at their next checkpoint.
	 *
	 * Resolves with a report of who stands still and who still moves: when all running tasks stand
	 * still or have ended, when it was resumed or stopped, or after `timeout` milliseconds. Tasks that
	 * never look at their signal move until they end. Rejects only on a bad option.
	 */
	async pause(reason?: unknown, options?: PauseOptions): Promise<PauseReport> {
		expectOptions('options', options, '{timeout}');
		const until = expectUntil(options?.until);
		const timeout =
			options?.timeout === undefined ? Infinity : expectMilliseconds('timeout', options.timeout);
		const lane = this.#lane;
		lane.pause(reason, until);
		if (lane.signal.paused && lane.counts.running > lane.counts.parked)
			await new Promise<void>((resolve) => {
				const waiter = new Waiter(() => resolve());
				lane.pauses.add(waiter);
				lane.followSignal();
				if (timeout !== Infinity) waiter.timer = new Timer(() => waiter.end('timeout'), timeout);
			});
		const running = [...lane.allRunning()];
		return {
			parked: running.filter((entry) => entry.isParked).map((entry) => entry.name),
			running: running.filter((entry) => !entry.isParked).map((entry) => entry.name),
		};
	}

	/** Takes back `pause()`. It goes on once no other hold is left. Returns whether it changed anything. */
	resume(): boolean {
		return this.#lane.resume();
	}

	/** Pauses with a hold of one's own, which no other's `resume()` takes away. */
	hold(reason?: unknown, options?: HoldOptions): PauseHold {
		expectOptions('options', options, '{until}');
		return this.#lane.hold(reason, expectUntil(options?.until));
	}

	/**
	 * Rejects all tasks that wait with an `AbortError`, sets inside included; running ones go on.
	 *
	 * What nobody handles of these rejections is not reported as unhandled. Returns the ids.
	 */
	clear(): string[] {
		if (this.size === 0) return [];
		const lane = this.#lane;
		const reason = new DOMException('The queue was cleared', 'AbortError');
		return lane.scheduler.takeMany(() => lane.clear(reason));
	}

	/** Resolves when nothing waits and nothing runs. Tasks that are held count. */
	onIdle(options?: QueueWaitOptions): Promise<void> {
		return this.waitFor(() => this.size === 0 && this.pending === 0, options);
	}

	/** Resolves when nothing waits; tasks may still run. */
	onEmpty(options?: QueueWaitOptions): Promise<void> {
		return this.waitFor(() => this.size === 0, options);
	}

	/** Resolves when fewer than `limit` tasks wait. Rejects with a `TypeError` when it is no number above 0. */
	async onSizeLessThan(limit: number, options?: QueueWaitOptions): Promise<void> {
		expectSizeLimit(limit);
		return this.waitFor(() => this.size < limit, options);
	}

	/** Resolves when nothing runs; tasks may still wait. */
	onPendingZero(options?: QueueWaitOptions): Promise<void> {
		return this.waitFor(() => this.pending === 0, options);
	}

	/** @internal */
	protected waitFor(isMet: () => boolean, options?: QueueWaitOptions): Promise<void> {
		return this.#conditions.wait(isMet, options);
	}

	/** @internal */
	protected lookAtConditions(): void {
		if (this.#conditions.size > 0) this.#conditions.look();
	}

	/**
	 * Runs `fn` on each item of a source, and iterates over the results.
	 *
	 * Items are pulled as results are taken: at most `concurrency` are under way or wait to be taken.
	 * `source` is an iterable, an async iterable or a stream. Leaving the loop, an error of `fn` or an
	 * abort stops the work and closes the source; `iterator.unfinished` then lists the items that
	 * were pulled and have no result.
	 */
	map<T, R>(source: PausableSource<T>, fn: MapFunction<T, R>, options?: MapOptions): MapIterator<T, R> {
		return mapTasks(this, source, fn, options, this.#lane.scheduler.keepsAlive);
	}

	/** What goes on, as plain data that prints well. */
	inspect(): Inspected {
		return inspectLane(this.#lane, this.state);
	}

	#touched(): void {
		this.lookAtConditions();
		if (this.#isTellingSoon || !(this.hears('statechange') || this.hears('progress'))) return;
		this.#isTellingSoon = true;
		void Promise.resolve().then(() => this.#tell());
	}

	#tell(): void {
		this.#isTellingSoon = false;
		const {state} = this;
		if (state !== this.#shownState) {
			this.#shownState = state;
			this.dispatchEvent(new Event('statechange'));
		}
		this.dispatchEvent(new Event('progress'));
	}

	/** @internal Whether anybody has ever listened for it. */
	protected hears(type: string): boolean {
		return this.#heard.has(type);
	}

	override addEventListener(
		type: string,
		listener: EventListenerOrEventListenerObject | null,
		options?: boolean | AddEventListenerOptions,
	): void {
		this.#heard.add(type);
		this.#lane.isHeard = true;
		if (type === 'statechange') {
			this.#shownState = this.state;
			this.#lane.hearPauses();
		}
		super.addEventListener(type, listener, options);
	}
}
