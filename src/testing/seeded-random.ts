/** Until `dispose()`, makes `Math.random` give the same numbers after each `reset()`. */
export class SeededRandom {
	readonly #seed: number;
	readonly #platform: typeof Math.random = Math.random;
	#state: number;

	constructor(seed: number) {
		this.#seed = this.#state = seed;
		Math.random = () => this.next();
	}

	reset(): void {
		this.#state = this.#seed;
	}

	/** The next number, from 0 to just below 1: splitmix32, which needs no tables. */
	next(): number {
		this.#state = (this.#state + 0x9e3779b9) | 0;
		let mixed = this.#state ^ (this.#state >>> 16);
		mixed = Math.imul(mixed, 0x21f0aaad);
		mixed ^= mixed >>> 15;
		mixed = Math.imul(mixed, 0x735a2d97);
		return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
	}

	dispose(): void {
		Math.random = this.#platform;
	}
}
