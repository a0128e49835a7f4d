import {follow, noteRest, reasonOf, whenDropped} from '../core/index.ts';

/** A reader that reacts to its signal. */
export interface SignalListener {
	/** A pause began or ended. */
	look(): void;
	abort(reason: unknown): void;
}

/**
 * Ties a reader to its signal. The signal keeps the reader alive only while the reader waits for an
 * item: otherwise a reader that its users have dropped could never be collected.
 */
export class SignalTie<R extends SignalListener> {
	// Separate from the signal: this object lives until the reader is collected, and must not keep the
	// signal's reason alive.
	readonly #kept: {reader: R | null} = {reader: null};
	readonly #signal: AbortSignal;
	#unfollow: (() => void) | undefined;
	#endRest: (() => void) | undefined;

	constructor(signal: AbortSignal) {
		this.#signal = signal;
	}

	/** The reader, while the signal must keep it alive. */
	get reader(): R | null {
		return this.#kept.reader;
	}
	set reader(reader: R | null) {
		this.#kept.reader = reader;
	}

	/** Calls the reader from now on, and at once if the signal has aborted. */
	follow(reader: R): void {
		if (this.#signal.aborted) reader.abort(reasonOf(this.#signal));
		else this.#unfollow ??= this.#follow(reader);
	}

	get isFollowing(): boolean {
		return this.#unfollow !== undefined;
	}

	#follow(reader: R): () => void {
		const kept = this.#kept;
		const weak = new WeakRef(reader);
		const find = (): R | undefined => kept.reader ?? weak.deref();
		const unfollow = follow(this.#signal, {
			pause: () => find()?.look(),
			// Not at once: resume(); pause() in one tick must let nothing through.
			resume: () => void Promise.resolve().then(() => find()?.look()),
			abort: (reason) => find()?.abort(reason),
		});
		whenDropped(reader, unfollow);
		return unfollow;
	}

	/** A reader that waits during a pause stands still, whatever its source does in the meantime. */
	noteRest(isResting: boolean): void {
		if (isResting) {
			this.#endRest ??= noteRest(this.#signal);
		} else if (this.#endRest !== undefined) {
			this.#endRest();
			this.#endRest = undefined;
		}
	}

	/** Leaves nothing on the signal. */
	end(): void {
		this.reader = null;
		this.#unfollow?.();
		this.noteRest(false);
	}
}
