// What a paused queue does, on each backend of BullMQ. Steps are turns of a job's loop.
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, test} from '@jest/globals';
import {type BackendFactory, DelayedError, type Job, Queue, QueueEvents, Worker} from 'bullmq';
import type {PausableSignal} from 'pausable-signal';
import {
	HandBackError,
	LockLostError,
	PausableWorker,
	type PausableWorkerOptions,
	QueueController,
} from 'pausable-signal/bullmq';
import {type ControlStore, memoryStore, RemoteController} from 'pausable-signal/remote';
import {sleep, until} from '../remote/kit.ts';

export interface Engine {
	readonly connection: object;
	readonly backend?: BackendFactory;
	/** For where the default is not to be used. */
	readonly store?: () => ControlStore;
	/** Whether a lock that nobody renewed in time is lost, and not only once another worker took it. */
	readonly locksExpire: boolean;
	/** What another process does with a job whose lock has run out. Without it, the test blocks the loop until then. */
	stall?(queue: string, job: string): Promise<unknown>;
	/** Makes a delayed job wait, and the news of that gets lost. */
	promoteUnheard?(queue: string, job: string): Promise<unknown>;
	close(): Promise<void>;
}

interface Data {
	readonly set?: string | readonly string[];
	/** How many turns it makes; for ever without. */
	readonly turns?: number;
	/** Never looks at its signal until this many milliseconds have passed. */
	readonly deafMs?: number;
}

let names = 0;

