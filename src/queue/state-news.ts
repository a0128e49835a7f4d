import type {QueueState} from './options.ts';

/** Tells of states and progress: one event of each in a tick at most, with what is so by then. */
export class StateNews {
	readonly #group: EventTarget & {readonly state: QueueState};
	#shown: QueueState = 'running';
	#isScheduled = false;

	constructor(group: EventTarget & {readonly state: QueueState}) {
		this.#group = group;
	}

	/** Somebody listens from now on: the state is known to them. */
	begin(): void {
		this.#shown = this.#group.state;
	}

	/** Something may have changed. */
	schedule(): void {
		if (this.#isScheduled) return;
		this.#isScheduled = true;
		void Promise.resolve().then(() => this.#tell());
	}

	#tell(): void {
		this.#isScheduled = false;
		const {state} = this.#group;
		if (state !== this.#shown) {
			this.#shown = state;
			this.#group.dispatchEvent(new Event('statechange'));
		}
		this.#group.dispatchEvent(new Event('progress'));
	}
}
