// The longest delay that setTimeout keeps: beyond it the platform fires at once.
const longest = 2 ** 31 - 1;

/**
 * A `setTimeout` of any length, `Infinity` (never) included.
 *
 * Built on the global `setTimeout` as it is at the moment of the call, so that users' fake timers
 * drive it.
 */
export class Timer {
	#handle: ReturnType<typeof setTimeout> | undefined;
	readonly #callback: () => void;
	readonly #keepAlive: boolean;

	/** `keepAlive: false` lets the process end before the timer does, where the platform can. */
	constructor(callback: () => void, ms: number, keepAlive = true) {
		this.#callback = callback;
		this.#keepAlive = keepAlive;
		if (ms !== Infinity) this.#arm(ms);
	}

	#arm(ms: number): void {
		const turn = Math.min(ms, longest);
		this.#handle = setTimeout(() => {
			this.#handle = undefined;
			if (turn < ms) this.#arm(ms - turn);
			else this.#callback();
		}, turn);
		if (!this.#keepAlive) (this.#handle as {unref?: () => void}).unref?.();
	}

	cancel(): void {
		if (this.#handle === undefined) return;
		clearTimeout(this.#handle);
		this.#handle = undefined;
	}
}
