/**
 * A task: one function under control.
 *
 * Invariants:
 *
 * 1. `state` follows from four facts: whether the function has ended and how, whether the signal is
 *    aborted, whether it is paused, and whether every branch of the work stands still. `#look()`
 *    derives it, and is the only place that changes it before the end; `#end()` does at the end.
 * 2. A pause is announced as `pausing` first. It becomes `paused` in a later microtask, and goes
 *    back to `pausing` when a branch moves again.
 * 3. Every promise that the task returns settles: those of `pause()` at `paused`, `running` or the
 *    end, those of `join()` and `stop()` at the end or at their time limit.
 * 4. After the end nothing of the task is left on its parent signal: no follower, no child.
 */
import {
	detach,
	expectBoolean,
	expectFunction,
	expectMilliseconds,
	expectOptions,
	follow,
	gatherWork,
	type HoldOptions,
	holdSignal,
	type NotASignal,
	PausableController,
	PausableSignal,
	type PauseHold,
	reasonOf,
	TypedTarget,
	waitIn,
	WaiterList,
	type WorkGroup,
} from '../core/index.ts';
import {isAbortOf} from '../flow/index.ts';
import {keepAlive} from './keep-alive.ts';
import {StopTimeoutError} from './stop-timeout-error.ts';

/** Where a task stands. The last three are final. */
export type TaskState = 'running' | 'pausing' | 'paused' | 'stopping' | 'completed' | 'failed' | 'stopped';

/** The argument of a task's function. */
export interface TaskContext<P = unknown> {
	/** Check it at each turn: `await signal.checkpoint()`, or `while (await signal.gate.wait())`. */
	readonly signal: PausableSignal;
	/** Sets `task.progress` and fires `progress`. */
	readonly report: (progress: P) => void;
	/** The name given to the task. */
	readonly name: string | undefined;
}

/** Options of {@link Task.start}. */
export interface TaskOptions extends NotASignal {
	/** The task pauses and aborts with this signal, or with any of these. */
	readonly signal?: AbortSignal | readonly AbortSignal[] | undefined;
	/** A name, for messages and displays. */
	readonly name?: string | undefined;
	/** Whether the paused task keeps the process alive. Default: `true`. */
	readonly keepAlive?: boolean | undefined;
	/** The most milliseconds that `stop()` waits for the end. Default: no limit. */
	readonly grace?: number | undefined;
}

/** Options of waits for a task. */
export interface TaskWaitOptions {
	/** The most milliseconds to wait, wall-clock time. Default: no limit. */
	readonly timeout?: number | undefined;
}

/** Options of {@link Task.stop}. */
export interface TaskStopOptions {
	/** The most milliseconds to wait for the end. Default: the task's `grace`. */
	readonly grace?: number | undefined;
}

/** The events of a {@link Task}. */
export interface TaskEventMap {
	statechange: Event;
	progress: Event;
}

type Body<T, P> = (context: TaskContext<P>) => T | PromiseLike<T>;

/**
 * A function under control: pause it, resume it, stop it, wait for it.
 *
 * Use it for any work that outlives the call that starts it. The function gets a signal and checks it
 * at each turn. The task calls the function at once, or on resume if the signal is paused; never if
 * the signal aborts first.
 *
 * Fires `statechange` and `progress`; look at `state` and `progress` then.
 *
 * @example
 * ```ts
 * import {Task} from 'pausable-signal';
 *
 * const task = Task.start(async ({signal, report}) => {
 * 	let turns = 0;
 * 	while (await signal.gate.wait()) report(++turns);
 * 	return turns;
 * });
 * await task.pause('lunch'); // => true
 * task.state; // => 'paused'
 * task.resume(); // => true
 * await task.stop();
 * task.state; // => 'stopped'
 * (await task.result) === task.progress; // => true
 * ```
 */
