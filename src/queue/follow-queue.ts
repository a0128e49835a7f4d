import {
	countFlows,
	expectSignal,
	follow,
	isPaused,
	noteCheckpoint,
	noteRest,
	PausableController,
	PausableSignal,
	reasonOf,
	restWhilePaused,
	retire,
	wrongType,
} from '../core/index.ts';
import {abortable} from '../flow/index.ts';
import {type AnyQueue, type Driver, driverOf, type FollowableQueue} from './foreign-queue.ts';
import {TaskGroup} from './group.ts';

export type {FollowableQueue} from './foreign-queue.ts';

/** The value of `followQueue()`: call it to release the queue. It leaves nothing behind. */
export interface QueueFollower extends Disposable {
	(): void;
	/**
	 * Waits for a promise of the queue. The caller counts as standing still, and gets no result while
	 * the signal is paused.
	 *
	 * Use it in a task that should count as paused while it waits for the queue. Wait only for the
	 * queue's own promises, or for the `Promise.all` of several: the library cannot see the work behind
	 * any other promise, and would count it as standing still.
	 *
	 * It is a checkpoint. Settles as the promise does, after the pause if there is one. Rejects with
	 * the signal's reason on abort, even if the queue leaves the promise pending forever; an abort
	 * loses the value of the promise.
	 */
	wait<T>(promise: T | PromiseLike<T>): Promise<T>;
}

/**
 * Pauses, resumes and clears somebody else's queue with a signal.
 *
 * Use it for a queue that a framework or a library made: a `PQueue` (p-queue 9 or 10), one of fastq or
 * async's `queue`. For a queue of your own, `new PausableQueue({signal})` does more: it also stops
 * running tasks. While the signal is paused the queue starts nothing, whatever its owner does; on
 * resume it continues, unless its owner paused it. An abort clears the waiting jobs. Neither touches
 * running jobs. Those count as work under the signal: a task around it is parked only when none of
 * them runs. A function that awaits the queue still counts as moving, as one that awaits a `fetch`
 * does, unless it awaits {@link QueueFollower.wait | `wait()`} of the returned function.
 *
 * One queue can follow several signals. Returns a function that releases the queue. Throws a
 * `TypeError` for a queue that cannot be paused at once, such as bottleneck's limiter.
 *
 * @example
 * ```ts
 * import PQueue from 'p-queue';
 * import {Task} from 'pausable-signal';
 * import {followQueue} from 'pausable-signal/queue';
 *
 * const queue = new PQueue({concurrency: 2}); // a library's
 * const task = Task.start(async ({signal}) => {
 * 	using follower = followQueue(signal, queue);
 * 	return await follower.wait(queue.add(() => 'ran'));
 * });
 * await task.pause(); // => true
 * queue.isPaused; // => true
 * task.resume();
 * await task.result; // => 'ran'
 * ```
 */
export function followQueue(signal: AbortSignal, queue: FollowableQueue): QueueFollower {
	expectSignal('signal', signal);
	if (queue instanceof TaskGroup)
		throw new TypeError('queue: a PausableQueue takes {signal}, a TaskSet is under that of its queue');
	const driver = driverOf(queue as unknown as AnyQueue);
	if (driver === undefined) throw wrongType('queue', "a queue of p-queue, fastq or async's `queue`", queue);
	const letGo = takeHold(signal, driver);
	return Object.assign(() => letGo(), {
		wait: <T>(promise: T | PromiseLike<T>) => waitAt(signal, promise),
		[Symbol.dispose]: letGo,
	});
}

function takeHold(signal: AbortSignal, driver: Driver): () => void {
	if (signal.aborted) {
		driver.clear(reasonOf(signal));
		return () => {};
	}
	const hold = new QueueHold(signal, driver);
	return () => hold.letGo();
}

async function waitAt<T>(signal: AbortSignal, promise: T | PromiseLike<T>): Promise<T> {
	noteCheckpoint(signal);
	const moveOn = restWhilePaused(signal);
	try {
		return await abortable(signal, promise);
	} finally {
		moveOn();
		if (isPaused(signal)) await PausableSignal.from(signal).checkpoint();
	}
}

/**
 * Invariants:
 *
 * 1. While it holds the queue, the queue is paused, and its owner's calls only record the owner's
 *    wish. At the end of the hold the queue is as its owner wishes.
 * 2. Its flow on the signal rests while it holds the queue and no job runs. No other flow counts as
 *    awaiting it: a caller that waits for the queue rests in `wait()`.
 */
class QueueHold {
	readonly #signal: AbortSignal;
	readonly #driver: Driver;
	readonly #inner: PausableController;
	readonly #unfollow: () => void;
	#endHold: (() => void) | null = null;
	#endRest: (() => void) | null = null;

	constructor(signal: AbortSignal, driver: Driver) {
		this.#signal = signal;
		this.#driver = driver;
		this.#inner = new PausableController({signal});
		countFlows(signal, this.#inner.signal).leave();
		this.#unfollow = follow(signal, {
			pause: () => this.#look(),
			resume: () => this.#look(),
			abort: (reason) => {
				this.#driver.clear(reason);
				this.letGo();
			},
		});
		this.#look();
	}

	#look(): void {
		if (!isPaused(this.#signal)) this.#release();
		else this.#endHold ??= this.#hold();
	}

	#hold(): () => void {
		const endHold = this.#driver.hold();
		const look = (): void => {
			if (this.#driver.running() > 0) this.#move();
			else this.#endRest ??= noteRest(this.#inner.signal);
		};
		const unwatch = this.#driver.watch(look);
		look();
		return () => {
			unwatch();
			this.#move();
			endHold();
		};
	}

	#move(): void {
		this.#endRest?.();
		this.#endRest = null;
	}

	#release(): void {
		const endHold = this.#endHold;
		this.#endHold = null;
		endHold?.();
	}

	letGo(): void {
		this.#unfollow();
		this.#release();
		retire(this.#inner.signal);
	}
}
