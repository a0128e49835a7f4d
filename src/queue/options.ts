import {type NotASignal} from '../core/index.ts';
import type {Options, PriorityQueue, Queue, QueueAddOptions, RunFunction} from 'p-queue';

/** What a parked task does with its slot: keeps it, or gives it to others until it continues. */
export type WhilePaused = 'hold' | 'release';

/** p-queue's: what keeps the tasks that wait. */
export type QueueClass = new () => Queue<RunFunction, QueueAddOptions>;

/** Options of a {@link PausableQueue}: p-queue's, and ours. */
export interface PausableQueueOptions<
	QueueType extends Queue<RunFunction, EnqueueOptionsType> = PriorityQueue,
	EnqueueOptionsType extends QueueAddOptions = QueueAddOptions,
>
	extends Options<QueueType, EnqueueOptionsType>, NotASignal {
	/** The queue is paused and stopped with this signal. */
	readonly signal?: AbortSignal | undefined;
	/** A name, for messages and displays. */
	readonly name?: string | undefined;
	/** What tasks do with their slots that are parked by a pause of the queue itself. Default: `hold`. */
	readonly whilePaused?: WhilePaused | undefined;
	/** Whether a paused queue that has tasks keeps the process alive. Default: `true`. */
	readonly keepAlive?: boolean | undefined;
	/** Milliseconds that `stop()` waits for running tasks at most. Default: for ever. */
	readonly grace?: number | undefined;
	/**
	 * Milliseconds after which a task that was aborted and has not ended fires `stuck`. Default:
	 * `Infinity`. A finite one makes `add()` note where it was called, which costs some time.
	 */
	readonly stuckAfter?: number | undefined;
}

/** Options of a {@link TaskSet}. */
export interface TaskSetOptions {
	/** How many of its tasks run at once, those of the sets inside included. Default: `Infinity`. */
	readonly concurrency?: number | undefined;
	/** How many of its tasks may start in one `interval`. Default: `Infinity`. */
	readonly intervalCap?: number | undefined;
	/** Milliseconds. Default: 0, no rate limit. */
	readonly interval?: number | undefined;
	/** A sliding window instead of fixed ones. Default: `false`. */
	readonly strict?: boolean | undefined;
	/** Sets of a higher priority go first; equal ones take turns. Default: 0. */
	readonly priority?: number | undefined;
	/** What its parked tasks do with their slots. Default: `release`. */
	readonly whilePaused?: WhilePaused | undefined;
}

/** Options of `pause()`. */
export interface PauseOptions {
	/** Milliseconds to wait for the report at most. Default: for ever. */
	readonly timeout?: number | undefined;
	/** When it resumes on its own: at a `Date`, by the wall clock, or after that many milliseconds. */
	readonly until?: Date | number | undefined;
}

/** One task in a {@link PauseReport}. */
export interface TaskName {
	readonly id: string;
	/** The names of its set and the sets around it, joined by `/`; `undefined` for the queue itself. */
	readonly set: string | undefined;
}

/** What `await queue.pause()` tells. */
export interface PauseReport {
	/** Running tasks that stand still at a checkpoint or a stopped clock. */
	readonly parked: readonly TaskName[];
	/** Running tasks that do not (yet), those that never look at their signal included. */
	readonly running: readonly TaskName[];
}

/** Options of waits for the queue. */
export interface QueueWaitOptions {
	/** Ends the wait: the promise rejects with its reason. */
	readonly signal?: AbortSignal | undefined;
}

/** Where a queue or a set stands. */
export type QueueState = 'running' | 'pausing' | 'paused' | 'stopping' | 'stopped';

/** What a lane is made with: the options of a set with all defaults filled in. */
export type LaneOptions = Required<{
	readonly [K in keyof TaskSetOptions]: NonNullable<TaskSetOptions[K]>;
}>;

/** How a task ended. */
export type Outcome = 'completed' | 'failed' | 'aborted';
