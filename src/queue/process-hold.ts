import {onceAJob} from '../core/index.ts';
import {keepAlive} from '../task/index.ts';

/** Keeps the process alive while tasks are held and nothing else would keep it alive. */
export class ProcessHold {
	readonly #isHeld: () => boolean;
	#letGo: (() => void) | null = null;
	// At the end of the tick, because nearly every task waits for a moment before it starts.
	readonly #lookLater = onceAJob(() => this.#keepOrLetGo());

	constructor(isHeld: () => boolean) {
		this.#isHeld = isHeld;
	}

	/** To be called when `isHeld` may have changed. */
	look(): void {
		if (this.#isHeld() !== (this.#letGo !== null)) this.#lookLater();
	}

	#keepOrLetGo(): void {
		if (this.#isHeld()) {
			this.#letGo ??= keepAlive();
		} else {
			this.#letGo?.();
			this.#letGo = null;
		}
	}
}
