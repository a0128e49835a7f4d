import {
	createPool,
	expectBoolean,
	expectCount,
	expectFunction,
	expectOptions,
	PausableController,
	type Pool,
} from '../core/index.ts';
import {GatedReader, type ItemSource, openSource, type PausableSource} from '../iterate/index.ts';
import {keepAliveWhilePaused} from '../task/index.ts';
import {expectPriority} from './checks.ts';

/** The queue or the set that runs the tasks; `C` is the argument of each. */
export interface MapHost<C> {
	readonly signal: AbortSignal;
	add<T>(
		fn: (context: C) => T | PromiseLike<T>,
		options: {readonly signal: AbortSignal; readonly priority: number},
		pool: Pool,
	): Promise<Awaited<T>>;
}

/** Options of `map()`. */
export interface MapOptions {
	/** Whether results come in the order of the items; if not, as they are ready. Default: `true`. */
	readonly ordered?: boolean | undefined;
	/** The most items that are under way or have a result that nobody has taken. Default: 16. */
	readonly concurrency?: number | undefined;
	/** The priority of the tasks. Default: 0. */
	readonly priority?: number | undefined;
	/** Ends the work; the loop throws its reason. */
	readonly signal?: AbortSignal | undefined;
}

/** The iterator over the results, from `map()`. */
export interface MapIterator<T, R> extends AsyncIterator<R, undefined, undefined> {
	/**
	 * The items pulled from the source whose result nobody has taken, in their order. An item that was
	 * on its way when the iteration ended joins them when it arrives.
	 */
	readonly unfinished: readonly T[];
	next(): Promise<IteratorResult<R, undefined>>;
	/**
	 * Stops the work and closes the source, at once. Resolves when the source has closed; at once if an
	 * item is on its way, because an async generator closes only after that item.
	 */
	return(): Promise<IteratorResult<R, undefined>>;
	[Symbol.asyncIterator](): MapIterator<T, R>;
	[Symbol.asyncDispose](): Promise<void>;
}

const nothing = (): void => {};

interface Job<T, R> {
	readonly item: T;
	outcome: {readonly value: Awaited<R>} | {readonly error: unknown} | undefined;
}

export function mapTasks<T, R, C>(
	group: MapHost<C>,
	source: PausableSource<T>,
	fn: (item: T, context: C) => R | PromiseLike<R>,
	options: MapOptions | undefined,
	keepsAlive: boolean,
): MapIterator<T, R> {
	expectFunction('fn', fn);
	expectOptions('options', options);
	const {ordered = true, concurrency = 16, priority = 0, signal} = options ?? {};
	expectCount('concurrency', concurrency);
	expectPriority(priority);
	expectBoolean('ordered', ordered);
	const above = signal === undefined ? group.signal : [group.signal, signal];
	return new TaskMap(group, source, fn, new PausableController({signal: above}), {
		ordered,
		concurrency,
		priority,
		keepsAlive,
	});
}

/** Notes each pulled item, because a reader of the source drops an item that arrives after the end. */
function noting<T>(
	source: ItemSource<T>,
	pulled: T[],
	onItsWay: (isOnItsWay: boolean) => void,
): ItemSource<T> {
	return {
		async pull() {
			onItsWay(true);
			const result = await Promise.resolve(source.pull()).finally(() => onItsWay(false));
			// If it is not a result object, the reader throws.
			if (typeof result === 'object' && result !== null && !result.done) pulled.push(result.value);
			return result;
		},
		cancel: (reason) => source.cancel(reason),
		leave: () => source.leave(),
	};
}

interface TaskMapOptions {
	readonly ordered: boolean;
	readonly concurrency: number;
	readonly priority: number;
	/** Whether a pause keeps the process alive while somebody reads. */
	readonly keepsAlive: boolean;
}

class TaskMap<T, R, C> implements MapIterator<T, R> {
	readonly #group: MapHost<C>;
	readonly #fn: (item: T, context: C) => R | PromiseLike<R>;
	readonly #controller: PausableController;
	readonly #reader: GatedReader<T>;
	readonly #options: TaskMapOptions;
	/** Pulled items without a task: a pause holds them back, or they came too late. */
	readonly #pulled: T[] = [];
	readonly #jobs = new Set<Job<T, R>>();
	/** Its flows: the running tasks, and the reader of the source. */
	readonly #pool: Pool;
	#isReading = false;
	#isItemOnItsWay = false;
	#isDrained = false;
	#isOver = false;
	#failure: {readonly error: unknown} | undefined;
	/** Of the reader; `leave`: its result is on the way. */
	#wait: {leave(): void; wake(): void} | undefined;
	#last: Promise<unknown> = Promise.resolve();

