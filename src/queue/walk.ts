// Walks over the tree of lanes. `Level` is all that the walks know of a lane.
import type {QueueAddOptions} from 'p-queue';
import type {Job} from './job.ts';
import type {Turns} from './turns.ts';

export type Count = 'waiting' | 'running' | 'parked' | 'completed' | 'failed' | 'aborted';

/** A lane, as the walks see it. */
export interface Level {
	readonly parent: Level | null;
	readonly name: string | undefined;
	readonly counts: Record<Count, number>;
	readonly children: readonly Level[];
	/** Its own jobs. */
	readonly jobs: {readonly waiting: Iterable<Job>; readonly running: Iterable<Job>};
	readonly turns: Turns;
}

/** The names from the outermost set to this one, joined by `/`; `undefined` for the queue itself. */
export function pathOf(lane: Level): string | undefined {
	if (lane.parent === null) return undefined;
	const above = pathOf(lane.parent);
	return above === undefined ? lane.name : `${above}/${lane.name}`;
}

/** A key that no other lane of the tree has, whatever their names contain. */
export function keyOf(parent: Level, name: string): string {
	const above = parent.parent === null ? '' : keyOf(parent.parent, parent.name ?? '');
	return `${above}${name.length}:${name}`;
}

/** All waiting jobs, here and below. */
export function* allWaiting(lane: Level): Iterable<Job> {
	yield* lane.jobs.waiting;
	for (const child of lane.children) yield* allWaiting(child);
}

/** All running jobs, here and below. */
export function* allRunning(lane: Level): Iterable<Job> {
	yield* lane.jobs.running;
	for (const child of lane.children) yield* allRunning(child);
}

/** How many jobs wait with these options, here and below. */
export function sizeBy(lane: Level, options: Readonly<Partial<QueueAddOptions>>): number {
	const own = lane.turns.count(options);
	return lane.children.reduce((sum, child) => sum + sizeBy(child, options), own);
}

/** Changes a count here and in all lanes around. */
export function count(lane: Level, key: Count, by: number): void {
	for (let at: Level | null = lane; at !== null; at = at.parent) at.counts[key] += by;
}
