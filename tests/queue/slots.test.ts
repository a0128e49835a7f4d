// What becomes of the slots of parked tasks.
import {describe, expect, test} from '@jest/globals';
import {PausableController, type PausableSignal} from 'pausable-signal';
import type {QueueTaskContext} from 'pausable-signal/queue';
import {createQueue, Deferred, flush, macrotask, parkOnce, runUntil, ticks} from './kit.ts';

// P2
describe('a parked task that continues comes before newcomers', () => {
	test('when concurrency is raised', async () => {
		const log: string[] = [];
		const end = new Deferred<void>();
		const queue = createQueue({concurrency: 1});
		const set = queue.taskSet('set');
		void set.add(parkOnce(log, 'parked', end.promise));
		await set.pause();
		void queue.add(runUntil(log, 'busy', end.promise));
		void queue.add(runUntil(log, 'newcomer', end.promise));
		set.resume();
		await flush();
		queue.concurrency = 2;
		await flush();
		expect(log).toEqual(['busy starts', 'parked goes on']);
		end.resolve();
		await queue.onIdle();
	});

	test('when the queue itself is resumed', async () => {
		const log: string[] = [];
		const end = new Deferred<void>();
		const queue = createQueue({concurrency: 1, whilePaused: 'release'});
		void queue.add(parkOnce(log, 'parked', end.promise));
		void queue.add(runUntil(log, 'newcomer', end.promise));
		await queue.pause();
		queue.resume();
		await flush();
		expect(log).toEqual(['parked goes on']);
		end.resolve();
		await queue.onIdle();
	});

	test('when its set was resumed during a pause of the queue', async () => {
		const log: string[] = [];
		const end = new Deferred<void>();
		const queue = createQueue({concurrency: 1});
		const set = queue.taskSet('set');
		void set.add(parkOnce(log, 'parked', end.promise));
		await set.pause();
		void queue.pause();
		void queue.add(runUntil(log, 'newcomer', end.promise));
		set.resume();
		queue.resume();
		await flush();
		expect(log).toEqual(['parked goes on']);
		end.resolve();
		await queue.onIdle();
	});
});

describe('a task without its slot', () => {
	// P3
	test('that is aborted while it waits for a slot cleans up without one, and is counted once', async () => {
		const cleanup = new Deferred<void>();
		const end = new Deferred<void>();
		const controller = new AbortController();
		const queue = createQueue({concurrency: 1});
		const set = queue.taskSet('set');
		const parked = set.add(
			async ({signal}) => {
				try {
					await macrotask();
					await signal.checkpoint();
				} finally {
					await cleanup.promise;
				}
			},
			{signal: controller.signal},
		);
		parked.catch(() => {});
		await set.pause();
		void queue.add(() => end.promise);
		set.resume();
		controller.abort();
		end.resolve();
		await flush();
		const {running, parked: standing} = set.progress;
		expect({running, standing}).toEqual({running: 1, standing: 0});
		cleanup.resolve();
		await queue.onIdle();
		expect(queue.progress).toMatchObject({running: 0, parked: 0, waiting: 0});
	});

	// P3
	test('that is aborted during the pause does not take a slot at the end of the pause', async () => {
		const log: string[] = [];
		const cleanup = new Deferred<void>();
		const controller = new AbortController();
		const queue = createQueue({concurrency: 1});
		const set = queue.taskSet('set');
		const parked = set.add(
			async ({signal}) => {
				try {
					await macrotask();
					await signal.checkpoint();
				} finally {
					await cleanup.promise;
				}
			},
			{signal: controller.signal},
		);
		parked.catch(() => {});
		await set.pause();
		controller.abort();
		set.resume();
		void queue.add(() => log.push('another'));
		await flush();
		const {running, parked: standing} = set.progress;
		expect({log, running, standing}).toEqual({log: ['another'], running: 1, standing: 0});
		cleanup.resolve();
		await queue.onIdle();
		expect(queue.progress).toMatchObject({running: 0, parked: 0, waiting: 0});
	});

	test('says so once its pause is over', async () => {
		const end = new Deferred<void>();
		const queue = createQueue({concurrency: 1});
		const set = queue.taskSet('set');
		let own: PausableSignal | undefined;
		void set.add(({signal}) => {
			own = signal;
			return parkOnce([], 'parked')({signal} as QueueTaskContext);
		});
		await set.pause('lunch');
		expect(own?.pauseReason).toBe('lunch');
		void queue.add(() => end.promise);
		set.resume();
		expect([own?.paused, own?.pauseReason]).toEqual([true, 'waiting for a slot']);
		end.resolve();
		await queue.onIdle();
		expect(own?.paused).toBe(false);
	});

	// S1
	test('that is aborted gives none back at its end', async () => {
		const log: string[] = [];
		const end = new Deferred<void>();
		const queue = createQueue({concurrency: 1});
		const set = queue.taskSet('set');
		set.add(parkOnce([], 'aborted')).catch(() => {});
		await set.pause();
		set.abort();
		await flush();
		for (const name of ['first', 'second']) void queue.add(runUntil(log, name, end.promise));
		await flush();
		expect([log, queue.pending]).toEqual([['first starts'], 1]);
		end.resolve();
		await queue.onIdle();
	});

	// S2
	test('that continues after a timeout of its wait counts as running, and takes a slot', async () => {
		const [timedOut, end] = [new Deferred<void>(), new Deferred<void>()];
		const queue = createQueue({concurrency: 1});
		const set = queue.taskSet('set');
		void set.add(async ({signal}) => {
			await macrotask();
			await signal.gate.wait({timeout: 1});
			timedOut.resolve();
			await end.promise;
		});
		await set.pause();
		await timedOut.promise;
		const log: string[] = [];
		void queue.add(() => log.push('newcomer'));
		await flush();
		const during = log.length;
		set.resume();
		await flush();
		expect({during, ...set.progress}).toMatchObject({during: 0, running: 1, parked: 0});
		end.resolve();
		await queue.onIdle();
		expect(queue.progress).toMatchObject({running: 0, parked: 0, waiting: 0});
	});
});

