import {
	countFlows,
	expectSignal,
	follow,
	isPaused,
	noteRest,
	PausableController,
	reasonOf,
	retire,
	wrongType,
} from '../core/index.ts';
import {type AnyQueue, type Driver, driverOf, type FollowableQueue} from './foreign-queue.ts';
import {laneOf, TaskGroup} from './group.ts';

export type {FollowableQueue} from './foreign-queue.ts';

const nothing = (): void => {};

/**
 * Pauses, resumes and clears somebody else's queue with a signal.
 *
 * Use it for a queue that a framework or a library made: a `PQueue` (p-queue 9 or 10), one of fastq or
 * async's `queue`. For a queue of your own, `new PausableQueue({signal})` does more: it also stops what
 * runs. While the signal is paused the queue starts nothing, whatever its owner does; on resume it
 * continues, unless its owner paused it. On abort, what waits is cleared. Jobs that run are not
 * touched. They count as work under the signal: a task whose function calls this and waits for the
 * queue is parked when none of them runs any more. The library takes that function to wait for the
 * queue whenever it is at no checkpoint of its own.
 *
 * Returns a function that lets go of the queue and leaves nothing behind. Throws a `TypeError` for a
 * queue that cannot be paused at once, such as bottleneck's limiter.
 *
 * @example
 * ```ts
 * import PQueue from 'p-queue';
 * import {PausableController} from 'pausable-signal';
 * import {followQueue} from 'pausable-signal/queue';
 *
 * const queue = new PQueue({concurrency: 2}); // a library's
 * const controller = new PausableController();
 * const letGo = followQueue(controller.signal, queue);
 * controller.pause();
 * const task = queue.add(() => 'ran');
 * queue.size; // => 1
 * controller.resume();
 * await task; // => 'ran'
 * letGo();
 * ```
 */
export function followQueue(signal: AbortSignal, queue: FollowableQueue): () => void {
	expectSignal('signal', signal);
	if (queue instanceof TaskGroup && laneOf(queue) !== undefined)
		throw new TypeError('queue: a PausableQueue takes {signal}, a TaskSet is under that of its queue');
	const driver = driverOf(queue as unknown as AnyQueue);
	if (driver === undefined) throw wrongType('queue', "a queue of p-queue, fastq or async's `queue`", queue);
	if (signal.aborted) {
		driver.clear(reasonOf(signal));
		return nothing;
	}
	const follower = new QueueFollower(signal, driver);
	return () => follower.letGo();
}

/**
 * Invariants:
 *
 * 1. While it holds the queue, the queue is paused, and its owner's calls only note what the owner
 *    wants. At the end of the hold the queue is as its owner wants it.
 * 2. Its flow on the signal rests while it holds the queue and no job runs.
 */
class QueueFollower {
	readonly #signal: AbortSignal;
	readonly #driver: Driver;
	readonly #inner: PausableController;
	readonly #endFlow: () => void;
	readonly #unfollow: () => void;
	#endHold: (() => void) | null = null;
	#endRest: (() => void) | null = null;

	constructor(signal: AbortSignal, driver: Driver) {
		this.#signal = signal;
		this.#driver = driver;
		this.#inner = new PausableController({signal});
		const flows = countFlows(signal, this.#inner.signal, 1);
		this.#endFlow = () => flows.end();
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
		this.#endFlow();
		retire(this.#inner.signal);
	}
}
