// The longest delay that setTimeout can wait: beyond it the platform fires at once.
const longest = 2 ** 31 - 1;

/**
 * A `setTimeout` of any length, `Infinity` (never) included.
 *
 * It uses the global `setTimeout`, looked up at each call, so that users' fake timers drive it.
 */
export class Timer {
	#handle: ReturnType<typeof setTimeout> | undefined;

	/** With `keepAlive: false` the timer does not keep the process alive, if the platform can do that. */
	constructor(callback: () => void, ms: number, keepAlive = true) {
		const arm = (left: number): void => {
			const turn = Math.min(left, longest);
			this.#handle = setTimeout(() => (turn < left ? arm(left - turn) : callback()), turn);
			if (!keepAlive) (this.#handle as {unref?: () => void}).unref?.();
		};
		if (ms !== Infinity) arm(ms);
	}

	cancel(): void {
		clearTimeout(this.#handle);
	}
}
