// 6, 9, 13: the ends of workers and of the store, wanted and not, at every moment that matters.
import {expect, test} from '@jest/globals';
import {sleep, until} from '../remote/kit.ts';
import type {Crew, Fleet, Kind} from './crew.ts';
import {isFull, sized, tell} from './full.ts';

async function expectAllDone(fleet: Fleet, jobs: number): Promise<void> {
	const left = async (): Promise<number> => {
		const {active, wait, delayed} = await fleet.queue.getJobCounts('active', 'wait', 'delayed');
		return active! + wait! + delayed!;
	};
	await until(async () => (await left()) === 0);
	expect(await fleet.queue.getJobCounts('failed', 'completed')).toEqual({failed: 0, completed: jobs});
}

export function deathTests(kind: Kind, crew: () => Crew): void {
	test(`6: ${kind}: nothing moves and no job is lost when all workers and the store are killed and restarted during a pause`, async () => {
		const fleet = await crew().fleet();
		const members = await fleet.startAll(2, {worker: {concurrency: 2}});
		await fleet.add(4, {turns: 200});
		await until(() => new Set(fleet.lines('s')).size === 4);
		expect(await fleet.controller.pause()).toMatchObject({quiet: true, parked: 4});
		await fleet.add(3, {turns: 3});
		const before = fleet.steps;
		await Promise.all(members.map((member) => member.kill()));
		await crew().server.stop(kind === 'redis' ? 'SIGKILL' : 'SIGQUIT');
		await crew().server.start();
		await fleet.startAll(2, {worker: {concurrency: 2}});
		// Longer than locks and leases.
		await sleep(1500);
		expect(fleet.steps).toBe(before);
		await until(() => fleet.controller.resume().catch(() => false));
		await expectAllDone(fleet, 7);
	});

	test(`9: ${kind}: a worker with many parked jobs, some of them deaf, hands all of them back and exits`, async () => {
		const fleet = await crew().fleet();
		const [jobs, deaf] = [sized(100, 30), sized(10, 3)];
		const worker = await fleet.start({worker: {concurrency: jobs, lockDuration: 30_000}});
		await fleet.add(jobs - deaf);
		const ids = await fleet.add(deaf, {deafMs: 1000});
		await until(() => new Set(fleet.lines('s')).size === jobs);
		expect(await fleet.controller.pause()).toMatchObject({quiet: true, parked: jobs});
		const began = performance.now();
		expect(await worker.close()).toEqual([0, null]);
		const took = performance.now() - began;
		tell(`9 ${kind}: closed and exited after ${took.toFixed(0)} ms`);
		if (isFull) expect(took).toBeLessThan(2000);
		expect(new Set(fleet.lines('a').map((line) => line.split(' ')[1]))).toEqual(new Set(['HandBackError']));
		expect(fleet.lines('a')).toHaveLength(jobs);
		expect(await fleet.queue.getJobCounts('active', 'delayed')).toMatchObject({active: 0, delayed: jobs});
		for (const id of ids) expect((await fleet.queue.getJob(id))!.attemptsMade).toBe(0);
	});

	// On Redis it looks a job up without a call.
	const commands = ['moveToActive', ...(kind === 'postgres' ? ['lookUp'] : []), 'moveToDelayed', 'promote'];
	const deaths = commands.flatMap((command) => [
		{command, when: 'before' as const},
		{command, when: 'after' as const},
	]);
	test.each(deaths)(
		`13: ${kind}: after a worker is killed $when its $command, no held job runs, and no job stays away`,
		async (dieAt) => {
			const fleet = await crew().fleet();
			const hold = await fleet.controller.taskSet('a').hold('quota');
			const add = (): Promise<string[]> => fleet.add(3, {set: 'a', turns: 2});
			const putAway = (): Promise<void> => until(async () => (await fleet.queue.getDelayedCount()) === 3);
			await add();
			if (dieAt.command === 'promote') {
				const first = await fleet.start();
				await putAway();
				expect(await first.close()).toEqual([0, null]);
			}
			const dying = await fleet.start({dieAt});
			if (dieAt.command === 'promote') await hold.release();
			expect(await dying.ended).toEqual([null, 'SIGKILL']);
			if (dieAt.command !== 'promote') {
				await fleet.start();
				await putAway();
				expect(fleet.lines('b')).toEqual([]);
				await hold.release();
			} else await fleet.start();
			await expectAllDone(fleet, 3);
		},
	);
}
