import {type NotASignal} from '../core/index.ts';
import type {Options, Queue, QueueAddOptions, RunFunction} from 'p-queue';
import type {PausableSignal} from '../core/index.ts';
import type {TaskSet} from './task-set.ts';

/** What a parked task does with its slot: keeps it, or gives it to others until it goes on. */
export type WhilePaused = 'hold' | 'release';

/** What a task's function is given. */
export interface QueueTaskContext {
	/**
	 * The task's signal, made when it is read first: paused and aborted with its set, the queue and
	 * the `signal` option; aborted by its `timeout`.
	 */
	readonly signal: PausableSignal;
	/** The set that the task was added to; `undefined` for the queue itself. */
	readonly set: TaskSet | undefined;
	/** The task's id. */
	readonly id: string;
	/** Says how far the task is; `inspect()` shows it. */
	readonly report: (progress: unknown) => void;
}

/** A function that a queue runs. */
export type QueueTask<T> = (context: QueueTaskContext) => T | PromiseLike<T>;

/** Options of `add()`: p-queue's, and the set. */
export interface AddOptions extends QueueAddOptions {
	/** The set to add to, or its name; a name that is new makes one. */
	readonly set?: TaskSet | string | undefined;
}

type AnyQueueClass = new () => Queue<RunFunction, QueueAddOptions>;

/** Options of a {@link PausableQueue}: p-queue's, and ours. */
export interface PausableQueueOptions extends Omit<Options, 'queueClass'>, NotASignal {
	/** p-queue's: what keeps the tasks that wait, and in which order. */
	readonly queueClass?: AnyQueueClass | undefined;
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
	/** A sliding window in the place of fixed ones. Default: `false`. */
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
	/** Resumes by itself: at a `Date`, or after so many milliseconds. */
	readonly until?: Date | number | undefined;
}

/** Options of `hold()`. */
export interface HoldOptions {
	/** Releases by itself: at a `Date`, or after so many milliseconds. */
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
