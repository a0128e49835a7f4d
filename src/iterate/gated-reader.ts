import {LinkedList, type Linked} from '../core/index.ts';
import {GatedSource} from './gated-source.ts';
import type {ItemSource} from './source.ts';

class Read<T> implements Linked<Read<T>> {
	list: LinkedList<Read<T>> | null = null;
	previous: Read<T> | null = null;
	next: Read<T> | null = null;
	readonly resolve: (result: IteratorResult<T, undefined>) => void;
	readonly reject: (error: unknown) => void;

	constructor(resolve: (result: IteratorResult<T, undefined>) => void, reject: (error: unknown) => void) {
		this.resolve = resolve;
		this.reject = reject;
	}
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
	// Mostly one, and an array that is filled and emptied by turns costs more than all the rest.
	readonly #reads: LinkedList<Read<T>> = new LinkedList();
	// An abort that came while nobody read: the next read tells it, or the loop would look complete.
	#untold: {readonly reason: unknown} | undefined;

	constructor(signal: AbortSignal, source: ItemSource<T>) {
		const reads = this.#reads;
		this.#source = new GatedSource(signal, source, {
			get wants() {
				return reads.size > 0;
			},
			item: (result) => shift(reads)?.resolve(result),
			end: () => {
				shift(reads)?.resolve(end);
				queueEnds(reads);
			},
			error: (error) => {
				const read = shift(reads);
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
			this.#reads.add(new Read(resolve, reject));
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
function queueEnds<T>(reads: LinkedList<Read<T>>): void {
	if (reads.size === 0) return;
	void Promise.resolve().then(() => {
		for (let read = shift(reads); read !== undefined; read = shift(reads)) read.resolve(end);
	});
}

function shift<T>(reads: LinkedList<Read<T>>): Read<T> | undefined {
	const {first} = reads;
	if (first === null) return undefined;
	reads.remove(first);
	return first;
}
