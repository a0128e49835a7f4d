const resolved = Promise.resolve();

/** Fires the events of the beginning and the end of a rate limit as p-queue does: in a microtask, each once. */
export class RateNews {
	readonly #isLimited: () => boolean;
	readonly #tell: (isLimited: boolean) => void;
	#wasLimited = false;
	#isScheduled = false;

	constructor(isLimited: () => boolean, tell: (isLimited: boolean) => void) {
		this.#isLimited = isLimited;
		this.#tell = tell;
	}

	/** To be called when the limit may have begun or ended. */
	schedule(): void {
		if (this.#isScheduled) return;
		this.#isScheduled = true;
		void resolved.then(() => {
			this.#isScheduled = false;
			this.look();
		});
	}

	/** Looks now, and fires the event of a change. */
	look(): void {
		const isLimited = this.#isLimited();
		if (isLimited === this.#wasLimited) return;
		this.#wasLimited = isLimited;
		this.#tell(isLimited);
	}
}
