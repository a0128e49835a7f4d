import {follow, Gate, isPaused, Timer} from '../core/index.ts';
import {keepAlive} from '../task/index.ts';

/** Who is paused. */
export interface HoldListener {
	/** A pause began, grew long, or ended. */
	changed(): void;
	abort(): void;
}

/**
 * What a pause is to a transfer: a gate that requests wait at, a time after which the connection is
 * given back, and a process that must not end meanwhile.
 */
export class Hold {
	/** Whether the pause has lasted longer than its connection is to be held. */
	isLong = false;
	readonly #signal: AbortSignal;
	readonly #ms: number;
	readonly #listener: HoldListener;
	readonly #gate: Gate = new Gate();
	readonly #unfollow: () => void;
	#timer: Timer | undefined;
	#letProcessEnd: (() => void) | undefined;
	#isOver = false;

	constructor(signal: AbortSignal, ms: number, listener: HoldListener) {
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

	get isOn(): boolean {
		return !this.#isOver && isPaused(this.#signal);
	}

	/** Settles when a pause ends. Who was let through looks again: `while (isOn) await opened()`. */
	opened(): Promise<unknown> {
		return this.#gate.wait();
	}

	#look(): void {
		if (this.isOn) this.#begin();
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

	/** The transfer has ended: nothing is left on the signal, and nobody waits any more. */
	end(): void {
		this.#isOver = true;
		this.#unfollow();
		this.#clear();
	}
}
