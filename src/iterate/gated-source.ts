/**
 * Reads a source through the gate of a signal: the one mechanism behind all iteration and streams.
 *
 * Invariants:
 *
 * 1. At most one pull is pending. While the signal is not paused, a pull begins only when the sink wants
 *    an item and none is kept, or, after the first pull, while less than `ahead` is kept. While it is
 *    paused, a pull begins only after the first one, and while less than `buffer` is kept.
 * 2. Items that arrive during a pause are kept, in order, and delivered first after it. The sink gets
 *    an item only when it wants one, and never during a pause.
 * 3. The sink hears of one ending: an end or an error of the source, or an abort. Nothing follows.
 * 4. After the end, nothing is left on the signal. While the sink wants nothing, the signal keeps
 *    nothing alive.
 */
import {type Point, pointOf} from '../core/index.ts';
import {type Arrival, end, type Join, KeptItems} from './kept-items.ts';
import {SignalTie} from './signal-tie.ts';
import {isDone, type ItemSource} from './source.ts';

/** The receiver of the items. */
export interface Sink<T> {
	item(value: T): void;
	end(): void;
	/** The source failed while it wanted an item; or the signal was aborted, at any time. */
	error(error: unknown): void;
}

/** How a source is read. */
export interface GatedOptions<T> {
	/** How much to read ahead during a pause: bytes, or items if they have no `byteLength`. */
	readonly buffer?: number | undefined;
	/** Leaves the source open after an abort or a cancel. */
	readonly preventCancel?: boolean | undefined;
	/** For a slow sink: reads the next items while the sink is busy. */
	readonly ahead?: ReadAhead<T> | undefined;
}

/** How far to read ahead while the signal is not paused. */
export interface ReadAhead<T> {
	/** Bytes, or items if they have no `byteLength`. */
	readonly size: number;
	/** Makes one item of those that were read ahead. */
	readonly join: Join<T>;
}

const ignore = (): void => {};

export class GatedSource<T> {
	readonly #point: Point;
	readonly #source: ItemSource<T>;
	readonly #sink: Sink<T>;
	readonly #buffer: number;
	readonly #preventCancel: boolean;
	readonly #ahead: number;
	readonly #kept: KeptItems<T>;
	/** The number of items that the sink waits for. */
	#wanted = 0;
	#isPulling = false;
	#hasPulled = false;
	#hasEnded = false;
	#isOver = false;
	readonly #tie: SignalTie<GatedSource<T>>;

	constructor(signal: AbortSignal, source: ItemSource<T>, sink: Sink<T>, options?: GatedOptions<T>) {
		this.#tie = new SignalTie(signal);
		this.#point = pointOf(signal);
		this.#source = source;
		this.#sink = sink;
		this.#buffer = options?.buffer ?? 0;
		this.#preventCancel = options?.preventCancel ?? false;
		this.#ahead = options?.ahead?.size ?? 0;
		this.#kept = new KeptItems(options?.ahead?.join);
	}

	get isOver(): boolean {
		return this.#isOver;
	}

	/** Whether the sink waits for an item. */
	get isWanted(): boolean {
		return this.#wanted > 0;
	}