// P1
describe('a pause of the set while its task wakes up from another pause', () => {
	// The library sees a tick later than the task that it goes on: its slot is its own all the time.
	for (const from of ['its own signal', 'the queue'] as const) {
		for (let tick = 0; tick < 8; tick++) {
			test(`from ${from}, ${tick} ticks later: one at a time moves`, async () => {
				const end = new Deferred<void>();
				const own = new PausableController();
				const queue = createQueue({concurrency: 1});
				const set = queue.taskSet('set');
				let moving = 0;
				let most = 0;
				const move = (by: number): void => {
					moving += by;
					most = Math.max(most, moving);
				};
				void set.add(
					async ({signal}) => {
						move(1);
						await macrotask();
						move(-1);
						await signal.checkpoint();
						move(1);
						await end.promise;
						move(-1);
					},
					{signal: own.signal},
				);
				if (from === 'the queue') void queue.pause();
				else own.pause();
				await macrotask();
				await macrotask();
				void queue.add(async () => {
					move(1);
					await end.promise;
					move(-1);
				});
				if (from === 'the queue') queue.resume();
				else own.resume();
				await ticks(tick);
				void set.pause();
				await macrotask();
				end.resolve();
				await macrotask();
				set.resume();
				await queue.onIdle();
				expect({most, parked: set.progress.parked}).toEqual({most: 1, parked: 0});
			});
		}
	}
});

// S1
test('a parked task of a set that holds its slots leaves it to nobody', async () => {
	const log: string[] = [];
	const queue = createQueue({concurrency: 1});
	const set = queue.taskSet('set', {whilePaused: 'hold'});
	void set.add(parkOnce(log, 'parked'));
	void queue.add(() => log.push('other'));
	await set.pause();
	await macrotask();
	expect([log, queue.size]).toEqual([[], 1]);
	set.resume();
	await queue.onIdle();
	expect(log).toEqual(['parked goes on', 'parked ends', 'other']);
});

test('a task that is aborted at its turn leaves its slot to others', async () => {
	const log: string[] = [];
	const end = new Deferred<void>();
	const queue = createQueue({concurrency: 2, autoStart: false});
	const controller = new AbortController();
	// Heard before the queue hears of the abort.
	controller.signal.addEventListener('abort', () => queue.start());
	const late = queue.add(() => log.push('late'), {signal: controller.signal});
	for (const name of ['a', 'b', 'c']) void queue.add(runUntil(log, name, end.promise));
	controller.abort('too late');
	await expect(late).rejects.toBe('too late');
	await flush();
	expect([log, queue.pending, queue.size]).toEqual([['a starts', 'b starts'], 2, 1]);
	end.resolve();
	await queue.onIdle();
	expect(log).toEqual(['a starts', 'b starts', 'a ends', 'b ends', 'c starts', 'c ends']);
});
