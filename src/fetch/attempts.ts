import {Countdown} from '../time/index.ts';
import type {Settings} from './options.ts';

/**
 * Counts the attempts to resume a transfer since its last new byte, and waits between them in active
 * time, as a pause stops the attempts.
 */
export class Attempts {
	readonly #settings: Settings;
	#made = 0;
	#isOneAllowed = false;
	/** Milliseconds that the server asked us to wait. */
	#asked = 0;
	#stop: (() => void) | undefined;

	constructor(settings: Settings) {
		this.#settings = settings;
	}

	/** New bytes arrived: start counting again. */
	reset(): void {
		this.#made = 0;
		this.#isOneAllowed = false;
	}

	/** The connection is missing for another reason than a failure: one attempt is always allowed. */
	allowOne(): void {
		this.#made = 0;
		this.#isOneAllowed = true;
	}

	get areUsedUp(): boolean {
		return this.#made >= Math.max(this.#settings.maxAttempts, this.#isOneAllowed ? 1 : 0);
	}

	/** Delays the next attempt by at least this many milliseconds. */
	delay(ms: number): void {
		this.#asked = ms;
	}

	/** Resolves when it is time for the next attempt: at once for the first one. */
	async next(): Promise<void> {
		const {signal, baseMs, maxDelayMs} = this.#settings;
		const backOff = this.#made > 0 ? baseMs * 2 ** (this.#made - 1) : 0;
		const ms = Math.min(maxDelayMs, Math.max(backOff, this.#asked));
		this.#asked = 0;
		if (this.#made > 0 || ms > 0) await this.#wait(signal, ms);
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
