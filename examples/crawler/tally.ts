import type {Outcome} from './page.ts';

/** How often something went wrong in the same way, and where first. */
export interface Complaint {
	readonly reason: string;
	readonly count: number;
	readonly url: string;
}

/** Adds up what the visits came to. */
export class Tally {
	bytes = 0;
	links = 0;
	readonly #failed = new Map<string, Complaint>();
	readonly #skipped = new Map<string, Complaint>();

	count(url: string, outcome: Outcome): void {
		if (outcome.ending === 'page') {
			this.bytes += outcome.bytes;
			this.links += outcome.links.length;
		} else if (outcome.ending !== 'redirect') {
			const {reason} = outcome;
			const complaints = outcome.ending === 'failed' ? this.#failed : this.#skipped;
			const known = complaints.get(reason);
			complaints.set(reason, {reason, count: (known?.count ?? 0) + 1, url: known?.url ?? url});
		}
	}

	/** By reason, the most frequent first. */
	get failed(): Complaint[] {
		return byCount(this.#failed);
	}

	/** By reason, the most frequent first. */
	get skipped(): Complaint[] {
		return byCount(this.#skipped);
	}
}

function byCount(complaints: Map<string, Complaint>): Complaint[] {
	return [...complaints.values()].toSorted((a, b) => b.count - a.count);
}
