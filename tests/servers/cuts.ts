// 1, 2, 3: workers of BullMQ and plain followers whose connections are cut, and a worker that is frozen.
import {expect, test} from '@jest/globals';
import {Redis} from 'ioredis';
import {Client, Pool} from 'pg';
import {postgresStore, RemoteController, redisStore} from 'pausable-signal/remote';
import {sleep, until} from '../remote/kit.ts';
import type {Crew, Fleet, Kind, Member} from './crew.ts';
import {isFull, sized, tell} from './full.ts';

/** A connection that gives orders and that no cut concerns. */
interface Ordering {
	readonly controller: RemoteController;
	/** Cuts the connections that listen, or all others. */
	cut(which: 'listening' | 'all'): Promise<unknown>;
	close(): Promise<unknown>;
}

function redisOrdering({server}: Crew, name: string): Ordering {
	const client = new Redis(server.url);
	const types = {listening: ['PUBSUB'], all: ['PUBSUB', 'NORMAL']};
	return {
		controller: new RemoteController(redisStore(client), name),
		async cut(which) {
			for (const type of types[which]) await client.call('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes');
		},
		close: async () => client.disconnect(),
	};
}

function postgresOrdering({server}: Crew, name: string): Ordering {
	const application = 'ordering';
	const pool = new Pool({connectionString: server.url, max: 1, application_name: application});
	const conditions = {listening: `query LIKE 'LISTEN%'`, all: `application_name <> '${application}'`};
	return {
		controller: new RemoteController(postgresStore(pool, {schema: 'bullmq'}), name),
		async cut(which) {
			const admin = new Client({connectionString: server.url});
			admin.on('error', () => {});
			await admin.connect();
			await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE pid <> pg_backend_pid() AND backend_type = 'client backend' AND ${conditions[which]}`);
			await admin.end();
		},
		close: () => pool.end(),
	};
}

async function expectStill(fleet: Fleet): Promise<void> {
	const before = fleet.steps;
	await sleep(50);
	expect(fleet.steps).toBe(before);
}

/** How often each id is among these. */
function countsOf(ids: readonly string[]): Map<string, number> {
	const counts = new Map<string, number>();
	for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
	return counts;
}

export function cutTests(kind: Kind, crew: () => Crew): void {
	async function untilMoving(fleet: Fleet, count: number, since: number): Promise<void> {
		const moving = (): number => new Set(fleet.lines('s').slice(since)).size;
		if (isFull) await sleep(1500);
		else await until(() => moving() === count);
		expect(moving()).toBe(count);
	}

	const cuts = [
		{row: 1, which: 'listening', rounds: sized(40, 3)},
		{row: 2, which: 'all', rounds: sized(20, 3)},
	] as const;
	test.each(cuts)(
		`$row: ${kind}: workers and followers whose connections are cut ($which) miss no change that comes right after`,
		async ({row, which, rounds}) => {
			const fleet = await crew().fleet();
			const ordering = (kind === 'redis' ? redisOrdering : postgresOrdering)(crew(), fleet.name);
			crew().atEnd(() => ordering.close());
			const [workers, followers] = [sized(4, 2), sized(8, 2)];
			const all = workers + followers;
			// BullMQ's client waits for a second or more before it connects again: nobody is to count as gone.
			const leaseMs = 15_000;
			await fleet.startAll(workers, {leaseMs, worker: {lockDuration: 30_000}});
			await fleet.startAll(followers, {leaseMs, role: 'follower'});
			await fleet.add(workers);
			await until(() => new Set(fleet.lines('s')).size === all);
			let slowest = 0;
			for (let round = 0; round < rounds; round++) {
				await ordering.cut(which);
				const began = performance.now();
				const report = await ordering.controller.pause('x', {timeout: 60_000});
				slowest = Math.max(slowest, performance.now() - began);
				expect(report).toMatchObject({quiet: true, parked: all, workers: all, late: []});
				await expectStill(fleet);
				await ordering.cut(which);
				const before = fleet.steps;
				await ordering.controller.resume();
				await untilMoving(fleet, all, before);
			}
			tell(`${row} ${kind}: ${rounds} rounds of ${all}, the slowest report after ${slowest.toFixed(0)} ms`);
			if (isFull && row === 1) expect(slowest).toBeLessThan(1500);
		},
	);

	const locks = [
		{lasting: 'long', lockDuration: 60_000},
		{lasting: 'short', lockDuration: 1000},
	];
	test.each(locks)(
		`3: ${kind}: each job of a worker that was frozen through a pause, with $lasting locks, takes one step at most, and none is lost`,
		async ({lasting, lockDuration}) => {
			const fleet = await crew().fleet();
			const {controller} = fleet;
			const start = (name: string): Promise<Member> =>
				fleet.start({leaseMs: 3000, worker: {name, concurrency: 2, lockDuration}});
			const frozen = await start('frozen');
			const {id} = (await controller.status()).workers[0]!;
			const other = await start('other');
			await fleet.add(4, {turns: 400});
			await until(() => new Set(fleet.lines('s')).size === 4);
			const active = await fleet.queue.getJobs(['active']);
			const held = active.filter(({processedBy}) => processedBy === 'frozen').map((job) => job.id!);
			expect([active.length, held.length]).toEqual([4, 2]);

			frozen.process.kill('SIGSTOP');
			const early = await controller.pause('x', {timeout: 700});
			expect(early).toMatchObject({quiet: false, late: [id], workers: 2});
			expect(await controller.pause('x')).toMatchObject({quiet: true, parked: 2, workers: 1});
			const before = fleet.lines('s').length;
			frozen.process.kill('SIGCONT');
			await until(async () => (await controller.pause('x')).workers === 2);
			// On Postgres a lock is lost only once another worker has taken the job.
			const isLost = lasting === 'short' && kind === 'redis';
			await until(() => fleet.lines('a').length >= (isLost ? 2 : 0));
			expect(await controller.pause('x')).toMatchObject({quiet: true, running: 0});
			await expectStill(fleet);
			const steps = countsOf(fleet.lines('s').slice(before));
			for (const [job, count] of steps) expect([held.includes(job), count]).toEqual([true, 1]);
			tell(`3 ${kind}, ${lasting} locks: ${steps.size} steps after the thaw`);

			await controller.resume();
			await until(async () => (await fleet.completed()) === 4);
			expect(await fleet.queue.getFailedCount()).toBe(0);
			const reasons = fleet.lines('a').map((line) => line.split(' ')[1]);
			expect(reasons.filter((reason) => reason !== 'LockLostError')).toEqual([]);
			expect(await Promise.all([frozen.close(), other.close()])).toEqual([
				[0, null],
				[0, null],
			]);
		},
	);
}
