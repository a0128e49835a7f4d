import {Countdown} from '../time/index.ts';
import type {Settings} from './options.ts';

/**
 * Counts the attempts to take up a transfer since it last got on, and waits between them: in active
 * time, as a pause stops them.
 */
export class Attempts {
	readonly #settings: Settings;
	#made = 0;
	#isFree = false;
	#stop: (() => void) | undefined;

	constructor(settings: Settings) {
		this.#settings = settings;
	}

	/** New bytes came: all is forgiven. */
	reset(): void {
		this.#made = 0;
		this.#isFree = false;
	}

	/** Something else than a failure asks for a connection: one attempt is allowed in any case. */
	free(): void {
		this.#made = 0;
		this.#isFree = true;
	}

	get areUsedUp(): boolean {
		return this.#made >= Math.max(this.#settings.maxAttempts, this.#isFree ? 1 : 0);
	}

	/** Resolves when it is time for the next one: at once for the first. */
	async next(): Promise<void> {
		const {signal, baseMs, maxDelayMs} = this.#settings;
		if (this.#made > 0) await this.#wait(signal, Math.min(maxDelayMs, baseMs * 2 ** (this.#made - 1)));
		this.#made++;
	}

	#wait(signal: AbortSignal, ms: number): Promise<void> {
		return new Promise((resolve) => {
			const countdown = new Countdown(signal, ms, {end: resolve, abort: () => resolve()});
			this.#stop = () => {
				countdown.cancel();
				resolve();
			};
		});
	}

	/** Ends a wait. */
	stop(): void {
		this.#stop?.();
	}
}
