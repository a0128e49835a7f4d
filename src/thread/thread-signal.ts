import {PausableSignal} from '../core/index.ts';
import {isWorkerThread} from './platform.ts';
import {open, stateOf} from './words.ts';

// If the constructor of a base class returns its argument, the private fields go onto that object.
const Identity = class {
	constructor(object: object) {
		return object;
	}
} as new (object: object) => object;

// This many calls read plain memory before one reads it atomically, which no compiler moves.
const plainLooks = 64;

/** Blocks the thread of a signal during its pauses. */
export interface Blocker {
	readonly words: Int32Array | null;
	/** Takes the newest state, and blocks while it is paused; throws the reason of an abort. */
	block(): void;
}

class Looker extends Identity {
	readonly #blocker: Blocker;
	readonly #words: Int32Array | null;
	#looksLeft = plainLooks;

	constructor(signal: PausableSignal, blocker: Blocker) {
		super(signal);
		this.#blocker = blocker;
		this.#words = isWorkerThread ? blocker.words : null;
	}

	static look(looker: Looker): void {
		const words = looker.#words;
		if (words === null) throw cannotBlock();
		if (--looker.#looksLeft > 0 && stateOf(words[0]!) === open) return;
		looker.#looksLeft = plainLooks;
		if (stateOf(Atomics.load(words, 0)) !== open) looker.#blocker.block();
	}
}

function cannotBlock(): Error {
	return new Error(
		isWorkerThread
			? 'checkpointSync() needs shared memory, which a page has only with cross-origin isolation: COOP and COEP headers'
			: 'checkpointSync() would block the main thread: use it in a worker, or await checkpoint()',
	);
}

/**
 * A `PausableSignal` that follows one in another thread, with a checkpoint that needs no `await`.
 *
 * A thread's function gets one, and `receiveSignal()` returns one; you cannot construct it. Each read
 * of `aborted`, `paused`, `gate` and `checkpoint()` sees the newest state of the other side, even in a
 * function that never returns to its event loop.
 */
export class ThreadSignal extends PausableSignal {
	/**
	 * Blocks while paused, and throws the reason once aborted: a checkpoint for a loop that never
	 * awaits. An abort loses nothing that the loop has computed before the call.
	 *
	 * While the signal is not paused it costs a few nanoseconds. During a pause it blocks the thread, its
	 * event loop included, and reports that to the other side, whose `pause()` resolves. It notices a
	 * pause within 64 calls, mostly in the next one.
	 *
	 * Throws an `Error` where it cannot work: on a main thread, and where no memory can be shared (a
	 * page without cross-origin isolation). A signal made inside, as a child or a `deadline()`, has no
	 * `checkpointSync`.
	 *
	 * @example
	 * ```ts
	 * import {defineThread} from 'pausable-signal/thread';
	 *
	 * const countPrimes = defineThread<number, number>(({signal, data: limit}) => {
	 * 	let primes = 0;
	 * 	for (let candidate = 2; candidate < limit; candidate++) {
	 * 		signal.checkpointSync();
	 * 		let divisor = 2;
	 * 		while (divisor * divisor <= candidate && candidate % divisor !== 0) divisor++;
	 * 		if (divisor * divisor > candidate) primes++;
	 * 	}
	 * 	return primes;
	 * });
	 * typeof countPrimes; // => 'function'
	 * ```
	 */
	checkpointSync(): void {
		Looker.look(this as unknown as Looker);
	}
}

/** Turns a signal of ours into a `ThreadSignal`. */
export function adoptAsThreadSignal(signal: PausableSignal, blocker: Blocker): ThreadSignal {
	new Looker(signal, blocker);
	return Object.setPrototypeOf(signal, ThreadSignal.prototype) as ThreadSignal;
}
