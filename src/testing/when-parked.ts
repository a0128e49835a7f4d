import {
	countWaiters,
	expectMilliseconds,
	expectOptions,
	isAbortSignal,
	isPaused,
	Timer,
	wrongType,
} from '../core/index.ts';
import {afterRealTime, afterTurn} from './platform.ts';

/** Work that can be parked: a `Task`, a `PausableQueue`, a `TaskSet`, or the signal of a loop. */
export type Parkable = TaskLike | QueueLike | AbortSignal;

/** The parts of a `Task` that this uses. */
export interface TaskLike {
	readonly state: string;
	readonly isEnded: boolean;
}

/** The parts of a `PausableQueue` or a `TaskSet` that this uses. */
export interface QueueLike {
	readonly progress: {readonly running: number};
}

/** Options of {@link whenParked}. */
export interface WhenParkedOptions {
	/** The most milliseconds to wait. Default: no limit. */
	readonly timeout?: number | undefined;
}

/**
 * Waits until a pause has parked the work, without pausing it.
 *
 * Use it in a test that paused something from far above, to continue when the pause has arrived. A task
 * is parked when its state is `paused`, a queue or a set when none of its tasks moves; both also when
 * nothing is left to run. A bare signal does not know how many loops work on it: it counts as parked
 * when it is paused and something waits at it or below it. If there are several loops, start each as a
 * `Task`.
 *
 * Resolves with `true` then, with `false` after `timeout` milliseconds or when the signal is aborted.
 * Rejects with a `TypeError` or `RangeError` on a bad argument. It is no checkpoint, and an abort loses
 * nothing.
 *
 * @example
 * ```ts
 * import {PausableController, Task} from 'pausable-signal';
 * import {whenParked} from 'pausable-signal/testing';
 *
 * const app = new PausableController();
 * const task = Task.start(
 * 	async ({signal}) => {
 * 		while (await signal.gate.wait()) await null;
 * 	},
 * 	{signal: app.signal},
 * );
 * app.pause();
 * await whenParked(task); // => true
 * app.abort();
 * ```
 */
export async function whenParked(work: Parkable, options?: WhenParkedOptions): Promise<boolean> {
	const look = lookOf(work);
	expectOptions('options', options, '{timeout}');
	const {timeout = Infinity} = options ?? {};
	expectMilliseconds('timeout', timeout);
	return new Promise((resolve) => {
		let turns = 0;
		let isOver = false;
		const end = (isParked: boolean): void => {
			isOver = true;
			timer.cancel();
			resolve(isParked);
		};
		const timer = new Timer(() => end(false), timeout);
		const turn = (): void => {
			if (isOver) return;
			const isParked = look();
			if (isParked !== undefined) end(isParked);
			else if (turns++ < quickTurns) afterTurn(turn);
			else afterRealTime(turn, 1);
		};
		// Not at once, because work that was woken just now has not moved yet.
		afterTurn(turn);
	});
}

/** How many turns of the event loop it looks in, before it looks once a millisecond. */
const quickTurns = 100;

type Look = () => boolean | undefined;

function lookOf(work: unknown): Look {
	if (isAbortSignal(work)) return () => lookAtSignal(work);
	const {progress, state, isEnded} = Object(work) as Partial<TaskLike & QueueLike>;
	if (typeof isEnded === 'boolean' && typeof state === 'string') return () => lookAtTask(work as TaskLike);
	if (typeof progress?.running === 'number') return () => lookAtQueue(work as QueueLike);
	throw wrongType('work', 'a Task, a PausableQueue, a TaskSet or an AbortSignal', work);
}

function lookAtSignal(signal: AbortSignal): boolean | undefined {
	if (signal.aborted) return false;
	return isPaused(signal) && countWaiters(signal) > 0 ? true : undefined;
}

function lookAtTask(task: TaskLike): boolean | undefined {
	return task.isEnded || task.state === 'paused' ? true : undefined;
}

function lookAtQueue(queue: QueueLike): boolean | undefined {
	return queue.progress.running === 0 ? true : undefined;
}