	constructor(
		group: MapHost<C>,
		source: PausableSource<T>,
		fn: (item: T, context: C) => R | PromiseLike<R>,
		controller: PausableController,
		options: TaskMapOptions,
	) {
		this.#group = group;
		this.#fn = fn;
		this.#controller = controller;
		this.#options = options;
		this.#pool = createPool(controller.signal);
		this.#reader = new GatedReader(
			controller.signal,
			noting(openSource(source), this.#pulled, (is) => (this.#isItemOnItsWay = is)),
		);
	}

	get unfinished(): readonly T[] {
		return [...[...this.#jobs].map((job) => job.item), ...this.#pulled];
	}

	next(): Promise<IteratorResult<R, undefined>> {
		const next = this.#last.then(() => this.#take());
		this.#last = next.catch(() => {});
		return next;
	}

	async return(): Promise<IteratorResult<R, undefined>> {
		await this.#end();
		return {done: true, value: undefined};
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.return();
	}

	[Symbol.asyncIterator](): this {
		return this;
	}

	async #take(): Promise<IteratorResult<R, undefined>> {
		for (;;) {
			if (this.#isOver) return {done: true, value: undefined};
			const {aborted, reason} = this.#controller.signal;
			if (aborted) {
				await this.#end();
				throw reason;
			}
			const job = this.#finished();
			if (job?.outcome !== undefined) return this.#deliver(job, job.outcome);
			// An error of the source comes after the results of the items before it.
			if (this.#failure !== undefined && this.#jobs.size === 0) {
				const {error} = this.#failure;
				await this.#end();
				throw error;
			}
			if (this.#isDrained && this.#jobs.size === 0) {
				await this.#end();
				continue;
			}
			void this.#fill();
			await this.#nextLook();
		}
	}

	#finished(): Job<T, R> | undefined {
		for (const job of this.#jobs) {
			if (job.outcome !== undefined) return job;
			if (this.#options.ordered) return undefined;
		}
		return undefined;
	}

	async #deliver(
		job: Job<T, R>,
		outcome: NonNullable<Job<T, R>['outcome']>,
	): Promise<IteratorResult<R, undefined>> {
		if ('error' in outcome) {
			await this.#end();
			throw outcome.error;
		}
		this.#jobs.delete(job);
		void this.#fill();
		return {done: false, value: outcome.value};
	}

	// One item at a time, and none while `concurrency` items are under way or have an untaken result.
	async #fill(): Promise<void> {
		if (this.#isReading) return;
		this.#isReading = true;
		this.#pool.begin();
		try {
			while (!this.#isOver && !this.#isDrained && this.#jobs.size < this.#options.concurrency) {
				const result = await this.#reader.read();
				if (result.done === true) this.#isDrained = true;
				else this.#start(result.value);
			}
		} catch (error) {
			this.#failure = {error};
		}
		this.#isReading = false;
		this.#look();
		this.#pool.end();
	}

	#start(item: T): void {
		this.#pulled.shift();
		const job: Job<T, R> = {item, outcome: undefined};
		this.#jobs.add(job);
		const {signal} = this.#controller;
		const {priority} = this.#options;
		// Nobody awaits the tasks but the map.
		const pool = {...this.#pool, await: nothing, leave: nothing};
		const settle = (outcome: Job<T, R>['outcome']): void => {
			job.outcome = outcome;
			this.#wait?.leave();
		};
		void this.#group
			.add((context) => this.#fn(item, context), {signal, priority}, pool)
			.then(
				(value) => settle({value}),
				(error: unknown) => settle({error}),
			)
			.then(() => this.#look());
	}

	// While paused it pulls nothing, so neither the source nor a task would keep the process alive.
	async #nextLook(): Promise<void> {
		const letGo = this.#options.keepsAlive ? keepAliveWhilePaused(this.#controller.signal) : undefined;
		let isAwaited = true;
		const leave = (): void => {
			if (isAwaited) this.#pool.leave();
			isAwaited = false;
		};
		this.#pool.await();
		await new Promise<void>((wake) => {
			this.#wait = {leave, wake};
		});
		letGo?.();
	}

	#look(): void {
		const wait = this.#wait;
		this.#wait = undefined;
		wait?.leave();
		wait?.wake();
	}

	async #end(): Promise<void> {
		this.#isOver = true;
		// This comes before the abort, which would end the reader without waiting for the source.
		const closed = this.#reader.cancel(undefined);
		this.#controller.abort();
		this.#look();
		// An async generator closes only after the item that is on its way, which may never come.
		if (this.#isItemOnItsWay) closed.catch(() => {});
		else await closed;
	}
}
