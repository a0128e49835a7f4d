import type {PausableSignal} from '../core/index.ts';
import {Task, type TaskContext, type TaskOptions} from '../task/index.ts';

/** One run of the program, after its end. */
export interface SweepRun {
	/** The interruption, such as `abort@17`; undefined in the run without one. */
	readonly interruption: string | undefined;
	/** Whether the signal was aborted. */
	readonly aborted: boolean;
	/** How the promise of the program ended. */
	readonly outcome:
		| {readonly status: 'fulfilled'; readonly value: unknown}
		| {readonly status: 'rejected'; readonly reason: unknown}
		| {readonly status: 'pending'};
}

/** The argument of the program of a {@link sweep}. */
export interface SweepContext {
	/** The signal that the sweep pauses, resumes and aborts. */
	readonly signal: PausableSignal;
	/** Starts a task on the signal. The run is over only when the task has ended, too. */
	task<T, P = unknown>(
		fn: (context: TaskContext<P>) => T | PromiseLike<T>,
		options?: TaskOptions,
	): Task<T, P>;
	/** Adds a check, called after each run, whatever the interruption: it throws if something is wrong. */
	check(fn: (run: SweepRun) => unknown): void;
	/** Adds a cleanup, called after each run; the last one added runs first. */
	onEnd(fn: () => unknown): void;
}

export type Program = (context: SweepContext) => unknown;

/** The program during one run: its tasks, its checks and cleanups, and its outcome. */
export class Work {
	readonly checks: ((run: SweepRun) => unknown)[] = [];
	/** The last one added comes first. */
	readonly cleanups: (() => unknown)[] = [];
	readonly #tasks: Task<unknown>[] = [];
	readonly #onEnd: () => void;
	#outcome: SweepRun['outcome'] = {status: 'pending'};

	constructor(onEnd: () => void) {
		this.#onEnd = onEnd;
	}

	start(program: Program, signal: PausableSignal): void {
		const context: SweepContext = {
			signal,
			task: (fn, options) => {
				const task = Task.start(fn, {signal, ...options});
				this.#tasks.push(task as Task<unknown>);
				return task;
			},
			check: (fn) => void this.checks.push(fn),
			onEnd: (fn) => void this.cleanups.unshift(fn),
		};
		new Promise((resolve) => {
			resolve(program(context));
		}).then(
			(value) => this.#end({status: 'fulfilled', value}),
			(reason: unknown) => this.#end({status: 'rejected', reason}),
		);
	}

	#end(outcome: SweepRun['outcome']): void {
		this.#outcome = outcome;
		this.#onEnd();
	}

	get outcome(): SweepRun['outcome'] {
		return this.#outcome;
	}

	/** Whether the program has ended, and all its tasks. */
	get hasEnded(): boolean {
		return this.#outcome.status !== 'pending' && this.#tasks.every((task) => task.isEnded);
	}
}
