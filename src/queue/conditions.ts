import {expectOptions, expectSignal, follow, type Pool, reasonOf} from '../core/index.ts';
import type {QueueWaitOptions} from './options.ts';

interface Condition {
	/** The events after which the condition may be met. */
	readonly moments: readonly string[];
	readonly isMet: () => boolean;
	readonly resolve: () => void;
}

export function expectWaitSignal(options: QueueWaitOptions | undefined): AbortSignal | undefined {
	expectOptions('options', options);
	return options?.signal === undefined ? undefined : expectSignal('signal', options.signal);
}

const resolved = Promise.resolve();

/** Calls that wait for a state: each resolves when `look()` finds its condition met. */
export class Conditions {
	readonly #conditions = new Set<Condition>();
	readonly #host: {readonly pool: Pool};

	constructor(host: {readonly pool: Pool}) {
		this.#host = host;
	}

	get size(): number {
		return this.#conditions.size;
	}

	/** Waits until `isMet()`, which it calls at each of these moments. */
	async wait(
		moments: readonly string[],
		isMet: () => boolean,
		options: QueueWaitOptions | undefined,
	): Promise<void> {
		const signal = expectWaitSignal(options);
		if (signal?.aborted === true) throw reasonOf(signal);
		if (isMet()) return;
		const {pool} = this.#host;
		pool.await();
		await new Promise<void>((resolve, reject) => {
			const condition = {
				moments,
				isMet,
				resolve(): void {
					unfollow?.();
					pool.leave();
					// One microtask later, as in p-queue: a task that started at that moment may have ended by the
					// time the caller continues.
					void resolved.then(resolve);
				},
			};
			this.#conditions.add(condition);
			const unfollow =
				signal &&
				follow(signal, {
					abort: (reason) => {
						this.#conditions.delete(condition);
						pool.leave();
						reject(reason);
					},
				});
		});
	}

	/** Checks the conditions that wait for this moment; without a moment, all of them. */
	look(moment?: string): void {
		for (const condition of this.#conditions) {
			if (moment !== undefined && !condition.moments.includes(moment)) continue;
			if (!condition.isMet()) continue;
			this.#conditions.delete(condition);
			condition.resolve();
		}
	}
}
