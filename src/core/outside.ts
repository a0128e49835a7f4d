import type {Follower} from './node.ts';

const nothing = (): void => {};

/**
 * Tells those who follow a signal that is not ours of its abort.
 *
 * Invariants:
 *
 * 1. It has one `abort` listener on the signal while anything follows it, and none otherwise.
 * 2. It tells the abort once, and its node in the pause tree first: the whole subtree is aborted before
 *    any follower hears of it.
 */
export class Outsider {
	readonly signal: AbortSignal;
	/** Its node in the pause tree, if it has one. */
	node: {readonly isUsed: boolean; look(): void} | null = null;
	// Each in an object of its own, as one follower may come twice.
	readonly followers: Set<{readonly follower: Follower}> = new Set();
	#isListening = false;
	#isTold = false;
	/** The reason, where the signal does not tell one. */
	fallback: DOMException | undefined;

	constructor(signal: AbortSignal) {
		this.signal = signal;
	}

	// Anyone can dispatch an event; only the signal knows whether it is aborted.
	readonly #onAbort = (): void => this.look();

	/** Tells the abort, if there was one: an earlier listener may have kept the event from us. */
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

	/** Tells a follower of the abort, once; the function that is returned ends that. Never on an aborted one. */
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

	/** Begins or ends to listen: to be called when something else hangs on it, or on its node. */
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

/** Why a signal is aborted. Old polyfills do not tell: then it is one `AbortError` for each signal. */
export function reasonOf(signal: AbortSignal): unknown {
	const {reason} = signal;
	return reason === undefined ? (outsiderOf(signal).fallback ??= abortError()) : reason;
}

/** What the platform aborts with where no reason is given. */
export function abortError(): DOMException {
	return new DOMException('This operation was aborted', 'AbortError');
}
