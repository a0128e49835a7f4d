import type {Leftovers as OnSignal} from '../flow/kit.ts';

/** What is there once all pieces of a kind are over and garbage was collected. */
export interface Leftovers extends OnSignal {
	readonly timers: number;
	/** Of the pieces that were looked after, those that are still in memory. */
	readonly uncollected: number;
	/** By how much the heap grew, for each piece. */
	readonly bytes: number;
}

export interface Report {
	readonly kinds: Readonly<Record<string, Leftovers>>;
	readonly leaks: Readonly<Record<string, Leftovers>>;
	/** On any one of the signals at once, while pieces were under way. */
	readonly mostListeners: number;
}

/** Below this a figure means nothing: the last piece may survive in a register. */
const few = 3;

/** How many bytes for each piece are no leak yet: the engine keeps some for itself. */
export function fewBytes(pieces: number): number {
	return 20 + 100_000 / pieces;
}

/** The figures that tell of a leak. */
export function leakIn({bytes, ...counts}: Leftovers, pieces: number): Partial<Leftovers> {
	const leaking = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > few));
	return bytes > fewBytes(pieces) ? {...leaking, bytes} : leaking;
}
