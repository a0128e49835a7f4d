import {expectOptions, expectSignal, follow, reasonOf} from '../core/index.ts';
import type {QueueWaitOptions} from './options.ts';

interface Condition {
	/** Events that may bring what is waited for. */
	readonly moments: readonly string[];
	readonly isMet: () => boolean;
	readonly resolve: () => void;
}

export function expectWaitSignal(options: QueueWaitOptions | undefined): AbortSignal | undefined {
	expectOptions('options', options);
	return options?.signal === undefined ? undefined : expectSignal('signal', options.signal);
}

const resolved = Promise.resolve();

/** Calls that wait for a state: each resolves as soon as its condition is met when looked at. */
export class Conditions {
	readonly #conditions = new Set<Condition>();

	get size(): number {
		return this.#conditions.size;
	}

	/** Waits until it is so, and looks at the moments that are named. */
	async wait(
		moments: readonly string[],
		isMet: () => boolean,
		options: QueueWaitOptions | undefined,
	): Promise<void> {
		const signal = expectWaitSignal(options);
		if (signal?.aborted === true) throw reasonOf(signal);
		if (isMet()) return;
		await new Promise<void>((resolve, reject) => {
			const condition = {
				moments,
				isMet,
				resolve(): void {
					unfollow?.();
					// A tick later, as p-queue's: what started at that moment may have ended when the caller continues.
					void resolved.then(resolve);
				},
			};
			this.#conditions.add(condition);
			const unfollow =
				signal &&
				follow(signal, {
					abort: (reason) => {
						this.#conditions.delete(condition);
						reject(reason);
					},
				});
		});
	}

	/** Looks at those that wait for this moment; without one, at all. */
	look(moment?: string): void {
		for (const condition of this.#conditions) {
			if (moment !== undefined && !condition.moments.includes(moment)) continue;
			if (!condition.isMet()) continue;
			this.#conditions.delete(condition);
			condition.resolve();
		}
	}
}
