import {type Linked, LinkedList} from './linked-list.ts';

/** Hears of an abort. */
interface AbortFollower {
	abort?(reason: unknown): void;
}

interface Hearer extends Linked<Hearer> {
	readonly follower: AbortFollower;
}

const nothing = (): void => {};

/**
 * What there is of a signal that is not ours, as far as its abort goes.
 *
 * 1. It has one `abort` listener on the signal while anything follows it, and none otherwise.
 * 2. Its abort is told once, to its node in the pause tree first: a whole subtree is aborted before
 *    anybody else hears of it.
 */
export class Outsider {
	readonly signal: AbortSignal;
	/** Its node in the pause tree, if it has one. */
	node: {look(): void} | null = null;
	readonly #hearers: LinkedList<Hearer> = new LinkedList();
	#isTold = false;
	#ownReason: DOMException | undefined;

	constructor(signal: AbortSignal) {
		this.signal = signal;
	}

	/** How many follow. */
	get size(): number {
		return this.#hearers.size;
	}

	/** Why it is aborted. Old polyfills do not tell: then it is one `AbortError` for each signal. */
	get reason(): unknown {
		const {reason} = this.signal;
		return reason === undefined ? (this.#ownReason ??= abortError()) : reason;
	}

	// Anyone can dispatch an event; only the signal knows whether it is aborted.
	readonly #onAbort = (): void => this.look();

	/** Tells the abort, if there was one: an earlier listener may have kept the event from us. */
	look(): void {
		if (this.#isTold || !this.signal.aborted) return;
		this.#isTold = true;
		this.node?.look();
		while (this.#hearers.first !== null) {
			const hearer = this.#hearers.first;
			this.#remove(hearer);
			hearer.follower.abort?.(this.reason);
		}
	}

	/** Tells a follower of the abort, once; the function that is returned ends that. Never on an aborted one. */
	follow(follower: AbortFollower): () => void {
		this.look();
		if (this.#isTold) return nothing;
		const hearer: Hearer = {follower, list: null, previous: null, next: null};
		this.#hearers.add(hearer);
		if (this.size === 1) this.signal.addEventListener('abort', this.#onAbort);
		return () => this.#remove(hearer);
	}

	#remove(hearer: Hearer): void {
		if (hearer.list === null) return;
		this.#hearers.remove(hearer);
		if (this.size === 0) this.signal.removeEventListener('abort', this.#onAbort);
	}
}

const outsiders = new WeakMap<AbortSignal, Outsider>();

export function outsiderOf(signal: AbortSignal): Outsider {
	let outsider = outsiders.get(signal);
	if (outsider === undefined) outsiders.set(signal, (outsider = new Outsider(signal)));
	return outsider;
}

/** Why a signal is aborted, which old polyfills do not tell. */
export function reasonOf(signal: AbortSignal): unknown {
	const {reason} = signal;
	return reason === undefined ? outsiderOf(signal).reason : reason;
}

/** What the platform aborts with where no reason is given. */
export function abortError(): DOMException {
	return new DOMException('This operation was aborted', 'AbortError');
}
