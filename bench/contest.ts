/** One way to do a job. `sample()` does it a number of times and tells what one time cost. */
export interface Contestant {
	readonly name: string;
	sample(): number | Promise<number>;
}

export interface Peer extends Contestant {
	/** The target: what ours costs may be this many times what the peer's costs. */
	readonly ratioLimit?: number;
}

/** One job, and those who do it. */
export interface Contest {
	readonly what: string;
	readonly unit: 'ns' | 'bytes';
	/** Takes seconds: one process is enough. */
	readonly isHeavy?: boolean;
	/** At least so many rounds, where the figures differ much from one to the next. */
	readonly rounds?: number;
	readonly ours: Contestant;
	readonly peers: readonly Peer[];
	/** The target: what ours may cost. With a peer's `ratioLimit` besides, one of the two is enough. */
	readonly limit?: number;
}

/** The median cost of each: ours first, then the peers in their order. */
export type Medians = readonly number[];

const warmUpMs = 300;
const measureMs = 700;
const fewestRounds = 3;
// They have one process instead of several.
const fewestHeavyRounds = 7;
const mostRounds = 101;

/**
 * Lets all sample in each round, so that a machine that gets slower gets slower for all; in an order
 * by lot, as each finds the heap that the one before has left.
 */
export async function hold(contest: Contest): Promise<Medians> {
	const all = [contest.ours, ...contest.peers];
	await repeat(warmUpMs, 2, Infinity, () => sampleEach(all));
	const rounds: number[][] = [];
	await repeat(
		measureMs,
		contest.rounds ?? (contest.isHeavy === true ? fewestHeavyRounds : fewestRounds),
		mostRounds,
		async () => {
			rounds.push(await sampleEach(all));
		},
	);
	return mediansOf(rounds);
}

/** The median of each column. */
export function mediansOf(rows: readonly (readonly number[])[]): Medians {
	return rows[0]!.map((_, column) => median(rows.map((row) => row[column]!)));
}

async function sampleEach(all: readonly Contestant[]): Promise<number[]> {
	const costs: number[] = [];
	for (const index of shuffled(all.keys())) {
		collectYoungGarbage();
		costs[index] = await all[index]!.sample();
	}
	return costs;
}

function shuffled<T>(items: Iterable<T>): T[] {
	const drawn = [...items].map((item) => ({item, lot: Math.random()}));
	return drawn.toSorted((a, b) => a.lot - b.lot).map(({item}) => item);
}

async function repeat(
	ms: number,
	atLeast: number,
	atMost: number,
	act: () => Promise<unknown>,
): Promise<void> {
	const start = performance.now();
	for (let turn = 0; turn < atMost; turn++) {
		if (turn >= atLeast && performance.now() - start > ms) return;
		await act();
	}
}

function median(values: readonly number[]): number {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)]!;
}

// Of the young alone, so that nobody pays for the garbage of the one before. A full collection in an
// empty process would forget what the compiler knows about objects that no longer exist: no program
// is without any signal between two of its calls.
function collectYoungGarbage(): void {
	if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
	globalThis.gc({type: 'minor'});
}
