import {onceAJob} from '../core/index.ts';

/** Fires the events of the beginning and the end of a rate limit as p-queue does: in a microtask, each once. */
export class RateNews {
	readonly #isLimited: () => boolean;
	readonly #tell: (isLimited: boolean) => void;
	#wasLimited = false;
	/** To be called when the limit may have begun or ended. */
	readonly schedule: () => void = onceAJob(() => this.look());

	constructor(isLimited: () => boolean, tell: (isLimited: boolean) => void) {
		this.#isLimited = isLimited;
		this.#tell = tell;
	}

	/** Looks now, and fires the event of a change. */
	look(): void {
		const isLimited = this.#isLimited();
		if (isLimited === this.#wasLimited) return;
		this.#wasLimited = isLimited;
		this.#tell(isLimited);
	}
}
