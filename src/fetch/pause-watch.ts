import {follow, Gate, isPaused, Timer} from '../core/index.ts';
import {keepAlive} from '../task/index.ts';

/** What a {@link PauseWatch} calls. */
export interface PauseListener {
	/** A pause began, grew long, or ended. */
	changed(): void;
	abort(): void;
}

/**
 * Watches a signal's pauses for a transfer: requests wait at its gate, it says when a pause has lasted
 * long enough to close the connection, and it keeps the process alive during a pause.
 */
export class PauseWatch {
	/** Whether the pause has lasted longer than the connection may be held. */
	isLong = false;
	readonly #signal: AbortSignal;
	readonly #ms: number;
	readonly #listener: PauseListener;
	readonly #gate: Gate = new Gate();
	readonly #unfollow: () => void;
	#timer: Timer | undefined;
	#letProcessEnd: (() => void) | undefined;
	#isOver = false;

	constructor(signal: AbortSignal, ms: number, listener: PauseListener) {
		this.#signal = signal;
		this.#ms = ms;
		this.#listener = listener;
		const look = (): void => {
			this.#look();
			listener.changed();
		};
		this.#unfollow = follow(signal, {pause: look, resume: look, abort: () => listener.abort()});
		this.#look();
	}

	get isPaused(): boolean {
		return !this.#isOver && isPaused(this.#signal);
	}

	/** Settles when a pause ends. Another may have begun since, so: `while (isPaused) await pauseEnd()`. */
	pauseEnd(): Promise<unknown> {
		return this.#gate.wait();
	}

	#look(): void {
		if (this.isPaused) this.#begin();
		else this.#clear();
	}

	#begin(): void {
		if (this.#letProcessEnd !== undefined) return;
		this.#gate.close();
		this.#letProcessEnd = keepAlive();
		if (this.#ms === 0) this.isLong = true;
		else this.#timer = new Timer(() => this.#grow(), this.#ms);
	}

	#grow(): void {
		this.isLong = true;
		this.#listener.changed();
	}

	#clear(): void {
		this.#timer?.cancel();
		this.isLong = false;
		this.#letProcessEnd?.();
		this.#letProcessEnd = undefined;
		this.#gate.open();
	}

	/** The transfer has ended: leaves the signal and lets everything through. */
	end(): void {
		this.#isOver = true;
		this.#unfollow();
		this.#clear();
	}
}
