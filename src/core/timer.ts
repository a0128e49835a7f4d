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

	/** `keepAlive: false` lets the process end before the timer does, where the platform can. */
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
