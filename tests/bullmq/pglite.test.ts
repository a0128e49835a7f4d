// BullMQ on a Postgres in this process: what every run tries, without a server. The contract runs on servers.
import {PGlite} from '@electric-sql/pglite';
import {afterAll, beforeAll, expect, test} from '@jest/globals';
import {type BackendFactory, createPostgresBackend, type Job, Queue, runMigrations} from 'bullmq';
import type {PausableSignal} from 'pausable-signal';
import {PausableWorker, QueueController} from 'pausable-signal/bullmq';
import {postgresStoreMigration} from 'pausable-signal/remote';
import {PGlitePool} from '../../examples/fleet/pglite-pool.ts';
import {until} from '../remote/kit.ts';

// A start takes from seconds to a minute, as the machine has time.
const limit = 300_000;
const backend = createPostgresBackend as unknown as BackendFactory;
const closers: (() => Promise<void>)[] = [];
let pool: PGlitePool;

beforeAll(async () => {
	const db = await PGlite.create();
	closers.push(() => db.close());
	pool = new PGlitePool(db);
	await runMigrations(await pool.connect());
	await pool.query(postgresStoreMigration('bullmq'));
	await pool.query('SET search_path TO bullmq');
}, limit);

afterAll(async () => {
	for (const close of closers.toReversed()) await close();
}, limit);

interface Data {
	readonly set: string;
}

/** Bodies that move until somebody ends them. */
class Bodies {
	readonly begun: string[] = [];
	readonly reasons: unknown[] = [];
	readonly ending = new Set<string>();
	steps = 0;

	async run(job: Job<Data>, signal: PausableSignal): Promise<void> {
		this.begun.push(job.id!);
		try {
			while (!this.ending.has(job.id!)) {
				await signal.checkpoint();
				this.steps++;
				await new Promise((resolve) => setTimeout(resolve, 2));
			}
		} finally {
			if (signal.aborted) this.reasons.push(signal.reason);
		}
	}

	async moves(): Promise<void> {
		const before = this.steps;
		await until(() => this.steps > before + 1);
	}
}

test(
	'a queue can be paused and a set held and aborted, with true reports, on a Postgres in this process',
	async () => {
		const bodies = new Bodies();
		const queue = new Queue<Data>('embedded', {connection: pool}, backend as BackendFactory<never>);
		const fleet = new QueueController('embedded', {connection: pool}, backend);
		const worker = new PausableWorker<Data>(
			'embedded',
			async (job, _token, signal) => bodies.run(job, signal),
			{connection: pool, concurrency: 2, setOf: ({data}) => data.set, drainDelay: 1},
			backend,
		);
		const errors: Error[] = [];
		worker.on('error', (error) => errors.push(error));
		closers.push(
			() => fleet.close(),
			() => queue.close(),
			() => worker.close(),
		);
		const add = async (set: string): Promise<string> => (await queue.add('job', {set})).id!;

		const [held, other] = [await add('a'), await add('b')];
		await until(() => bodies.begun.length === 2);
		expect(await fleet.pause('deploying')).toMatchObject({quiet: true, parked: 2, running: 0, workers: 1});
		const before = bodies.steps;
		expect(await fleet.status()).toMatchObject({holds: [{reason: 'deploying'}], isQueuePaused: false});
		expect(bodies.steps).toBe(before);
		await fleet.resume();
		await bodies.moves();

		const set = fleet.taskSet('a');
		const hold = await set.hold('429', {id: 'rate'});
		expect(await set.pause('over quota')).toMatchObject({quiet: true, parked: 1, running: 0});
		// Its place is free: a job of the held set comes up and is put away, one of the other set begins.
		await add('a');
		await until(async () => (await queue.getDelayedCount()) === 1);
		const next = await add('b');
		await until(() => bodies.begun.length === 3);
		for (const id of [other, next]) bodies.ending.add(id);
		await until(async () => (await queue.getCompletedCount()) === 2);
		expect(bodies.begun).toEqual([held, other, next]);

		await set.resume();
		await hold.release();
		await until(() => bodies.begun.length === 4);
		expect(await set.abort({why: 'gone'})).toMatchObject({quiet: true, running: 0});
		await until(async () => (await queue.getFailedCount()) === 2);
		expect(bodies.reasons).toEqual([{why: 'gone'}, {why: 'gone'}]);
		expect((await queue.getJob(held))!.failedReason).toBe('{"why":"gone"}');
		expect(await queue.getJobCounts('active', 'wait', 'delayed')).toMatchObject({
			active: 0,
			wait: 0,
			delayed: 0,
		});
		expect(errors).toEqual([]);
	},
	limit,
);
