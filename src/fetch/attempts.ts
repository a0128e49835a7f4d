import {Countdown} from '../time/index.ts';
import type {Settings} from './options.ts';

/**
 * Counts the attempts to take up a transfer since it last got on, and waits between them: in active
 * time, as a pause stops them.
 */
export class Attempts {
	readonly #settings: Settings;
	#made = 0;
	#isOneAllowed = false;
	/** Milliseconds that the server asked for. */
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

	/** Something else than a failure asks for a connection: one attempt is allowed in any case. */
	allowOne(): void {
		this.#made = 0;
		this.#isOneAllowed = true;
	}

	get areUsedUp(): boolean {
		return this.#made >= Math.max(this.#settings.maxAttempts, this.#isOneAllowed ? 1 : 0);
	}

	/** The next attempt is to come after this many milliseconds, or later. */
	delay(ms: number): void {
		this.#asked = ms;
	}

	/** Resolves when it is time for the next one: at once for the first. */
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
