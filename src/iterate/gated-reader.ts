/**
 * Reads a source through the gate of a signal: the one mechanism behind everything that is read.
 *
 * Invariants:
 *
 * 1. At most one pull is under way, and only when a read asks for an item. None begins while the
 *    signal is paused.
 * 2. An item that arrives during a pause is kept, and is the first to be delivered after it.
 * 3. Reads are answered in order. The first to hear of an error or of an abort rejects, all later
 *    ones are answered with the end.
 * 4. Once it is over, nothing of it is left on the signal.
 */
import {follow, isPaused, notePass, noteRest, whenDropped, wrongType} from '../core/index.ts';
import type {ItemSource} from './source.ts';

interface Read<T> {
	resolve(result: IteratorResult<T, undefined>): void;
	reject(error: unknown): void;
}

type Arrival<T> = {readonly result: IteratorResult<T, unknown>} | {readonly error: unknown};

const end: IteratorReturnResult<undefined> = {done: true, value: undefined};

export class GatedReader<T> {
	readonly #signal: AbortSignal;
	readonly #source: ItemSource<T>;
	readonly #reads: Read<T>[] = [];
	#arrived: Arrival<T> | undefined;
	#isPulling = false;
	#isOver = false;
	// An abort that came while nobody read: the next read tells it, or the loop would look complete.
	#untold: {readonly reason: unknown} | undefined;
	readonly #hold: {reader: GatedReader<T> | null} = {reader: null};
	#unfollow: (() => void) | undefined;
	#moveOn: (() => void) | undefined;

	constructor(signal: AbortSignal, source: ItemSource<T>) {
		this.#signal = signal;
		this.#source = source;
	}

	get isOver(): boolean {
		return this.#isOver;
	}

	read(): Promise<IteratorResult<T, undefined>> {
		return new Promise((resolve, reject) => {
			if (this.#isOver) {
				const untold = this.#untold;
				this.#untold = undefined;
				if (untold === undefined) resolve(end);
				else reject(untold.reason);
				return;
			}
			this.#reads.push({resolve, reject});
			if (this.#signal.aborted) this.#abort(this.#signal.reason);
			else this.#start();
		});
	}

	#start(): void {
		notePass(this.#signal);
		this.#hold.reader = this;
		this.#unfollow ??= this.#follow();
		this.#look();
	}

	// While nobody reads, the signal must not keep a reader that its users have dropped.
	#follow(): () => void {
		const hold = this.#hold;
		const weak = new WeakRef(this);
		const tell = (act: (reader: GatedReader<T>) => void): void => {
			const reader = hold.reader ?? weak.deref();
			if (reader !== undefined) act(reader);
		};
		const unfollow = follow(this.#signal, {
			pause: () => tell((reader) => reader.#look()),
			// Not at once: resume(); pause() in one tick lets nothing through.
			resume: () => void Promise.resolve().then(() => tell((reader) => reader.#look())),
			abort: (reason) => tell((reader) => reader.#abort(reason)),
		});
		whenDropped(this, unfollow);
		return unfollow;
	}

	#look(): void {
		if (this.#isOver) return;
		if (this.#reads.length === 0) this.#hold.reader = null;
		const isHeld = isPaused(this.#signal);
		this.#noteRest(isHeld && this.#reads.length > 0);
		if (isHeld) return;
		if (this.#arrived !== undefined) this.#deliver(this.#arrived);
		else if (!this.#isPulling && this.#reads.length > 0) this.#pull();
	}

	// A reader that waits during a pause stands still, whatever the source does meanwhile.
	#noteRest(isResting: boolean): void {
		if (isResting) {
			this.#moveOn ??= noteRest(this.#signal);
		} else {
			this.#moveOn?.();
			this.#moveOn = undefined;
		}
	}

	#pull(): void {
		this.#isPulling = true;
		void this.#fetch().then((arrival) => {
			this.#isPulling = false;
			this.#arrived = arrival;
			this.#look();
		});
	}

	async #fetch(): Promise<Arrival<T>> {
		try {
			const result = await this.#source.pull();
			if (typeof result !== 'object' || result === null)
				throw wrongType('source', 'a result object from its next()', result);
			return {result};
		} catch (error) {
			return {error};
		}
	}

	#deliver(arrival: Arrival<T>): void {
		this.#arrived = undefined;
		const read = this.#reads.shift();
		if ('error' in arrival) {
			this.#finish();
			read?.reject(arrival.error);
		} else if (arrival.result.done) {
			this.#finish();
			read?.resolve(end);
		} else {
			read?.resolve(arrival.result);
			this.#look();
		}
	}

	#abort(reason: unknown): void {
		const read = this.#reads.shift();
		this.#finish();
		if (read === undefined) this.#untold = {reason};
		else read.reject(reason);
		// The abort is what is told; a source that fails to close, or never does, delays nothing.
		this.#source.cancel(reason).catch(() => {});
	}

	/** Ends the reading and closes the source, paused or not. Settles when the source has closed. */
	async cancel(reason: unknown): Promise<void> {
		this.#untold = undefined;
		if (this.#isOver) return;
		const isPulling = this.#isPulling;
		this.#finish();
		const cancelled = this.#source.cancel(reason);
		// Behind a pull that may never end, an async generator would not even hear of it.
		if (isPulling) cancelled.catch(() => {});
		else await cancelled;
	}

	#finish(): void {
		this.#isOver = true;
		this.#arrived = undefined;
		this.#hold.reader = null;
		this.#unfollow?.();
		this.#noteRest(false);
		queueEnds(this.#reads);
	}
}

// After the one that is answered otherwise, in order.
function queueEnds<T>(reads: Read<T>[]): void {
	void Promise.resolve().then(() => {
		for (const read of reads.splice(0)) read.resolve(end);
	});
}
