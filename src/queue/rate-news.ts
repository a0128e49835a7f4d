const resolved = Promise.resolve();

/** Tells of the beginning and the end of a rate limit as p-queue does: in a microtask, each once. */
export class RateNews {
	readonly #isLimited: () => boolean;
	readonly #tell: (isLimited: boolean) => void;
	#wasLimited = false;
	#isScheduled = false;

	constructor(isLimited: () => boolean, tell: (isLimited: boolean) => void) {
		this.#isLimited = isLimited;
		this.#tell = tell;
	}

	/** Something may have changed. */
	schedule(): void {
		if (this.#isScheduled) return;
		this.#isScheduled = true;
		void resolved.then(() => {
			this.#isScheduled = false;
			this.look();
		});
	}

	/** Looks and tells now. */
	look(): void {
		const isLimited = this.#isLimited();
		if (isLimited === this.#wasLimited) return;
		this.#wasLimited = isLimited;
		this.#tell(isLimited);
	}
}
