import {
	expectMilliseconds,
	expectOptions,
	type PausableSignal,
	type PauseHold,
	TypedTarget,
	wrongType,
} from '../core/index.ts';
import {
	StopTimeoutError,
	Task,
	type TaskEventMap,
	type TaskOptions,
	type TaskState,
	type TaskStopOptions,
	type TaskWaitOptions,
} from '../task/index.ts';
import {type Channel, type ChannelEnd, createChannel} from './channel.ts';
import {expectSource, Host, type HostOptions, type ThreadSource} from './host.ts';
import type {ThreadWorkerOptions} from './host-node.ts';
import {Job} from './job.ts';
import type {JobMessage} from './messages.ts';
import type {WorkerLike} from './platform.ts';

/** Options of {@link Thread.start}. */
export interface ThreadOptions extends TaskOptions {
	/** Milliseconds from an abort, whoever aborts, until its worker is terminated. Default: never. */
	readonly grace?: number | undefined;
	/** The function gets a copy of this as `data`, as by `structuredClone()`. */
	readonly data?: unknown;
	/** Parts of `data` to move instead of copying, such as an `ArrayBuffer` or a port. */
	readonly transfer?: readonly object[] | undefined;
	/** Options of the worker, if the source is a URL. */
	readonly worker?: ThreadWorkerOptions | undefined;
}

/** The value of {@link Thread.stop}. */
export interface ThreadStop {
	/** Whether its worker was terminated, because its function did not end within the grace. */
	readonly terminated: boolean;
}

/**
 * A function in a worker thread under control: pause it, resume it, stop it, wait for it.
 *
 * Use it for work that would block the event loop: a loop that never awaits calls
 * `signal.checkpointSync()` at each turn. It works as a {@link Task} does: states, events, answers,
 * rejections and hierarchy are the same; pauses, their reasons and an abort reach the thread. If its
 * function does not end within `grace` after an abort, the worker is terminated.
 *
 * The source is the URL of a module whose default export is the function (Node, Deno, Bun), or, for
 * browsers and bundlers, a function that makes the worker of a module with {@link defineThread}.
 *
 * @example
 * ```ts
 * import {PausableController} from 'pausable-signal';
 * import {Thread} from 'pausable-signal/thread';
 *
 * const night = new PausableController();
 * night.pause('wait for the night'); // its worker starts on resume
 * const source = new URL('./primes.js', import.meta.url);
 * const thread = Thread.start<number>(source, {data: 1e9, grace: 500, signal: night.signal});
 * await thread.pause('lunch'); // => true
 * thread.signal.holds.map(({reason}) => reason); // => [ 'lunch', 'wait for the night' ]
 * await thread.stop('enough'); // => { terminated: false }
 * thread.state; // => 'stopped'
 * ```
 */
export class Thread<T, P = unknown> extends TypedTarget<TaskEventMap> {
	readonly #task: Task<T, P>;
	#host: Host | undefined;
	#job: Job | undefined;
	#grace: number;

	/**
	 * Starts a thread. Under a paused signal, it starts its worker on resume.
	 *
	 * Throws a `TypeError` or `RangeError` on a bad argument, and a `DataCloneError` if `data` cannot be
	 * cloned. An error in the worker rejects `result`.
	 */
	static start<T, P = unknown>(source: ThreadSource, options?: ThreadOptions): Thread<T, P> {
		return new Thread(source, options);
	}

