import {expectOptions, expectSignal, follow, reasonOf} from '../core/index.ts';
import type {QueueWaitOptions} from './options.ts';

interface Condition {
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

	async wait(isMet: () => boolean, options: QueueWaitOptions | undefined): Promise<void> {
		const signal = expectWaitSignal(options);
		if (signal?.aborted === true) throw reasonOf(signal);
		if (isMet()) return;
		await new Promise<void>((resolve, reject) => {
			const condition = {
				isMet,
				resolve(): void {
					unfollow?.();
					// A tick later, as p-queue's: what started at that moment may have ended when the caller goes on.
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

	look(): void {
		for (const condition of this.#conditions) {
			if (!condition.isMet()) continue;
			this.#conditions.delete(condition);
			condition.resolve();
		}
	}
}
