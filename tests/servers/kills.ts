// 7: kill -9 of a worker with parked and running jobs, and of one that puts jobs away.
import {expect, test} from '@jest/globals';
import {sleep, until} from '../remote/kit.ts';
import type {Crew, Fleet, Kind, Member} from './crew.ts';

async function killAndResume(fleet: Fleet): Promise<void> {
	const start = (): Promise<Member> => fleet.start({worker: {concurrency: 3}});
	const first = await start();
	const held = new Set<string>();
	for (let pair = 0; pair < 20; pair++) {
		const [id] = await fleet.add(1, {set: 'a', turns: 20, turnMs: 5});
		held.add(id!);
		await fleet.add(1, {set: 'b', turns: 20, turnMs: 5});
	}
	await until(() => fleet.steps > 20);
	await fleet.controller.taskSet('a').pause('over quota');
	await first.kill();
	const stepsOfHeld = (): number => fleet.lines('s').filter((id) => held.has(id)).length;
	const before = stepsOfHeld();
	// Three more are killed while they put jobs of the held set away.
	for (let round = 0; round < 3; round++) {
		const next = await start();
		await sleep(60 + round * 70);
		await next.kill();
	}
	const last = await start();
	await until(async () => (await fleet.completed()) === 20);
	expect(stepsOfHeld()).toBe(before);
	await fleet.controller.taskSet('a').resume();
	await until(async () => (await fleet.completed()) === 40);
	const left = await fleet.queue.getJobCounts('active', 'wait', 'delayed', 'failed');
	expect(left).toMatchObject({active: 0, wait: 0, delayed: 0, failed: 0});
	// What ran or was parked in four killed workers, and no more, began again. Each has three places; in the
	// first one, three parked jobs may have given theirs to others.
	expect(fleet.lines('b').length).toBeLessThanOrEqual(40 + 4 * 3 + 3);
	expect(await last.close()).toEqual([0, null]);
}

export function killTests(kind: Kind, crew: () => Crew): void {
	test(
		`7: ${kind}: killed workers lose no job, nothing moves until the resume, and only running jobs are repeated`,
		async () => killAndResume(await crew().fleet()),
		180_000,
	);
}
