/** What happened in a stretch of time. */
export interface Sample {
	readonly seconds: number;
	readonly pages: number;
	readonly pausedSeconds: number;
}

/** The course of a crawl, for a chart: never more than `most` samples, coarser the longer it takes. */
export class History {
	readonly #most: number;
	readonly #samples: Sample[] = [];
	#grain = 1;
	#current: Sample = {seconds: 0, pages: 0, pausedSeconds: 0};
	#count = 0;

	constructor(most = 300) {
		this.#most = most;
	}

	get samples(): readonly Sample[] {
		return this.#count === 0 ? this.#samples : [...this.#samples, this.#current];
	}

	add(sample: Sample): void {
		this.#current = sum(this.#current, sample);
		if (++this.#count < this.#grain) return;
		this.#samples.push(this.#current);
		this.#current = {seconds: 0, pages: 0, pausedSeconds: 0};
		this.#count = 0;
		if (this.#samples.length >= this.#most) this.#coarsen();
	}

	#coarsen(): void {
		const pairs = this.#samples.splice(0);
		for (let index = 0; index < pairs.length; index += 2)
			this.#samples.push(pairs.slice(index, index + 2).reduce(sum));
		this.#grain *= 2;
	}
}

function sum(one: Sample, other: Sample): Sample {
	return {
		seconds: one.seconds + other.seconds,
		pages: one.pages + other.pages,
		pausedSeconds: one.pausedSeconds + other.pausedSeconds,
	};
}
