import {type GatedOptions, GatedSource, type Sink} from './gated-source.ts';
import type {ItemSource} from './source.ts';

interface Read<T> {
	readonly resolve: (result: IteratorResult<T, undefined>) => void;
	readonly reject: (error: unknown) => void;
}

const ignore = (): void => {};
const end: IteratorReturnResult<undefined> = {done: true, value: undefined};

/**
 * A gated source read by promises, as an iterator is.
 *
 * Reads are answered in order. The first to hear of an error or of an abort rejects, all later ones
 * are answered with the end.
 */
export class GatedReader<T> {
	readonly #source: GatedSource<T>;
	// The read that is answered next. Mostly there is no other one, and a list that is filled and emptied
	// by turns costs more than all the rest.
	#resolve: Read<T>['resolve'] | null = null;
	#reject: Read<T>['reject'] = ignore;
	readonly #later: Read<T>[] = [];
	// An abort that came while nobody read: the next read tells it, or the loop would look complete.
	#untold: {readonly reason: unknown} | undefined;

	constructor(signal: AbortSignal, source: ItemSource<T>, options?: GatedOptions<T>) {
		const sink: Sink<T> = {
			item: (value) => this.#answer({done: false, value}),
			end: () => {
				this.#answer(end);
				this.#queueEnds();
			},
			error: (error) => {
				if (this.#resolve === null) this.#untold = {reason: error};
				else this.#fail(error);
				this.#queueEnds();
			},
		};
		this.#source = new GatedSource(signal, source, sink, options);
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
			if (this.#resolve === null) {
				this.#resolve = resolve;
				this.#reject = reject;
			} else {
				this.#later.push({resolve, reject});
			}
			this.#source.want();
		});
	}

	/** Ends the reading and closes the source, paused or not. Settles when the source has closed. */
	cancel(reason: unknown): Promise<void> {
		this.#untold = undefined;
		const cancelled = this.#source.cancel(reason);
		this.#queueEnds();
		return cancelled;
	}

	// After the one that is answered otherwise, in order.
	#queueEnds(): void {
		if (this.#resolve === null) return;
		void Promise.resolve().then(() => {
			while (this.#resolve !== null) this.#answer(end);
		});
	}

	#answer(result: IteratorResult<T, undefined>): void {
		const resolve = this.#resolve;
		this.#advance();
		resolve?.(result);
	}

	#fail(error: unknown): void {
		const reject = this.#reject;
		this.#advance();
		reject(error);
	}

	#advance(): void {
		const next = this.#later.length > 0 ? this.#later.shift() : undefined;
		this.#resolve = next?.resolve ?? null;
		this.#reject = next?.reject ?? ignore;
	}
}
