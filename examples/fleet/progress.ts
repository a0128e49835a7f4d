import {fit} from '../crawler/terminal/text.ts';
import type {HostCounts} from './frontier.ts';
import {type Hold, holdText, placeOf, progressText} from './words.ts';

export interface Terminal {
	readonly isTTY?: boolean;
	readonly columns?: number;
	write(text: string): unknown;
}

const rateMs = 5000;
const quietMs = 5000;

/** Lines for what happens, and one for how far it is: at the foot of a terminal, elsewhere now and then. */
export class Progress {
	readonly #out: Terminal;
	readonly #begin = performance.now();
	/** How many pages there were when, of the last seconds. */
	readonly #looks: {readonly at: number; readonly pages: number}[] = [];
	#holds: ReadonlyMap<string, Hold> = new Map();
	#foot = '';
	#shownAt = -Infinity;

	constructor(out: Terminal) {
		this.#out = out;
	}

	say(text: string): void {
		this.#out.write(`${this.#erased}${text}\n${this.#foot}`);
	}

	show(sum: HostCounts, holds: readonly Hold[]): void {
		this.#tellHolds(holds);
		const now = performance.now();
		const text = progressText(sum, now - this.#begin, this.#rate(now, sum.page));
		if (this.#out.isTTY === true) {
			const old = this.#erased;
			this.#foot = fit(text, (this.#out.columns ?? 80) - 1);
			this.#out.write(old + this.#foot);
		} else if (now - this.#shownAt >= quietMs) {
			this.#shownAt = now;
			this.#out.write(`${text}\n`);
		}
	}

	/** Takes the line at the foot away. */
	finish(): void {
		this.#out.write(this.#erased);
		this.#foot = '';
	}

	get #erased(): string {
		return this.#foot === '' ? '' : '\r\u001B[K';
	}

	#tellHolds(holds: readonly Hold[]): void {
		const now = Date.now();
		const known = this.#holds;
		this.#holds = new Map(holds.map((hold) => [`${hold.scope} ${hold.id}`, hold]));
		for (const [key, hold] of this.#holds) {
			const [text, old] = [holdText(hold, now), known.get(key)];
			if (old === undefined || holdText(old, now) !== text) this.say(`${placeOf(hold)} is ${text}`);
		}
		const isStillHeld = (scope: string): boolean =>
			holds.some((hold) => hold.scope === scope || hold.scope === '*');
		for (const [key, hold] of known) {
			if (!this.#holds.has(key) && !isStillHeld(hold.scope)) this.say(`${placeOf(hold)} continues`);
		}
	}

	#rate(now: number, pages: number): number {
		const looks = this.#looks;
		looks.push({at: now, pages});
		while (looks.length > 2 && looks[1]!.at < now - rateMs) looks.shift();
		const [first] = looks;
		const seconds = (now - first!.at) / 1000;
		return seconds > 0 ? (pages - first!.pages) / seconds : 0;
	}
}
