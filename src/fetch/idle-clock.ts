import {Countdown} from '../time/index.ts';

/**
 * Measures, in active time, how long nothing has come while we wait for something.
 *
 * One countdown serves many waits: starting one for each chunk would cost more than the chunk.
 */
export class IdleClock {
	readonly #signal: AbortSignal;
	readonly #limit: number;
	#countdown: Countdown | undefined;
	#onEnd: (() => void) | undefined;
	/** How much of the current wait will still be left when the countdown ends. */
	#missing = 0;

	constructor(signal: AbortSignal, limit: number) {
		this.#signal = signal;
		this.#limit = limit;
	}

	/** A wait begins: calls back unless `end()` comes in time. */
	begin(onEnd: () => void): void {
		if (this.#limit === Infinity) return;
		this.#onEnd = onEnd;
		if (this.#countdown === undefined) this.#start(this.#limit);
		else this.#missing = this.#limit - this.#countdown.remaining;
	}

	/** Something came. */
	end(): void {
		this.#onEnd = undefined;
	}

	#start(ms: number): void {
		this.#missing = 0;
		// It need not keep the process alive: the connection does.
		this.#countdown = new Countdown(this.#signal, ms, {end: () => this.#look()}, false);
	}

	#look(): void {
		this.#countdown = undefined;
		const onEnd = this.#onEnd;
		if (onEnd === undefined) return;
		if (this.#missing > 0) {
			this.#start(this.#missing);
		} else {
			this.#onEnd = undefined;
			onEnd();
		}
	}

	cancel(): void {
		this.#onEnd = undefined;
		this.#countdown?.cancel();
		this.#countdown = undefined;
	}
}