	private constructor(source: ThreadSource, options: ThreadOptions = {}) {
		super();
		expectSource(source);
		expectOptions('options', options, '{data}');
		const {data, transfer, worker, name, grace = Infinity} = options;
		expectOptions('worker', worker, '{env}');
		this.#grace = expectMilliseconds('grace', grace);
		const pair = createChannel();
		try {
			postData(pair.channel, data, transfer);
			const hostOptions = {source, worker, name};
			this.#task = Task.start<T, P>(
				({signal, report}) => this.#run(pair, hostOptions, signal, report, options),
				{...options, grace: undefined},
			);
		} catch (error) {
			pair.channel.port.close();
			throw error;
		}
		for (const type of ['statechange', 'progress'] as const)
			this.#task.addEventListener(type, () => this.dispatchEvent(new Event(type)));
		// If the worker was never needed, its port must still be closed.
		void this.#task.join().then(() => pair.channel.port.close());
	}

	#run(
		pair: {channel: Channel; end: ChannelEnd},
		hostOptions: HostOptions,
		signal: PausableSignal,
		report: (progress: P) => void,
		{name, keepAlive = true}: ThreadOptions,
	): Promise<T> {
		const host = (this.#host = new Host(hostOptions, pair, nobody));
		this.#job = new Job(host, {
			signal,
			name,
			keepAlive,
			isLast: true,
			grace: this.#grace,
			report,
		});
		return this.#job.result as Promise<T>;
	}

	/**
	 * How the function ended; it settles when the worker has exited.
	 *
	 * Resolves with a copy of its value, even if it returned after an abort. Rejects with its error,
	 * rebuilt as the native class that it derives from; with the signal's reason if the abort or a
	 * termination ended it; with a {@link ThreadExitError} if the worker exited first; with the
	 * platform's error if the worker failed.
	 */
	get result(): Promise<T> {
		return this.#task.result;
	}

	/** The state of the thread. */
	get state(): TaskState {
		return this.#task.state;
	}

	/** Whether the function has ended, and the worker with it. */
	get isEnded(): boolean {
		return this.#task.isEnded;
	}

	/** The last value that the function reported. */
	get progress(): P | undefined {
		return this.#task.progress;
	}

	/** The signal that the thread follows. */
	get signal(): PausableSignal {
		return this.#task.signal;
	}

	/** The name from the options. */
	get name(): string | undefined {
		return this.#task.name;
	}

	/** Whether the worker was terminated because its function did not end within the grace. */
	get terminated(): boolean {
		return this.#job?.isTerminated ?? false;
	}

	/** The worker; undefined before its start. */
	get worker(): WorkerLike | undefined {
		return this.#host?.worker;
	}

	/**
	 * Pauses the thread and waits until it really stands still: blocked in `checkpointSync()`, or with
	 * every branch of its work waiting.
	 *
	 * Resolves with `true` then, or when it has ended; with `false` when it was resumed or `timeout`
	 * milliseconds passed first. By then, all its earlier reports have arrived.
	 */
	pause(reason?: unknown, options?: TaskWaitOptions): Promise<boolean> {
		return this.#task.pause(reason, options);
	}

	/** Undoes {@link pause}; holds stay. Returns whether it changed anything. */
	resume(): boolean {
		return this.#task.resume();
	}

	/** Pauses the thread until the hold is released: no `resume()` ends it. */
	hold(reason?: unknown): PauseHold {
		return this.#task.hold(reason);
	}

	/**
	 * Aborts the thread, paused or not, and waits until it has ended, cleanup included.
	 *
	 * After `grace` milliseconds (default: the thread's) it terminates the worker. Rejects with the error
	 * of a cleanup that failed, and with a `StopTimeoutError` if the platform has not ended a terminated
	 * worker within 5 seconds: such a worker runs native code, and does not keep the process alive.
	 */
	async stop(reason?: unknown, options?: TaskStopOptions): Promise<ThreadStop> {
		expectOptions('options', options, '{grace}');
		const {grace} = options ?? {};
		if (grace !== undefined) this.#grace = expectMilliseconds('grace', grace);
		if (grace !== undefined && this.#job !== undefined) this.#job.grace = grace;
		const stopping = this.#task.stop(reason);
		const stuck = this.#job?.whenStuck.then(() => {
			throw new StopTimeoutError(this.name ?? 'unnamed', this.#grace);
		});
		await (stuck === undefined ? stopping : Promise.race([stopping, stuck]));
		return {terminated: this.terminated};
	}

	/**
	 * Waits until the thread has ended, in whatever way. Rejects only on a bad option.
	 *
	 * Resolves with `true` when it has ended, with `false` when `timeout` milliseconds passed first; wait
	 * again then, as a timeout loses nothing.
	 */
	join(options?: TaskWaitOptions): Promise<boolean> {
		return this.#task.join(options);
	}

	/** Stops the thread: `await using thread = Thread.start(…)`. */
	async [Symbol.asyncDispose](): Promise<void> {
		await this.stop();
	}
}

const nobody = {answered(): void {}, failed(): void {}, exited(): void {}, stuck(): void {}};

export function expectTransfer(transfer: unknown): void {
	if (transfer !== undefined && !Array.isArray(transfer))
		throw wrongType('transfer', 'an array of what is moved', transfer);
}

// Puts the data into the port, where it waits for the thread.
function postData(channel: Channel, data: unknown, transfer: readonly object[] = []): void {
	expectTransfer(transfer);
	const message: JobMessage = {data};
	channel.port.postMessage(message, transfer as Transferable[]);
}
