import {followAbort} from './follow-abort.ts';
import {reasonOf} from './outside.ts';
import {expectBoolean, expectMilliseconds, expectOptions, expectSignal} from './validate.ts';
import {Timer} from './timer.ts';

/** Options of {@link Gate.wait}. */
export interface GateWaitOptions {
	/** The most milliseconds to wait, wall-clock time. Default: no limit. */
	readonly timeout?: number | undefined;
	/** Its abort ends the wait, which rejects with the reason. Its pauses do not matter. */
	readonly signal?: AbortSignal | undefined;
}

/**
 * A gate that async work waits at: `threading.Event` for promises.
 *
 * Use it where you have no signal, or as a building block. For work that you pause and abort, use a
 * `PausableController` and its `signal.gate`.
 *
 * Edge-triggered: when the gate opens, all its waiters go through, even if it closes again in the same
 * tick.
 *
 * @example
 * ```ts
 * import {Gate} from 'pausable-signal';
 *
 * const gate = new Gate(false);
 * const passed = gate.wait();
 * gate.open(); // => true
 * await passed; // => true
 * ```
 */
export class Gate {
	#isOpen: boolean;
	/** The functions that end the waits: first come, first served. */
	readonly #waits = new Set<(hasPassed: boolean) => void>();

	/** Makes an open gate, or a closed one with `new Gate(false)`. */
	constructor(open = true) {
		expectBoolean('open', open);
		this.#isOpen = open;
	}

	/** Whether a `wait()` would go through at once. */
	get isOpen(): boolean {
		return this.#isOpen;
	}

	/** The number of waiters. */
	get waiting(): number {
		return this.#waits.size;
	}

	/** Opens the gate and lets all waiters through. Returns whether it was closed. */
	open(): boolean {
		if (this.#isOpen) return false;
		this.#isOpen = true;
		this.release();
		return true;
	}

	/** Closes the gate, so that later waits wait. Returns whether it was open. */
	close(): boolean {
		const changed = this.#isOpen;
		this.#isOpen = false;
		return changed;
	}

	/** Lets the present waiters through, and leaves the gate closed. Returns their number. */
	release(): number {
		const {size} = this.#waits;
		for (const end of this.#waits) end(true);
		return size;
	}

	/**
	 * Waits until the gate is open.
	 *
	 * Resolves with `true` when it goes through, with `false` when `timeout` milliseconds passed first.
	 * Rejects with the signal's reason when `signal` aborts, even if the gate is open; an abort loses
	 * nothing. Rejects with a `TypeError` or `RangeError` on a bad option.
	 */
	async wait(options?: GateWaitOptions): Promise<boolean> {
		expectOptions('options', options, '{timeout}');
		const {timeout = Infinity, signal} = options ?? {};
		expectMilliseconds('timeout', timeout);
		if (signal !== undefined) expectSignal('signal', signal);
		const waits = timeout > 0 && !this.#isOpen && signal?.aborted !== true;
		const hasPassed = waits ? await this.#park(timeout, signal) : this.#isOpen;
		// The gate may be opened in the middle of a tick: an abort later in that tick still counts.
		if (signal?.aborted === true) throw reasonOf(signal);
		return hasPassed;
	}

	#park(timeout: number, signal: AbortSignal | undefined): Promise<boolean> {
		return new Promise((resolve) => {
			const end = (hasPassed: boolean): void => {
				if (!this.#waits.delete(end)) return;
				timer?.cancel();
				unfollow?.();
				resolve(hasPassed);
			};
			const giveUp = (): void => end(false);
			this.#waits.add(end);
			const timer = timeout < Infinity ? new Timer(giveUp, timeout) : undefined;
			const unfollow = signal && followAbort(signal, giveUp);
		});
	}
}