export function queueContract(kind: string, open: () => Promise<Engine>): void {
	let engine: Engine;
	const closers: (() => Promise<unknown>)[] = [];
	beforeAll(async () => {
		engine = await open();
	});
	const state = {isOver: false};
	beforeEach(() => {
		state.isOver = false;
	});
	afterEach(async () => {
		// A test that failed in the middle leaves bodies that nobody pauses, and a close waits for those.
		state.isOver = true;
		// The last that was opened first; one that fails does not leave the others open.
		const failed: unknown[] = [];
		for (const close of closers.splice(0).toReversed())
			await close().catch((error: unknown) => failed.push(error));
		expect(failed).toEqual([]);
	});
	afterAll(() => engine.close());

	/** One queue, and what happened to its jobs. */
	class Bench {
		readonly name = `queue-${process.pid}-${++names}`;
		readonly queue: Queue<Data>;
		readonly fleet: QueueController;
		readonly moving = new Set<string>();
		readonly begun: string[] = [];
		readonly ended: string[] = [];
		readonly reasons = new Map<string, unknown>();
		readonly errors: Error[] = [];
		steps = 0;
		mostMoving = 0;

		constructor() {
			const backend = engine.backend as BackendFactory<never>;
			this.queue = new Queue<Data>(this.name, {connection: engine.connection}, backend);
			const store = engine.store?.();
			this.fleet = new QueueController(
				this.name,
				{connection: engine.connection, ...(store && {store})},
				engine.backend,
			);
			closers.push(
				() => this.queue.close(),
				() => this.fleet.close(),
			);
		}

		worker(options: Partial<PausableWorkerOptions<Data>> = {}): PausableWorker<Data> {
			const store = engine.store?.();
			const worker = new PausableWorker<Data>(
				this.name,
				(job, token, signal) => this.#process(job, token, signal),
				{
					connection: engine.connection,
					leaseMs: 3000,
					setOf: (job) => job.data.set,
					drainDelay: 1,
					...(store && {store}),
					...options,
				},
				engine.backend,
			);
			worker.on('error', (error) => this.errors.push(error));
			closers.push(() => worker.close());
			return worker;
		}

		async #process(job: Job<Data>, _token: string, signal: PausableSignal): Promise<string> {
			const id = job.id!;
			this.begun.push(id);
			try {
				const {turns = Infinity} = job.data;
				for (let turn = 0; turn < turns && !state.isOver; turn++) {
					this.moving.delete(id);
					await signal.checkpoint();
					this.moving.add(id);
					this.mostMoving = Math.max(this.mostMoving, this.moving.size);
					this.steps++;
					await sleep(2);
				}
				return 'done';
			} catch (error) {
				this.reasons.set(id, signal.reason);
				await sleep(job.data.deafMs ?? 0);
				throw error;
			} finally {
				this.moving.delete(id);
				this.ended.push(id);
			}
		}

		async add(count: number, data: Data = {}): Promise<Job<Data>[]> {
			return this.queue.addBulk(Array.from({length: count}, () => ({name: 'job', data})));
		}

		async expectStill(): Promise<void> {
			const before = this.steps;
			await sleep(60);
			expect(this.steps).toBe(before);
		}
	}

	describe(kind, () => {
		test('a job waits while the store is out of reach, and goes back when the worker closes', async () => {
			const bench = new Bench();
			const unreachable = {...memoryStore(), report: async () => Promise.reject(new Error('unreachable'))};
			const worker = bench.worker({store: unreachable});
			await bench.add(1, {turns: 1});
			await until(async () => (await bench.queue.getActiveCount()) === 1);
			await until(() => bench.errors.length > 0);
			await worker.close();
			expect(await bench.queue.getJobCounts('active', 'wait', 'failed')).toMatchObject({
				active: 0,
				wait: 1,
				failed: 0,
			});
			expect(bench.begun).toEqual([]);
			bench.worker();
			await until(async () => (await bench.queue.getCompletedCount()) === 1);
		});

		test('11: a pause of everything parks the running jobs and takes no new one; a resume continues them', async () => {
			const bench = new Bench();
			const worker = bench.worker({concurrency: 3});
			await bench.add(6, {turns: 600});
			await until(() => bench.moving.size === 3);
			const report = await bench.fleet.pause('deploying');
			expect(report).toMatchObject({quiet: true, parked: 3, running: 0, workers: 1});
			await bench.expectStill();
			expect(worker.isPaused()).toBe(true);
			expect(await bench.queue.getJobCounts('active', 'wait')).toMatchObject({active: 3, wait: 3});
			expect(await bench.fleet.status()).toMatchObject({
				isQueuePaused: false,
				holds: [{reason: 'deploying'}],
			});
			await bench.fleet.resume();
			await until(async () => (await bench.queue.getCompletedCount()) === 6);
			expect(bench.begun.length).toBe(6);
			expect(bench.steps).toBe(3600);
			expect(bench.errors).toEqual([]);
		});

		test('10: other jobs get the places of parked ones, and at most `concurrency` bodies move at once', async () => {
			const bench = new Bench();
			const worker = bench.worker({concurrency: 2});
			await bench.add(2, {set: 'a', turns: 600});
			await until(() => bench.begun.length === 2);
			const held = bench.fleet.taskSet('a');
			expect(await held.pause()).toMatchObject({quiet: true, parked: 2});
			const others = await bench.add(4, {set: 'b', turns: 10});
			await until(async () => (await bench.queue.getCompletedCount()) === 4);
			expect(worker.concurrency).toBe(2);
			const more = await bench.add(4, {set: 'b', turns: 30});
			await until(() => bench.begun.length === 8);
			await held.resume();
			await until(async () => (await bench.queue.getCompletedCount()) === 10);
			expect(bench.mostMoving).toBe(2);
			expect(bench.begun.length).toBe(2 + others.length + more.length);
			expect(bench.errors).toEqual([]);
		});

		test('4: when a timed hold ends on its own, a parked job, a postponed job and a whole queue continue', async () => {
			const bench = new Bench();
			// No sweep once a lease helps.
			bench.worker({concurrency: 1, leaseMs: 600_000});
			await bench.add(1, {set: 'a', turns: 100});
			await until(() => bench.steps > 0);
			const hold = {forMs: 500, id: 'rate'};
			await bench.fleet.taskSet('a').hold('429', hold);
			// Its place goes to this one, so that it needs another.
			await bench.add(1, {turns: 1});
			await bench.add(1, {set: 'a', turns: 1});
			await until(async () => (await bench.queue.getCompletedCount()) === 3);
			await bench.fleet.hold('deploying', hold);
			await bench.add(1, {turns: 1});
			await until(async () => (await bench.queue.getCompletedCount()) === 4);
			expect(bench.errors).toEqual([]);
		});

		test('10: many random pauses lose no place and no job', async () => {
			const bench = new Bench();
			bench.worker({concurrency: 2});
			bench.worker({concurrency: 1});
			await bench.add(12, {set: 'a', turns: 12});
			await bench.add(12, {set: 'b', turns: 12});
			for (let round = 0; round < 12; round++) {
				const scope = [bench.fleet, bench.fleet.taskSet('a'), bench.fleet.taskSet('b')][round % 3]!;
				const {quiet} = await scope.pause(round, {timeout: 30_000});
				expect(quiet).toBe(true);
				if (round % 3 === 0) await bench.expectStill();
				await scope.resume();
				await sleep((round * 7) % 20);
			}
			await until(async () => (await bench.queue.getCompletedCount()) === 24);
			expect(bench.mostMoving).toBeLessThanOrEqual(3);
			// BullMQ's promotion on Postgres takes no lock: of two at a time, one may bring back a job that runs.
			const repeats = engine.locksExpire ? 0 : 24;
			expect(bench.steps).toBeGreaterThanOrEqual(24 * 12);
			expect(bench.steps).toBeLessThanOrEqual((24 + repeats) * 12);
			if (engine.locksExpire) expect(bench.errors).toEqual([]);
		});

		test('11: a job whose turn comes while its set is held begins only after the resume, in queue order', async () => {
			const bench = new Bench();
			bench.worker({concurrency: 1});
			await bench.fleet.taskSet('a').pause('over quota');
			const held = await bench.add(5, {set: 'a', turns: 1});
			await bench.add(3, {set: 'b', turns: 1});
			await until(async () => (await bench.queue.getCompletedCount()) === 3);
			await until(async () => (await bench.queue.getDelayedCount()) === 5);
			expect(bench.begun).toHaveLength(3);
			await bench.fleet.taskSet('a').resume();
			await until(async () => (await bench.queue.getCompletedCount()) === 8);
			expect(bench.begun.slice(3)).toEqual(held.map(({id}) => id));
			const [one] = await bench.queue.getCompleted(0, 0);
			expect(one!.attemptsMade).toBe(1);
			expect(bench.errors).toEqual([]);
		});

		test('19: a job added after a hold is written never begins before the hold ends, however soon its turn comes', async () => {
			const bench = new Bench();
			bench.worker({concurrency: 2});
			await bench.add(1, {turns: 1});
			await until(async () => (await bench.queue.getCompletedCount()) === 1);
			for (let round = 1; round <= 25; round++) {
				const hold = await bench.fleet.taskSet('a').hold(round);
				const [[held]] = await Promise.all([bench.add(1, {set: 'a', turns: 1}), bench.add(1, {turns: 1})]);
				await until(async () => (await held!.getState()) === 'delayed');
				expect(bench.begun).not.toContain(held!.id);
				await hold.release();
				await until(async () => (await bench.queue.getCompletedCount()) === 1 + 2 * round);
			}
			expect(bench.errors).toEqual([]);
		});

		test('a job in several sets is held while any of them is, also after promote() by the user', async () => {
			const bench = new Bench();
			bench.worker();
			await bench.fleet.taskSet('b').pause();
			const [job] = await bench.add(1, {set: ['a', 'b'], turns: 1});
			await until(async () => (await bench.queue.getDelayedCount()) === 1);
			await job!.promote();
			await until(async () => (await bench.queue.getDelayedCount()) === 1);
			expect(bench.begun).toEqual([]);
			await bench.fleet.taskSet('b').resume();
			await until(async () => (await bench.queue.getCompletedCount()) === 1);
		});

		test('a single job can be held, and continues after the resume', async () => {
			const bench = new Bench();
			bench.worker({concurrency: 2});
			const [one, two] = await bench.add(2, {turns: 600});
			await until(() => bench.moving.size === 2);
			const report = await bench.fleet.job(one!.id!).pause();
			expect(report).toMatchObject({quiet: true, parked: 1, running: 0});
			await until(() => bench.ended.includes(two!.id!));
			expect(bench.ended).not.toContain(one!.id);
			await bench.fleet.job(one!.id!).resume();
			await until(async () => (await bench.queue.getCompletedCount()) === 2);
		});

		test('16: an abort of a set reaches its running, parked and waiting jobs; none is retried', async () => {
			const bench = new Bench();
			bench.worker({concurrency: 2});
			const set = bench.fleet.taskSet('a');
			const jobs = await bench.queue.addBulk(
				Array.from({length: 2}, () => ({name: 'job', data: {set: 'a'}, opts: {attempts: 3}})),
			);
			await until(() => bench.moving.size === 2);
			await set.pause();
			await bench.add(2, {set: 'a'});
			await until(async () => (await bench.queue.getDelayedCount()) === 2);
			await bench.queue.add('job', {set: 'a'}, {delay: 60_000});
			await bench.queue.add('job', {set: 'b'}, {delay: 60_000});
			expect(await set.abort({why: 'gone'})).toMatchObject({quiet: true, running: 0});
			await until(async () => (await bench.queue.getFailedCount()) === 2);
			for (const {id} of jobs) {
				expect(bench.reasons.get(id!)).toEqual({why: 'gone'});
				const job = (await bench.queue.getJob(id!))!;
				expect(job.failedReason).toBe('{"why":"gone"}');
				expect(job.attemptsMade).toBe(1);
			}
			const counts = await bench.queue.getJobCounts('active', 'wait', 'delayed', 'failed');
			expect(counts).toMatchObject({active: 0, wait: 0, delayed: 1, failed: 2});
			await set.resume();
			await bench.add(1, {set: 'a', turns: 1});
			await until(async () => (await bench.queue.getCompletedCount()) === 1);
			expect(bench.errors).toEqual([]);
		});

		test.each(['its set', 'the job', 'everything'] as const)(
			'16: the first worker that joins obeys an earlier abort of %s, which reaches no later job',
			async (scope) => {
				const bench = new Bench();
				const [job] = await bench.add(1, {set: 'a', turns: 1});
				const data = {set: 'a', turns: 1};
				if (scope !== 'the job') {
					await bench.queue.add('job', data, {delay: 60_000});
					await bench.queue.add('job', data, {priority: 3});
				}
				if (scope === 'its set') await bench.queue.add('job', {set: 'b', turns: 1}, {delay: 60_000});
				const target = {
					'its set': bench.fleet.taskSet('a'),
					'the job': bench.fleet.job(job!.id!),
					everything: bench.fleet,
				}[scope];
				expect(await target.abort('gone')).toMatchObject({quiet: true, workers: 0});
				// Later than any difference of the clocks of machines that are in step.
				await sleep(1100);
				const [later] = await bench.add(1, data);
				for (let round = 0; round < 2; round++) bench.worker();
				await until(async () => (await bench.queue.getCompletedCount()) === 1);
				expect(bench.begun).toEqual([later!.id]);
				const waiting = async (): Promise<number> => {
					const counts = await bench.queue.getJobCounts('wait', 'prioritized', 'delayed', 'active');
					return Object.values(counts).reduce((sum, count) => sum + count, 0);
				};
				await until(async () => (await waiting()) === (scope === 'its set' ? 1 : 0));
			},
		);

		test('9: close() hands back parked jobs without counting an attempt, and another worker runs them after the resume', async () => {
			const bench = new Bench();
			const first = bench.worker({concurrency: 10});
			await bench.add(8, {turns: 10_000});
			const [deaf] = await bench.add(1, {deafMs: 300});
			await until(() => bench.moving.size === 9);
			await bench.fleet.pause('x');
			await first.close();
			expect(bench.reasons.get(deaf!.id!)).toBeInstanceOf(HandBackError);
			expect(bench.ended).toHaveLength(9);
			expect(await bench.queue.getJobCounts('active', 'delayed')).toMatchObject({active: 0, delayed: 9});
			expect((await bench.queue.getJob(deaf!.id!))!.attemptsMade).toBe(0);
			bench.worker({concurrency: 10});
			await sleep(100);
			expect(bench.begun).toHaveLength(9);
			await bench.fleet.resume();
			await until(() => bench.begun.length === 18);
			expect(await bench.fleet.abort('enough')).toMatchObject({quiet: true});
			expect(bench.errors).toEqual([]);
		});

		test('17: a worker hands back a job that is parked for longer than `holdMs`', async () => {
			const bench = new Bench();
			bench.worker({holdMs: 50});
			const [job] = await bench.add(1);
			await until(() => bench.moving.size === 1);
			await bench.fleet.pause('x');
			await until(() => bench.ended.length === 1);
			expect(bench.reasons.get(job!.id!)).toBeInstanceOf(HandBackError);
			await until(async () => (await bench.queue.getDelayedCount()) === 1);
			await bench.fleet.resume();
			await until(() => bench.moving.size === 1);
			await bench.fleet.abort();
		});

		test('8: a job parked for several lock durations keeps its lock', async () => {
			const bench = new Bench();
			const worker = bench.worker({lockDuration: 1200, stalledInterval: 600});
			const stalled: string[] = [];
			worker.on('stalled', (id) => stalled.push(id));
			const plain = new Worker(
				bench.name,
				null,
				{connection: engine.connection, stalledInterval: 600, autorun: false},
				engine.backend as BackendFactory<never>,
			);
			plain.on('stalled', (id) => stalled.push(id));
			closers.push(() => plain.close());
			await plain.startStalledCheckTimer();
			await bench.add(1, {turns: 600});
			await until(() => bench.moving.size === 1);
			await bench.fleet.pause('x');
			await sleep(6000);
			expect(stalled).toEqual([]);
			await bench.fleet.resume();
			await until(async () => (await bench.queue.getCompletedCount()) === 1);
			expect(bench.begun).toHaveLength(1);
		});

		test('8: a loop that blocks for several lock durations is aborted with LockLostError, and its end changes nothing', async () => {
			if (!engine.locksExpire) return;
			const bench = new Bench();
			bench.worker({lockDuration: 300, stalledInterval: 10_000});
			const [job] = await bench.add(1);
			await until(() => bench.moving.size === 1);
			const end = performance.now() + 900;
			while (performance.now() < end);
			await until(() => bench.reasons.has(job!.id!));
			expect(bench.reasons.get(job!.id!)).toBeInstanceOf(LockLostError);
			await sleep(50);
			expect(await bench.queue.getFailedCount()).toBe(0);
			expect(await bench.queue.getCompletedCount()).toBe(0);
		});

		test('15: a job that is in one worker twice keeps the lock of the second attempt when the first one ends', async () => {
			const bench = new Bench();
			const worker = bench.worker({
				concurrency: 2,
				lockDuration: 2000,
				stalledInterval: 200,
				maxStalledCount: 9,
			});
			const [job] = await bench.add(1, {deafMs: 1500});
			await until(() => bench.moving.size === 1);
			await engine.stall?.(bench.name, job!.id!);
			const end = performance.now() + (engine.stall === undefined ? 3000 : 0);
			while (performance.now() < end);
			await until(() => bench.begun.length === 2);
			expect(bench.ended).toEqual([]);
			await until(() => bench.ended.length === 1);
			// Of the locks that are renewed later than that, one is the second attempt's.
			await new Promise<void>((resolve) => {
				worker.on('locksRenewed', ({jobIds}) => jobIds.includes(job!.id!) && resolve());
			});
			expect(bench.begun).toHaveLength(2);
			expect(await bench.fleet.abort('enough')).toMatchObject({quiet: true});
		});

		test('19: an idle worker that gets no news of a job finds it within a lease, also while others are in the waiting room', async () => {
			if (engine.promoteUnheard === undefined) return;
			const bench = new Bench();
			await bench.fleet.taskSet('a').hold('quota');
			bench.worker({leaseMs: 1000});
			await bench.add(1, {set: 'a', turns: 1});
			const later = await bench.queue.add('job', {turns: 1}, {delay: 3_600_000});
			await until(async () => (await bench.queue.getDelayedCount()) === 2);
			// It has asked for a job in vain, and sleeps.
			await sleep(300);
			await engine.promoteUnheard(bench.name, later.id!);
			await until(async () => (await bench.queue.getCompletedCount()) === 1);
		});

		test('20: cancelJob, retries with back-off, and DelayedError work as in BullMQ', async () => {
			const bench = new Bench();
			let calls = 0;
			const worker = new PausableWorker(
				bench.name,
				async (job, token, signal) => {
					calls++;
					if (job.name === 'cancelled')
						await new Promise((_, reject) =>
							signal.addEventListener('abort', () => reject(new Error(String(signal.reason)))),
						);
					if (job.name === 'retried' && job.attemptsMade < 2) throw new Error('again');
					if (job.name === 'delayed' && job.attemptsStarted < 2) {
						await job.moveToDelayed(Date.now() + 20, token);
						throw new DelayedError();
					}
					return job.name;
				},
				{
					connection: engine.connection,
					concurrency: 3,
					drainDelay: 1,
					...(engine.store && {store: engine.store()}),
				},
				engine.backend,
			);
			const errors: Error[] = [];
			worker.on('error', (error) => errors.push(error));
			closers.push(() => worker.close());
			const events = new QueueEvents(
				bench.name,
				{connection: engine.connection},
				engine.backend as BackendFactory<never>,
			);
			closers.push(() => events.close());
			await events.waitUntilReady();
			const retried = await bench.queue.add(
				'retried',
				{},
				{attempts: 3, backoff: {type: 'fixed', delay: 10}},
			);
			expect(await retried.waitUntilFinished(events, 20_000)).toBe('retried');
			const delayed = await bench.queue.add('delayed', {});
			expect(await delayed.waitUntilFinished(events, 20_000)).toBe('delayed');
			const cancelled = await bench.queue.add('cancelled', {});
			const before = calls;
			await until(() => calls > before);
			expect(worker.cancelJob(cancelled.id!, 'by hand')).toBe(true);
			await expect(cancelled.waitUntilFinished(events, 20_000)).rejects.toThrow('by hand');
			expect(errors).toEqual([]);
		});

		test('23: a worker refuses the options and processors that cannot be paused', () => {
			const make = (processor: unknown, options: object) => (): unknown =>
				new PausableWorker(
					'x',
					processor as never,
					{connection: engine.connection, ...options},
					engine.backend,
				);
			expect(make('/a/file.js', {})).toThrow(/^processor: expected a function, as a pause cannot cross/);
			expect(make(async () => 1, {maxStartedAttempts: 3})).toThrow(/^maxStartedAttempts: expected none/);
			expect(make(async () => 1, {setOf: 'a'})).toThrow(/^setOf: expected a function/);
			expect(make(async () => 1, {whilePaused: 'x'})).toThrow(/^whilePaused: expected/);
			expect(make(async () => 1, {holdMs: -1})).toThrow(/^holdMs: expected/);
			expect(make(async () => 1, {store: {}})).toThrow(/^store: expected/);
		});

		test('19: a worker that joins while everything is held takes no job', async () => {
			const bench = new Bench();
			await bench.fleet.hold('early', {id: 'early'});
			bench.worker();
			await bench.add(2, {turns: 1});
			await sleep(150);
			expect(bench.begun).toEqual([]);
			await (await bench.fleet.hold('early', {id: 'early'})).release();
			await until(async () => (await bench.queue.getCompletedCount()) === 2);
			expect(bench.errors).toEqual([]);
			expect(bench.fleet).toBeInstanceOf(RemoteController);
		});
	});
}
