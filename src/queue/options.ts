import {type NotASignal} from '../core/index.ts';
import type {Options, PriorityQueue, Queue, QueueAddOptions, RunFunction} from 'p-queue';

/** Whether a parked task holds its slot, or releases it to others until it continues. */
export type WhilePaused = 'hold' | 'release';

/** p-queue's: a class for the waiting tasks. */
export type QueueClass = new () => Queue<RunFunction, QueueAddOptions>;

/** Options of a {@link PausableQueue}: p-queue's, and ours. */
export interface PausableQueueOptions<
	QueueType extends Queue<RunFunction, EnqueueOptionsType> = PriorityQueue,
	EnqueueOptionsType extends QueueAddOptions = QueueAddOptions,
>
	extends Options<QueueType, EnqueueOptionsType>, NotASignal {
	/** A pause of this signal pauses the queue, and its abort stops it. */
	readonly signal?: AbortSignal | undefined;
	/** A name, for messages and displays. */
	readonly name?: string | undefined;
	/** What tasks do with their slots when a pause of the queue itself parks them. Default: `hold`. */
	readonly whilePaused?: WhilePaused | undefined;
	/** Whether a paused queue that has tasks keeps the process alive. Default: `true`. */
	readonly keepAlive?: boolean | undefined;
	/** The most milliseconds that `stop()` waits for running tasks. Default: no limit. */
	readonly grace?: number | undefined;
	/**
	 * Milliseconds after its abort until a task that has not ended fires `stuck`. Default: `Infinity`.
	 * With a finite value, `add()` notes where it was called, which costs some time.
	 */
	readonly stuckAfter?: number | undefined;
}

/** Options of a {@link TaskSet}. */
export interface TaskSetOptions {
	/** The most of its tasks that run at once, sets inside included. Default: `Infinity`. */
	readonly concurrency?: number | undefined;
	/** The most of its tasks that start in one `interval`. Default: `Infinity`. */
	readonly intervalCap?: number | undefined;
	/** The length of a window of the rate limit in milliseconds. Default: 0, no rate limit. */
	readonly interval?: number | undefined;
	/** Whether the window slides, instead of fixed windows. Default: `false`. */
	readonly strict?: boolean | undefined;
	/** Sets of a higher priority go first; equal ones take turns. Default: 0. */
	readonly priority?: number | undefined;
	/** What its parked tasks do with their slots. Default: `release`. */
	readonly whilePaused?: WhilePaused | undefined;
}

/** Options of `pause()`. */
export interface PauseOptions {
	/** The most milliseconds to wait for the report. Default: no limit. */
	readonly timeout?: number | undefined;
	/** When it resumes on its own: a `Date`, by the wall clock, or milliseconds from now. */
	readonly until?: Date | number | undefined;
}

/** One task in a {@link PauseReport}. */
export interface TaskName {
	readonly id: string;
	/** The names of its set and the sets around it, joined by `/`; `undefined` for the queue itself. */
	readonly set: string | undefined;
}

/** The value of `await queue.pause()`. */
export interface PauseReport {
	/** Running tasks that stand still at a checkpoint or a stopped clock. */
	readonly parked: readonly TaskName[];
	/** Running tasks that still move, among them those that never look at their signal. */
	readonly running: readonly TaskName[];
}

/** Options of waits for the queue. */
export interface QueueWaitOptions {
	/** Ends the wait: the promise rejects with its reason. */
	readonly signal?: AbortSignal | undefined;
}

/** The state of a queue or a set. */
export type QueueState = 'running' | 'pausing' | 'paused' | 'stopping' | 'stopped';

/** The options of a lane: those of a set, with all defaults filled in. */
export type LaneOptions = Required<{
	readonly [K in keyof TaskSetOptions]: NonNullable<TaskSetOptions[K]>;
}>;

/** How a task ended. */
export type Outcome = 'completed' | 'failed' | 'aborted';
