import {keepAlive} from '../task/index.ts';

/** Keeps the process alive while tasks are held and nothing else would keep it alive. */
export class ProcessHold {
	readonly #isHeld: () => boolean;
	#letGo: (() => void) | null = null;
	#isLooking = false;

	constructor(isHeld: () => boolean) {
		this.#isHeld = isHeld;
	}

	/** To be called when `isHeld` may have changed. */
	look(): void {
		if (this.#isLooking || this.#isHeld() === (this.#letGo !== null)) return;
		// Looks at the end of the tick, because nearly every task waits for a moment before it starts.
		this.#isLooking = true;
		void Promise.resolve().then(() => this.#keepOrLetGo());
	}

	#keepOrLetGo(): void {
		this.#isLooking = false;
		if (this.#isHeld()) {
			this.#letGo ??= keepAlive();
		} else {
			this.#letGo?.();
			this.#letGo = null;
		}
	}
}
