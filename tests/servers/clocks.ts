// 14: clocks that are an hour off, and that step in mid-run.
import {expect, test} from '@jest/globals';
import {sleep, until} from '../remote/kit.ts';
import type {Crew, Fleet, Kind} from './crew.ts';
import {isFull, tell} from './full.ts';

const hour = 3_600_000;
const forMs = 2000;

async function expectStill(fleet: Fleet, ms: number): Promise<void> {
	const before = fleet.steps;
	await sleep(ms);
	expect(fleet.steps).toBe(before);
}

export function clockTests(kind: Kind, crew: () => Crew): void {
	test(`14: ${kind}: clocks that are off by an hour, or step by one, move nothing that is held`, async () => {
		const fleet = await crew().fleet();
		const early = await fleet.start({clockMs: -hour, worker: {concurrency: 2}});
		const late = await fleet.start({clockMs: hour, worker: {concurrency: 2}});
		await fleet.add(4, {set: 'a'});
		await until(() => new Set(fleet.lines('s')).size === 4);
		expect(await fleet.controller.pause()).toMatchObject({quiet: true, parked: 4, workers: 2});
		const queued = await fleet.add(4, {set: 'b', turns: 5});
		await expectStill(fleet, 300);
		early.stepClock(-hour);
		late.stepClock(hour);
		// Longer than a lease, and than several locks.
		await expectStill(fleet, 2500);
		early.stepClock(2 * hour);
		late.stepClock(-2 * hour);
		await expectStill(fleet, 2500);
		expect(fleet.lines('b')).toHaveLength(4);
		const set = fleet.controller.taskSet('a');
		await set.hold('rate limit');
		await fleet.controller.resume();
		await until(async () => (await fleet.completed()) === queued.length);
		expect(new Set(fleet.lines('s')).size).toBe(8);
		expect(await set.abort('enough')).toMatchObject({quiet: true});
		expect(fleet.lines('x')).toEqual([]);
		expect(fleet.lines('a')).toHaveLength(4);
	});

	test(`14: ${kind}: forMs is right with any clocks of the workers, also when they step`, async () => {
		const fleet = await crew().fleet();
		const early = await fleet.start({clockMs: -hour, worker: {concurrency: 2}});
		const late = await fleet.start({clockMs: hour, worker: {concurrency: 2}});
		await fleet.add(4, {set: 'a'});
		await until(() => new Set(fleet.lines('s')).size === 4);
		const set = fleet.controller.taskSet('a');
		const began = performance.now();
		await set.hold('429', {forMs});
		const {holds, version: held} = await fleet.controller.status();
		expect(holds[0]!.until! - holds[0]!.since).toBe(forMs);
		// A report from before the hold, or before the first job, says nothing.
		await until(async () => {
			const {workers} = await fleet.controller.status();
			return workers.every(({version, parked, running}) => version >= held && parked === 2 && running === 0);
		});
		const before = fleet.steps;
		early.stepClock(hour);
		late.stepClock(-hour);
		await until(() => fleet.steps > before);
		const stood = performance.now() - began;
		expect(stood).toBeGreaterThanOrEqual(forMs - 50);
		await until(() => new Set(fleet.lines('s').slice(before)).size === 4);
		const all = performance.now() - began;
		tell(
			`14 ${kind}: forMs ${forMs}: first step after ${stood.toFixed(0)} ms, all after ${all.toFixed(0)} ms`,
		);
		if (isFull) expect(all).toBeLessThan(forMs + 1000);
	});
}
