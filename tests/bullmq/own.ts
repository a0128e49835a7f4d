// 20: what BullMQ does on its own, tried beside its plain worker where both can do the same.
import {afterAll, afterEach, beforeAll, describe, expect, test} from '@jest/globals';
import {type BackendFactory, FlowProducer, type Job, type JobsOptions, Queue, Worker} from 'bullmq';
import {PausableWorker, type PausableWorkerOptions, QueueController} from 'pausable-signal/bullmq';
import {until} from '../remote/kit.ts';
import type {Engine} from './contract.ts';

interface Data {
	readonly set?: string;
}
type Body = (job: Job<Data>, worker: Worker<Data>) => Promise<unknown>;

let names = 0;

export function ownContract(kind: string, open: () => Promise<Engine>): void {
	let engine: Engine;
	const closers: (() => Promise<unknown>)[] = [];
	beforeAll(async () => void (engine = await open()));
	afterEach(async () => {
		for (const close of closers.splice(0).toReversed()) await close();
	});
	afterAll(() => engine.close());

	class Bench {
		readonly name = `own-${process.pid}-${++names}`;
		readonly begun: string[] = [];
		readonly queue: Queue<Data>;
		readonly fleet: QueueController;

		constructor() {
			const {connection} = engine;
			this.queue = new Queue<Data>(this.name, {connection}, engine.backend as BackendFactory<never>);
			this.fleet = new QueueController(this.name, {connection}, engine.backend);
			closers.push(
				() => this.queue.close(),
				() => this.fleet.close(),
			);
		}

		start(isOurs: boolean, body: Body, options: Partial<PausableWorkerOptions<Data>> = {}): Worker<Data> {
			const run = async (job: Job<Data>): Promise<unknown> => {
				this.begun.push(job.name);
				return body(job, worker);
			};
			const all = {connection: engine.connection, drainDelay: 1, ...options};
			const worker: Worker<Data> = isOurs
				? new PausableWorker<Data>(this.name, run, {setOf: ({data}) => data.set, ...all}, engine.backend)
				: new Worker<Data>(this.name, run, all, engine.backend as BackendFactory<never>);
			worker.on('error', () => {});
			closers.push(() => worker.close());
			return worker;
		}
	}

	describe(kind, () => {
		test('20: priorities and LIFO give the same order as on a plain worker', async () => {
			const orders: string[][] = [];
			for (const isOurs of [false, true]) {
				const bench = new Bench();
				const options: JobsOptions[] = [{}, {priority: 2}, {priority: 1}, {lifo: true}, {}, {lifo: true}];
				for (const [at, opts] of options.entries()) await bench.queue.add(`${at}`, {}, opts);
				bench.start(isOurs, async () => 1, {concurrency: 1});
				await until(async () => (await bench.queue.getCompletedCount()) === options.length);
				orders.push(bench.begun);
			}
			expect(orders[1]).toEqual(orders[0]);
		});

		test('20: a parent waits for its children, which are held, and gets their values', async () => {
			const bench = new Bench();
			const hold = await bench.fleet.taskSet('a').hold('quota');
			bench.start(true, async (job) => (job.name === 'parent' ? job.getChildrenValues() : job.name), {
				concurrency: 3,
			});
			const flows = new FlowProducer(
				{connection: engine.connection},
				engine.backend as BackendFactory<never>,
			);
			closers.push(() => flows.close());
			const queueName = bench.name;
			const {job} = await flows.add({
				name: 'parent',
				queueName,
				children: ['one', 'two'].map((name) => ({name, queueName, data: {set: 'a'}})),
			});
			await until(async () => (await bench.queue.getDelayedCount()) === 2);
			expect(await job.getState()).toBe('waiting-children');
			expect(bench.begun).toEqual([]);
			await hold.release();
			await until(async () => (await bench.queue.getCompletedCount()) === 3);
			const {returnvalue} = (await bench.queue.getJob(job.id!))!;
			expect(new Set(Object.values(returnvalue as object))).toEqual(new Set(['one', 'two']));
		});

		test('20: a job scheduler keeps adding jobs while its set is held, and they begin after the resume', async () => {
			const bench = new Bench();
			const hold = await bench.fleet.taskSet('a').hold('quota');
			bench.start(true, async () => 1);
			await bench.queue.upsertJobScheduler('often', {every: 50}, {name: 'tick', data: {set: 'a'}});
			// Two in the waiting room, and the next one.
			await until(async () => (await bench.queue.getDelayedCount()) >= 3);
			expect(bench.begun).toEqual([]);
			await bench.queue.removeJobScheduler('often');
			await hold.release();
			await until(() => bench.begun.length >= 2);
		});

		test.each([false, true])(
			'20: a rate limit error makes the job wait, on a worker of ours: %p',
			async (isOurs) => {
				const bench = new Bench();
				let limited = 0;
				bench.start(
					isOurs,
					async (_job, worker) => {
						if (limited++ > 0) return 1;
						await worker.rateLimit(50);
						throw Worker.RateLimitError();
					},
					{limiter: {max: 10, duration: 1000}},
				);
				const {id} = await bench.queue.add('job', {});
				await until(async () => (await bench.queue.getCompletedCount()) === 1);
				const job = (await bench.queue.getJob(id!))!;
				expect([bench.begun.length, job.attemptsMade]).toEqual([2, 1]);
			},
		);

		test('20: getNextJob() hands out a job that no pause affects', async () => {
			const bench = new Bench();
			const worker = bench.start(true, async () => 1, {autorun: false});
			await bench.queue.add('job', {});
			const job = await worker.getNextJob('token');
			expect(job?.name).toBe('job');
			await job?.moveToCompleted('by hand', 'token', false);
			expect(await bench.queue.getCompletedCount()).toBe(1);
			expect(bench.begun).toEqual([]);
		});
	});
}
