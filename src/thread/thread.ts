import {
	expectMilliseconds,
	expectOptions,
	type PausableSignal,
	type PauseHold,
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
	/** Milliseconds from an abort, whoever aborts, until the worker is terminated. Default: never. */
	readonly grace?: number | undefined;
	/** What the function is given as `data`: a copy, as by `structuredClone()`. */
	readonly data?: unknown;
	/** What is moved and not copied: parts of `data`, such as an `ArrayBuffer` or a port. */
	readonly transfer?: readonly object[] | undefined;
	/** Options that the worker is made with, where the source is a URL. */
	readonly worker?: ThreadWorkerOptions | undefined;
}

/** How {@link Thread.stop} ended it. */
export interface ThreadStop {
	/** Whether its function did not end within the grace, and its worker was terminated. */
	readonly terminated: boolean;
}

/**
 * A function in a worker thread under control: pause it, resume it, stop it, wait for it.
 *
 * Use it for work that would block the event loop: a loop that never awaits calls
 * `signal.checkpointSync()` at each turn. Everything is as with a {@link Task}: states, events,
 * answers and rejections, hierarchy; a pause and its reasons reach the thread, and so does an abort.
 * What does not end within its `grace` after an abort is terminated.
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
export class Thread<T, P = unknown> extends EventTarget {
	readonly #task: Task<T, P>;
	#host: Host | undefined;
	#job: Job | undefined;
	#grace: number;

	/**
	 * Starts a thread. Born under a paused signal, it starts its worker on resume.
	 *
	 * Throws a `TypeError` or `RangeError` on a bad argument, and a `DataCloneError` when `data`
	 * cannot be cloned. What goes wrong in the worker is in `result`.
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
		// A worker that was never needed leaves its port.
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
	 * Resolves with a copy of its value, also when it returned after an abort. Rejects with its error,
	 * rebuilt as the native class that it derives from; with the signal's reason when it ended by the
	 * abort or was terminated; with a {@link ThreadExitError} when the worker exited before; with the
	 * platform's error when the worker failed.
	 */
	get result(): Promise<T> {
		return this.#task.result;
	}

	/** Where the thread stands. */
	get state(): TaskState {
		return this.#task.state;
	}

	/** Whether the function has ended, and the worker with it. */
	get isEnded(): boolean {
		return this.#task.isEnded;
	}

	/** What the function reported last. */
	get progress(): P | undefined {
		return this.#task.progress;
	}

	/** The signal that the thread follows. */
	get signal(): PausableSignal {
		return this.#task.signal;
	}

	/** The name that was given. */
	get name(): string | undefined {
		return this.#task.name;
	}

	/** Whether the worker was terminated because its function did not end within the grace. */
	get terminated(): boolean {
		return this.#job?.isTerminated ?? false;
	}

	/** The worker: undefined before it is started. */
	get worker(): WorkerLike | undefined {
		return this.#host?.worker;
	}

	/**
	 * Pauses the thread and waits until it really stands still: blocked in `checkpointSync()`, or with
	 * every branch of its work waiting.
	 *
	 * Resolves with `true` then, or when it has ended; with `false` when it was resumed or `timeout`
	 * milliseconds passed first. What it reported before it came to rest has arrived.
	 */
	pause(reason?: unknown, options?: TaskWaitOptions): Promise<boolean> {
		return this.#task.pause(reason, options);
	}

	/** Takes back {@link pause}. Returns whether it changed anything. */
	resume(): boolean {
		return this.#task.resume();
	}

	/** Pauses the thread with a hold of one's own, which no other's `resume()` takes away. */
	hold(reason?: unknown): PauseHold {
		return this.#task.hold(reason);
	}

	/**
	 * Aborts the thread, paused or not, and waits until it has ended, cleanup included.
	 *
	 * After `grace` milliseconds (default: the thread's) the worker is terminated. Rejects with the
	 * error of a cleanup that failed, and with a `StopTimeoutError` when the platform has not ended
	 * a terminated worker within 5 seconds: it runs native code, and keeps no process alive.
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
	 * Waits for the end, whatever it is. Never rejects but on a bad option.
	 *
	 * Resolves with `true` when the thread has ended, with `false` when `timeout` milliseconds passed
	 * first.
	 */
	join(options?: TaskWaitOptions): Promise<boolean> {
		return this.#task.join(options);
	}

	/** Stops the thread: `await using thread = Thread.start(…)`. */
	async [Symbol.asyncDispose](): Promise<void> {
		await this.stop();
	}

	/** As on every `EventTarget`. The events are `statechange` and `progress`. */
	override addEventListener<K extends keyof TaskEventMap>(
		type: K,
		listener: (this: this, event: TaskEventMap[K]) => unknown,
		options?: boolean | AddEventListenerOptions,
	): void;
	override addEventListener(
		type: string,
		listener: EventListenerOrEventListenerObject | null,
		options?: boolean | AddEventListenerOptions,
	): void;
	override addEventListener(
		type: string,
		listener: EventListenerOrEventListenerObject | null,
		options?: boolean | AddEventListenerOptions,
	): void {
		super.addEventListener(type, listener, options);
	}
}

const nobody = {answered(): void {}, failed(): void {}, exited(): void {}, stuck(): void {}};

export function expectTransfer(transfer: unknown): void {
	if (transfer !== undefined && !Array.isArray(transfer))
		throw wrongType('transfer', 'an array of what is moved', transfer);
}

// Into the port, where it waits for the thread.
function postData(channel: Channel, data: unknown, transfer: readonly object[] = []): void {
	expectTransfer(transfer);
	const message: JobMessage = {data};
	channel.port.postMessage(message, transfer as Transferable[]);
}
