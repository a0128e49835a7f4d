/** What is there once all pieces are over and garbage was collected. */
export interface Leftovers {
	/** On the signal, while pieces were under way. */
	readonly mostListeners: number;
	readonly listeners: number;
	readonly timers: number;
	/** What the signal tells of its pauses and its abort, besides listeners. */
	readonly followers: number;
	/** Those below it that wait or listen. */
	readonly needs: number;
	/** Those below it that are alive. */
	readonly children: number;
	/** Of the pieces that were looked after, those that are still in memory. */
	readonly uncollected: number;
	/** By how much the heap grew, for each piece. */
	readonly bytes: number;
}

export type Reports = Readonly<Record<string, Leftovers>>;

/**
 * How many bytes for each piece are no leak yet: the engine keeps some tens of kilobytes for itself,
 * and entries of what was collected go when new ones come.
 */
export function fewBytes(pieces: number): number {
	return 20 + 100_000 / pieces;
}
