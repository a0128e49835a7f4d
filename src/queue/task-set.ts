import type {QueueAddOptions} from 'p-queue';
import type {Dispatcher} from './dispatcher.ts';
import {laneOf, type Shared, TaskGroup} from './group.ts';
import {Lane} from './lane.ts';
import {keyOf, pathOf} from './walk.ts';

/**
 * A part of a queue's tasks that you pause, resume and abort as a whole.
 *
 * Use it for tasks that belong together: a host of a crawl, a customer, a job. Get it from
 * `queue.taskSet(name, options)`; sets can have sets inside. Pausing one never stops the others: a
 * parked task gives its slot to them and takes one again, before newcomers, when it continues.
 *
 * @example
 * ```ts
 * import {PausableQueue} from 'pausable-signal/queue';
 *
 * const queue = new PausableQueue({concurrency: 2});
 * const slow = queue.taskSet('slow.example', {concurrency: 1});
 * const hold = slow.hold('429', {until: 60_000});
 * const held = slow.add(() => 'held back');
 * await queue.add(() => 'not held'); // => 'not held'
 * slow.size; // => 1
 * hold.release(); // => true
 * await held; // => 'held back'
 * ```
 */
export class TaskSet<
	EnqueueOptionsType extends QueueAddOptions = QueueAddOptions,
> extends TaskGroup<EnqueueOptionsType> {
	readonly #dispatcher: Dispatcher;

	/** @internal */
	constructor(lane: Lane, shared: Shared) {
		if (!(lane instanceof Lane)) throw new TypeError('Illegal constructor: taskSet() makes task sets');
		super(lane, shared);
		this.#dispatcher = shared.dispatcher;
	}

	/** The name of the set. `path` has those of the sets around it, too. */
	override get name(): string {
		return super.name!;
	}

	/** The names from the outermost set to this one, joined by `/`. */
	get path(): string {
		return pathOf(laneOf(this))!;
	}

	/**
	 * Rejects the waiting tasks of the set and aborts the running ones, sets inside included.
	 *
	 * Their promises reject at once with the reason; nobody needs to handle that. A slot is free when
	 * the function in it has ended. Afterwards the set is not paused, has a new signal and takes new
	 * tasks. Returns the ids of the tasks that never started.
	 */
	abort(reason?: unknown): string[] {
		const lane = laneOf(this);
		const cause = reason === undefined ? new DOMException('The task set was aborted', 'AbortError') : reason;
		return this.#dispatcher.takeMany(() => {
			const abortOld = lane.renew();
			const ids = lane.abort(cause);
			abortOld(cause);
			return ids;
		});
	}

	/**
	 * Gives the set up at once: frees its name and options, and neither holds nor listeners keep it.
	 *
	 * Use it when you know that you do not need a set any more; `using` calls it at the end of a block.
	 * It aborts the set's signal, which ends its `map()` loops, and the set takes no more tasks. The
	 * name then stands for a new set, with any options. It disposes of the sets inside, too. A second
	 * call does nothing. Throws an `InvalidStateError` while tasks wait or run: `abort()` them, or await
	 * `onIdle()`, first.
	 *
	 * @example
	 * ```ts
	 * import {PausableQueue} from 'pausable-signal/queue';
	 *
	 * const queue = new PausableQueue();
	 * {
	 * 	using shop = queue.taskSet('shop.example', {concurrency: 1});
	 * 	await shop.add(() => 'ran'); // => 'ran'
	 * }
	 * queue.taskSet('shop.example', {concurrency: 5}).concurrency; // => 5
	 * ```
	 */
	dispose(): void {
		const lane = laneOf(this);
		if (lane.isDisposed) return;
		const {size, pending, path, name} = this;
		if (size + pending > 0)
			throw new DOMException(
				`Task set '${path}' has ${size} tasks that wait and ${pending} that run: it cannot be disposed`,
				'InvalidStateError',
			);
		this.#dispatcher.setOptions.forget(keyOf(lane.parent!, name), lane.hadChildren);
		lane.dispose(new DOMException('The task set was disposed', 'AbortError'));
	}

	/** Calls {@link dispose}. */
	[Symbol.dispose](): void {
		this.dispose();
	}
}
