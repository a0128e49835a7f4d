import {onceAJob} from '../core/index.ts';
import type {QueueState} from './options.ts';

/** Fires `statechange` and `progress`: at most one of each in a tick, with the state at its end. */
export class StateNews {
	readonly #group: EventTarget & {readonly state: QueueState};
	#shown: QueueState | null = null;
	/** To be called when the state or a count may have changed. */
	readonly schedule: () => void = onceAJob(() => this.#tell());

	constructor(group: EventTarget & {readonly state: QueueState}) {
		this.#group = group;
	}

	/** To be called when the first listener comes: only later changes of the state are news to it. */
	begin(): void {
		this.#shown = this.#group.state;
	}

	#tell(): void {
		const {state} = this.#group;
		if (state !== this.#shown) {
			this.#shown = state;
			this.#group.dispatchEvent(new Event('statechange'));
		}
		this.#group.dispatchEvent(new Event('progress'));
	}
}