export class Task<T, P = unknown> extends TypedTarget<TaskEventMap> {
	/**
	 * How the function ended.
	 *
	 * Resolves with its value, even if it returned after an abort. Rejects with its error, or with
	 * the signal's reason if the abort ended it; that one is never an unhandled rejection.
	 */
	readonly result: Promise<T>;
	/** The name that was given. */
	readonly name: string | undefined;
	readonly #controller: PausableController;
	readonly #work: WorkGroup;
	readonly #unfollow: () => void;
	readonly #keepAlive: boolean;
	readonly #grace: number;
	readonly #pauses: WaiterList = new WaiterList();
	readonly #ends: WaiterList = new WaiterList();
	#state: TaskState = 'running';
	#progress: P | undefined;
	#failure: {readonly error: unknown} | undefined;
	#stopsInProgress = 0;
	#letGo: (() => void) | undefined;

	/**
	 * Starts a task with this function.
	 *
	 * Throws a `TypeError` or `RangeError` on a bad argument. An error of the function, even a
	 * synchronous one, rejects `result`. `start` returns at once: it is no checkpoint, and an abort of
	 * the parent signal loses nothing that the function returns.
	 */
	static start<T, P = unknown>(fn: Body<T, P>, options?: TaskOptions): Task<T, P> {
		return new Task(fn, options);
	}

	private constructor(fn: Body<T, P>, options: TaskOptions | undefined) {
		super();
		expectFunction('fn', fn);
		expectOptions('options', options);
		const {signal, name, grace = Infinity, keepAlive: keepsAlive = true} = options ?? {};
		this.#grace = expectMilliseconds('grace', grace);
		expectBoolean('keepAlive', keepsAlive);
		this.#keepAlive = keepsAlive;
		this.#controller = new PausableController({signal, name});
		this.name = name;
		this.#work = gatherWork(this.signal, () => this.#look());
		const look = (): void => this.#look();
		this.#unfollow = follow(this.signal, {pause: look, resume: look, abort: look});
		this.#look();
		this.result = this.#run(fn);
	}

