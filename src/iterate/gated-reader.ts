import {GatedSource} from './gated-source.ts';
import type {ItemSource} from './source.ts';

interface Read<T> {
	resolve(result: IteratorResult<T, undefined>): void;
	reject(error: unknown): void;
}

const end: IteratorReturnResult<undefined> = {done: true, value: undefined};

/**
 * A gated source read by promises, as an iterator is.
 *
 * Reads are answered in order. The first to hear of an error or of an abort rejects, all later ones
 * are answered with the end.
 */
export class GatedReader<T> {
	readonly #source: GatedSource<T>;
	readonly #reads: Read<T>[] = [];
	// An abort that came while nobody read: the next read tells it, or the loop would look complete.
	#untold: {readonly reason: unknown} | undefined;

	constructor(signal: AbortSignal, source: ItemSource<T>) {
		const reads = this.#reads;
		this.#source = new GatedSource(signal, source, {
			get wants() {
				return reads.length > 0;
			},
			item: (result) => reads.shift()?.resolve(result),
			end: () => {
				reads.shift()?.resolve(end);
				queueEnds(reads);
			},
			error: (error) => {
				const read = reads.shift();
				if (read === undefined) this.#untold = {reason: error};
				else read.reject(error);
				queueEnds(reads);
			},
		});
	}

	get isOver(): boolean {
		return this.#source.isOver;
	}

	read(): Promise<IteratorResult<T, undefined>> {
		return new Promise((resolve, reject) => {
			if (this.isOver) {
				const untold = this.#untold;
				this.#untold = undefined;
				if (untold === undefined) resolve(end);
				else reject(untold.reason);
				return;
			}
			this.#reads.push({resolve, reject});
			this.#source.want();
		});
	}

	/** Ends the reading and closes the source, paused or not. Settles when the source has closed. */
	cancel(reason: unknown): Promise<void> {
		this.#untold = undefined;
		const cancelled = this.#source.cancel(reason);
		queueEnds(this.#reads);
		return cancelled;
	}
}

// After the one that is answered otherwise, in order.
function queueEnds<T>(reads: Read<T>[]): void {
	if (reads.length === 0) return;
	void Promise.resolve().then(() => {
		for (const read of reads.splice(0)) read.resolve(end);
	});
}
