/** Cuts bytes into lines of a limited length. */
export class Lines {
	readonly #longest: number;
	#rest: Buffer = Buffer.alloc(0);

	constructor(longest: number) {
		this.#longest = longest;
	}

	/** The lines that are complete now. Throws a RangeError when one is too long. */
	add(bytes: Buffer): string[] {
		const lines: string[] = [];
		let rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
		for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
			this.#expectShort(end);
			lines.push(rest.toString('utf8', 0, end));
			rest = rest.subarray(end + 1);
		}
		this.#expectShort(rest.length);
		this.#rest = rest;
		return lines;
	}

	#expectShort(length: number): void {
		if (length > this.#longest) throw new RangeError(`expected a line of ${this.#longest} bytes at most`);
	}
}