	#run(fn: Body<T, P>): Promise<T> {
		return new Promise((resolve, reject) => {
			void this.#call(fn).then(
				(value) => {
					this.#end(this.signal.aborted ? 'stopped' : 'completed');
					resolve(value);
				},
				(error: unknown) => {
					const isStop = isAbortOf(this.signal, error);
					if (!isStop) this.#failure = {error};
					// Whoever stopped it knows of the abort, and a stop() that is waiting reports a failure.
					if (isStop || this.#stopsInProgress > 0) this.result.catch(() => {});
					reject(isStop ? reasonOf(this.signal) : error);
					this.#end(isStop ? 'stopped' : 'failed');
				},
			);
		});
	}

	async #call(fn: Body<T, P>): Promise<T> {
		const {signal, name} = this;
		while (signal.aborted || signal.paused) await signal.checkpoint();
		return fn({signal, name, report: (progress) => this.#report(progress)});
	}

	#look(): void {
		if (this.isEnded) return;
		const {aborted, paused} = this.signal;
		if (aborted) this.#enter('stopping');
		else if (!paused) this.#enter('running');
		else if (this.#state !== 'running' && this.#work.areParked) this.#enter('paused');
		else this.#enter('pausing');
	}

	#enter(state: TaskState): void {
		if (state === this.#state) return;
		this.#state = state;
		const isHeld = state === 'pausing' || state === 'paused';
		if (isHeld && this.#keepAlive) this.#letGo ??= keepAlive();
		if (!isHeld) {
			this.#letGo?.();
			this.#letGo = undefined;
		}
		if (state === 'pausing') this.#work.changed();
		if (state === 'paused') this.#pauses.end('open');
		if (state === 'running') this.#pauses.end('timeout');
		this.dispatchEvent(new Event('statechange'));
	}

	#end(state: 'completed' | 'failed' | 'stopped'): void {
		this.#unfollow();
		this.#work.close();
		detach(this.signal);
		this.#enter(state);
		this.#pauses.end('open');
		this.#ends.end('open');
	}

	#report(progress: P): void {
		if (this.isEnded) return;
		this.#progress = progress;
		this.dispatchEvent(new Event('progress'));
	}

	/** Where the task stands. */
	get state(): TaskState {
		// During the events of an abort from above, the task may not have heard of it yet.
		return this.signal.aborted && !this.isEnded ? 'stopping' : this.#state;
	}

	/** Whether the function has ended. */
	get isEnded(): boolean {
		const state = this.#state;
		return state === 'completed' || state === 'failed' || state === 'stopped';
	}

	/** The last value that the function reported. */
	get progress(): P | undefined {
		return this.#progress;
	}

	/** The signal that the function was given. */
	get signal(): PausableSignal {
		return this.#controller.signal;
	}

	/**
	 * Pauses the task and waits until it really stands still.
	 *
	 * Resolves with `true` when every branch of it waits at a checkpoint or a stopped clock, or when
	 * it has ended; with `false` when it was resumed or `timeout` milliseconds passed first. After a
	 * timeout the pause stays. Rejects only on a bad option. No signal of the caller ends the wait; the
	 * end of the task does, and loses nothing.
	 */
	async pause(reason?: unknown, options?: TaskWaitOptions): Promise<boolean> {
		const timeout = expectTimeout(options);
		if (!this.isEnded) this.#controller.pause(reason);
		// Looks again: work may have moved in this tick.
		if (this.#state === 'paused') this.#look();
		if (this.isEnded || (this.#state === 'paused' && !this.signal.aborted)) return true;
		if (!this.signal.paused && !this.signal.aborted) return false;
		return waitIn(this.#pauses, timeout);
	}

	/** Undoes {@link pause}; holds stay. Returns whether it changed anything. */
	resume(): boolean {
		return this.#controller.resume();
	}

	/**
	 * Pauses the task until the hold is released: no `resume()` ends it. With `{until}` it ends on its own.
	 * Throws a `TypeError` or `RangeError` on a bad option. An abort, or the end of the task, makes it inert.
	 */
	hold(reason?: unknown, options?: HoldOptions): PauseHold {
		// A task that has ended has nothing left to pause: the hold is inert, as after an abort.
		return holdSignal(this.isEnded ? PausableSignal.abort() : this.signal, reason, options);
	}

	/**
	 * Aborts the task, paused or not, and waits until its function has ended, cleanup included.
	 *
	 * Resolves then, or at once if the function has already ended. Rejects with the error of a cleanup
	 * that failed, or with a {@link StopTimeoutError} when `grace` milliseconds passed first. If the
	 * function returns a value in spite of the abort, `result` has it.
	 */
	async stop(reason?: unknown, options?: TaskStopOptions): Promise<void> {
		expectOptions('options', options, '{grace}');
		const grace = options?.grace === undefined ? this.#grace : expectMilliseconds('grace', options.grace);
		if (this.isEnded) return;
		this.#stopsInProgress++;
		this.#controller.abort(reason);
		const hasEnded = this.isEnded || (await waitIn(this.#ends, grace));
		this.#stopsInProgress--;
		if (!hasEnded) throw new StopTimeoutError(this.name ?? 'unnamed', grace);
		if (this.#failure !== undefined) throw this.#failure.error;
	}

	/**
	 * Waits until the function has ended, in whatever way. Rejects only on a bad option.
	 *
	 * Resolves with `true` when it has ended, with `false` when `timeout` milliseconds passed first. No
	 * pause or abort of the caller ends the wait, and a timeout loses nothing: wait again.
	 */
	async join(options?: TaskWaitOptions): Promise<boolean> {
		const timeout = expectTimeout(options);
		return this.isEnded || waitIn(this.#ends, timeout);
	}

	/** Stops the task: `await using task = Task.start(…)`. */
	async [Symbol.asyncDispose](): Promise<void> {
		await this.stop();
	}
}

function expectTimeout(options: TaskWaitOptions | undefined): number {
	expectOptions('options', options, '{timeout}');
	return options?.timeout === undefined ? Infinity : expectMilliseconds('timeout', options.timeout);
}
