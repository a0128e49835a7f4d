/**
 * When the waiting room is swept: after every change, and again once a lease, as another worker may
 * have failed to.
 *
 * Invariants:
 *
 * 1. One sweep runs at a time. Whatever asks meanwhile gets one more after it.
 * 2. No sweep begins after `stop()`.
 */
import {Timer} from '../core/index.ts';

export class Sweep {
	readonly #sweepOnce: () => Promise<void>;
	readonly #everyMs: number;
	#timer: Timer | undefined;
	#running: Promise<void> | undefined;
	#isDue = false;
	#isStopped = false;

	/** `sweepOnce` never rejects. */
	constructor(sweepOnce: () => Promise<void>, everyMs: number) {
		this.#sweepOnce = sweepOnce;
		this.#everyMs = everyMs;
	}

	/** Sweeps now, or once more after the sweep that runs. */
	ask(): void {
		if (this.#isStopped) return;
		this.#isDue = true;
		this.#running ??= this.#run();
	}

	/** Resolves when the sweep that runs has ended. */
	async stop(): Promise<void> {
		this.#isStopped = true;
		this.#timer?.cancel();
		await this.#running;
	}

	async #run(): Promise<void> {
		this.#timer?.cancel();
		while (this.#isDue && !this.#isStopped) {
			this.#isDue = false;
			await this.#sweepOnce();
		}
		this.#running = undefined;
		if (!this.#isStopped) this.#timer = new Timer(() => this.ask(), this.#everyMs, false);
	}
}
