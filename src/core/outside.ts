import type {Follower} from './node.ts';

const nothing = (): void => {};

/**
 * Tells the followers of a signal that is not ours of its abort.
 *
 * Invariants:
 *
 * 1. It has one `abort` listener on the signal while anything follows it, and none otherwise.
 * 2. It reports the abort once, and first to its node in the pause tree: the whole subtree is aborted
 *    before any follower hears of it.
 */
export class Outsider {
	readonly signal: AbortSignal;
	/** Its node in the pause tree, if it has one. */
	node: {readonly isUsed: boolean; look(): void} | null = null;
	// Each follower gets an object of its own, because the same one may be added twice.
	readonly followers: Set<{readonly follower: Follower}> = new Set();
	#isListening = false;
	#isTold = false;
	/** The reason that we made up, if the signal has none. */
	fallback: DOMException | undefined;

	constructor(signal: AbortSignal) {
		this.signal = signal;
	}

	// Anyone can dispatch an event; only the signal knows whether it is aborted.
	readonly #onAbort = (): void => this.look();

	/** Reports the abort if there was one, because an earlier listener may have stopped its event. */
	look(): void {
		if (this.#isTold || !this.signal.aborted) return;
		this.#isTold = true;
		this.node?.look();
		for (const entry of this.followers) {
			this.followers.delete(entry);
			entry.follower.abort?.(reasonOf(this.signal));
		}
		this.listen();
	}

	/** Adds a follower, called once on abort; the returned function removes it. Not for an aborted signal. */
	follow(follower: Follower): () => void {
		this.look();
		if (this.#isTold) return nothing;
		const entry = {follower};
		this.followers.add(entry);
		this.listen();
		return () => {
			if (this.followers.delete(entry)) this.listen();
		};
	}

	/** Starts or stops listening: to be called when the followers, or the use of its node, have changed. */
	listen(): void {
		const isUsed = this.followers.size > 0 || this.node?.isUsed === true;
		if (isUsed === this.#isListening) return;
		this.#isListening = isUsed;
		this.signal[isUsed ? 'addEventListener' : 'removeEventListener']('abort', this.#onAbort);
	}
}

const outsiders = new WeakMap<AbortSignal, Outsider>();

export function outsiderOf(signal: AbortSignal): Outsider {
	let outsider = outsiders.get(signal);
	if (outsider === undefined) outsiders.set(signal, (outsider = new Outsider(signal)));
	return outsider;
}

/** The reason of an aborted signal. Old polyfills have none: then it is one `AbortError` per signal. */
export function reasonOf(signal: AbortSignal): unknown {
	const {reason} = signal;
	return reason === undefined ? (outsiderOf(signal).fallback ??= abortError()) : reason;
}

/** The error with which the platform aborts if the caller gives no reason. */
export function abortError(): DOMException {
	return new DOMException('This operation was aborted', 'AbortError');
}
