// 11: many jobs of many sets on several workers, some of which are paused in full run.
import {expect, test} from '@jest/globals';
import {until} from '../remote/kit.ts';
import type {Crew, Fleet, Kind} from './crew.ts';
import {isFull, sized, tell} from './full.ts';

const sets = sized(100, 20);
const jobs = sized(10_000, 450);
const workers = sized(4, 2);
const rounds = isFull ? [1, 10, 50] : [1, 3, 8];

type Ids = ReadonlySet<string>;

/** Adds jobs in turn to all sets. Gives the ids of those whose sets are to be held, and of the others. */
async function addAll(fleet: Fleet, count: number, held: number): Promise<readonly [Ids, Ids]> {
	const data = Array.from({length: count}, (_, at) => ({set: `set-${at % sets}`, turns: 4, turnMs: 5}));
	const added = await fleet.queue.addBulk(data.map((one) => ({name: 'job', data: one})));
	const idsOf = (isOf: (at: number) => boolean): Ids =>
		new Set(added.filter((_, at) => isOf(at % sets)).map(({id}) => id!));
	return [idsOf((set) => set < held), idsOf((set) => set >= held)];
}

/** Gives the milliseconds until all of them were quiet. */
async function pauseAll(fleet: Fleet, count: number): Promise<number> {
	const began = performance.now();
	const all = Array.from({length: count}, (_, at) => fleet.controller.taskSet(`set-${at}`).pause('quota'));
	for (const report of await Promise.all(all)) expect(report).toMatchObject({quiet: true, workers});
	return performance.now() - began;
}

function mostOf(ids: readonly string[]): number {
	const counts = new Map<string, number>();
	for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
	return Math.max(0, ...counts.values());
}

async function round(fleet: Fleet, held: number): Promise<void> {
	const linesOf = (letter: string, ids: Ids): string[] => fleet.lines(letter).filter((id) => ids.has(id));
	const [heldIds, otherIds] = await addAll(fleet, Math.ceil(jobs / rounds.length), held);
	await until(() => linesOf('b', otherIds).length > otherIds.size / 10);
	const took = await pauseAll(fleet, held);
	const before = linesOf('s', heldIds).length;
	await until(() => new Set(linesOf('e', otherIds)).size === otherIds.size);
	expect(linesOf('s', heldIds)).toHaveLength(before);
	const away = linesOf('p', heldIds);
	expect(mostOf(away)).toBeLessThanOrEqual(1);
	await Promise.all(Array.from({length: held}, (_, at) => fleet.controller.taskSet(`set-${at}`).resume()));
	await until(() => new Set(linesOf('e', heldIds)).size === heldIds.size);
	tell(`11: ${held} of ${sets} sets paused: quiet after ${took.toFixed(0)} ms, ${away.length} jobs put away`);
	if (isFull) expect(took).toBeLessThan(2000);
}

export function crowdTests(kind: Kind, crew: () => Crew): void {
	const limit = sized(900_000, 180_000);
	test(
		`11: ${kind}: when some of many busy sets are paused, the others complete, and each held job comes up once`,
		async () => {
			const fleet = await crew().fleet();
			await fleet.startAll(workers, {worker: {concurrency: 25, lockDuration: 30_000}, leaseMs: 5000});
			for (const held of rounds) await round(fleet, held);
			const total = Math.ceil(jobs / rounds.length) * rounds.length;
			await until(async () => (await fleet.completed()) === total);
			// BullMQ's promotion on Postgres takes no lock: of two at a time, one may bring back a job that runs.
			const repeats = kind === 'redis' ? 0 : fleet.lines('p').length;
			const begun = fleet.lines('b');
			expect(new Set(begun).size).toBe(total);
			expect(begun.length).toBeLessThanOrEqual(total + repeats);
			if (kind === 'redis') expect(fleet.lines('a')).toEqual([]);
			expect(await fleet.queue.getJobCounts('active', 'wait', 'delayed', 'failed')).toMatchObject({
				active: 0,
				wait: 0,
				delayed: 0,
				failed: 0,
			});
		},
		limit,
	);
}