	/** Follows the signal from now on, instead of from the first item that the sink wants. */
	follow(): void {
		if (!this.#isOver) this.#tie.follow(this);
	}

	/** Call it once for each item that the sink wants. */
	want(): void {
		this.#wanted++;
		if (!this.#tie.isFollowing) this.follow();
		// Either call may have found an abort.
		if (!this.#isOver) this.#point.noteCheckpoint();
		if (this.#isOver) return;
		this.#tie.reader = this;
		// The common case: nothing is kept, pending or paused.
		if (!this.#isPulling && this.#kept.isEmpty && !this.#point.isPaused) this.#pull();
		else this.look();
	}

	/** Decides again what to do, after a pause, a resume, an arrival or a delivery. */
	look(): void {
		if (this.#isOver) return;
		const isHeld = this.#point.isPaused;
		const {isWanted} = this;
		if (!isWanted) this.#tie.reader = null;
		this.#tie.noteRest(isHeld && isWanted);
		if (!isHeld && isWanted && !this.#kept.isEmpty) this.#deliver();
		else if (!this.#isPulling && !this.#hasEnded && this.#mayPull(isHeld)) this.#pull();
	}

	#mayPull(isHeld: boolean): boolean {
		if (this.#hasPulled && this.#kept.size < (isHeld ? this.#buffer : this.#ahead)) return true;
		return !isHeld && this.#wanted > 0 && this.#kept.isEmpty;
	}

	#pull(): void {
		this.#isPulling = this.#hasPulled = true;
		let pulled: Promise<IteratorResult<T, unknown>>;
		try {
			pulled = this.#source.pull();
		} catch (error) {
			pulled = Promise.reject(error);
		}
		// Callbacks instead of one more promise for each item: this is the path of every byte.
		void pulled.then(this.#onResult, this.#onError);
	}

	readonly #onResult = (result: IteratorResult<T, unknown>): void => {
		let isLast: boolean;
		let value: T | undefined;
		try {
			// Read once each, and here: a foreign result may throw, and may answer differently the next time.
			isLast = isDone(result);
			if (!isLast) value = result.value as T;
		} catch (error) {
			this.#refuse(error);
			return;
		}
		if (isLast) this.#arrive(end, true);
		else if (this.#mayPass()) this.#pass(value as T);
		else this.#arrive({value: value as T}, false);
	};

	// The common case: an item goes straight through.
	#mayPass(): boolean {
		return this.#wanted > 0 && this.#kept.isEmpty && !this.#isOver && !this.#point.isPaused;
	}

	#pass(value: T): void {
		this.#isPulling = false;
		this.#wanted--;
		this.#sink.item(value);
		// By now it may want another item, and a pull for it may be pending.
		if (this.#wanted === 0 && this.#ahead === 0) this.#tie.reader = null;
		else if (!this.#isPulling) this.look();
	}

	// The source believes that its result was fine, and would wait for the next pull: so it is closed.
	#refuse(fault: unknown): void {
		if (!this.#isOver) this.#close(fault).catch(ignore);
		this.#arrive({error: fault}, true);
	}

	readonly #onError = (error: unknown): void => this.#arrive({error}, true);

	#arrive(arrival: Arrival<T>, isLast: boolean): void {
		this.#isPulling = false;
		if (this.#isOver) return;
		this.#hasEnded = isLast;
		if (isLast) this.#source.leave();
		this.#kept.add(arrival);
		this.look();
	}

	/** Puts back the part of an item that the sink could not take; it comes first the next time. */
	giveBack(value: T): void {
		if (this.#isOver) return;
		this.#kept.addFirst({value});
	}

	#deliver(): void {
		const arrival = this.#kept.take();
		if ('error' in arrival) {
			this.#finish();
			this.#sink.error(arrival.error);
		} else if ('value' in arrival) {
			this.#wanted--;
			this.#sink.item(arrival.value);
			this.look();
		} else {
			this.#finish();
			this.#sink.end();
		}
	}

	abort(reason: unknown): void {
		this.#finish();
		this.#sink.error(reason);
		// The abort is the news; a source that fails to close, or never closes, must not delay it.
		this.#close(reason).catch(ignore);
	}

	/** Ends the reading and closes the source, paused or not. Settles when the source has closed. */
	async cancel(reason: unknown): Promise<void> {
		if (this.#isOver) return;
		// An async generator queues the cancel behind its pending pull, which may never end.
		const mayHang = this.#isPulling && this.#source.queuesCancel;
		this.#finish();
		const closed = this.#close(reason);
		if (mayHang) closed.catch(ignore);
		else await closed;
	}

	async #close(reason: unknown): Promise<void> {
		if (this.#preventCancel) this.#source.leave();
		else await this.#source.cancel(reason);
	}

	#finish(): void {
		this.#isOver = true;
		this.#kept.clear();
		this.#tie.end();
	}
}
