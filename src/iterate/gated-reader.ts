import {type GatedOptions, GatedSource, type Sink} from './gated-source.ts';
import type {ItemSource} from './source.ts';

interface Read<T> {
	readonly resolve: (result: IteratorResult<T, undefined>) => void;
	readonly reject: (error: unknown) => void;
}

const ignore = (): void => {};
const end: IteratorReturnResult<undefined> = {done: true, value: undefined};

/**
 * Reads a gated source by promises, as an iterator does.
 *
 * Reads settle in order. After an error or an abort the first one rejects, and all later ones resolve
 * with the end.
 */
export class GatedReader<T> {
	readonly #source: GatedSource<T>;
	// The read to settle next. Usually it is the only one, and a list that is filled and emptied by turns
	// would cost more than everything else here.
	#resolve: Read<T>['resolve'] | null = null;
	#reject: Read<T>['reject'] = ignore;
	readonly #later: Read<T>[] = [];
	// An abort that came while nobody was reading: the next read rejects, or the loop would look complete.
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

	// In a microtask, so that they settle after the read that gets the item or the error.
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
