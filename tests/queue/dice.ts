/** Numbers from a seed. */
export class Dice {
	#state: number;

	constructor(seed: number) {
		this.#state = seed;
	}

	/** From 0 up to 1. */
	next(): number {
		this.#state = (this.#state + 0x9e3779b9) | 0;
		let mixed = this.#state ^ (this.#state >>> 16);
		mixed = Math.imul(mixed, 0x21f0aaad);
		mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
		return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
	}

	below(count: number): number {
		return Math.floor(this.next() * count);
	}

	isOne(of: number): boolean {
		return this.below(of) === 0;
	}

	pick<T>(list: readonly T[]): T | undefined {
		return list[this.below(list.length)];
	}
}
