// Parked tasks: whose pause takes their slots away, in which order they return, and who cannot.
import {subscribe, unsubscribe} from 'node:diagnostics_channel';
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals';
import {PausableController} from 'pausable-signal';
import type {PausableQueue, QueueTaskContext, TaskMessage, TaskSet} from 'pausable-signal/queue';
import {createQueue, Deferred, flush, macrotask, parkOnce, runUntil} from './kit.ts';

/** The messages of the diagnostics channels: when tasks park and resume. */
const published: string[] = [];
const hearPark = (message: unknown): void => void published.push(`${(message as TaskMessage).id} parks`);
const hearResume = (message: unknown): void => void published.push(`${(message as TaskMessage).id} resumes`);

beforeEach(() => {
	published.length = 0;
	subscribe('pausable-signal:task:park', hearPark);
	subscribe('pausable-signal:task:resume', hearResume);
});
afterEach(() => {
	unsubscribe('pausable-signal:task:park', hearPark);
	unsubscribe('pausable-signal:task:resume', hearResume);
});

describe('the slot of a parked task', () => {
	test('stays taken in a pause of the queue that holds slots, also if the set of the task would give it', async () => {
		const queue = createQueue({concurrency: 1, whilePaused: 'hold'});
		const task = queue.taskSet('set', {whilePaused: 'release'}).add(parkOnce([], 'task'));
		const waiting = queue.add(() => 'ran');
		await queue.pause();
		expect(queue.isSaturated).toBe(true);
		queue.resume();
		await task;
		expect(await waiting).toBe('ran');
	});

	test('goes to others when the set is paused, too, after the queue has parked the task', async () => {
		const log: string[] = [];
		const end = new Deferred<void>();
		const queue = createQueue({concurrency: 1, whilePaused: 'hold'});
		const set = queue.taskSet('set');
		void set.add(parkOnce(log, 'parked'));
		await queue.pause();
		void set.pause();
		void queue.add(runUntil(log, 'other', end.promise));
		queue.resume();
		await flush();
		expect(log).toEqual(['other starts']);
		set.resume();
		end.resolve();
		await queue.onIdle();
		expect(log).toEqual(['other starts', 'other ends', 'parked goes on', 'parked ends']);
	});

	test.each(['hold', 'release'] as const)(
		'is free when its function ends without a look at its checkpoint; while paused: %s',
		async (whilePaused) => {
			const end = new Deferred<void>();
			const queue = createQueue({concurrency: 1});
			const set = queue.taskSet('set', {whilePaused});
			const task = set.add(async ({signal}) => {
				await macrotask();
				await Promise.race([signal.checkpoint(), end.promise]);
				return 'ended';
			});
			expect((await set.pause()).parked.length).toBe(1);
			end.resolve();
			expect(await task).toBe('ended');
			await flush();
			expect(queue.progress).toMatchObject({running: 0, parked: 0, completed: 1});
			expect([set.state, queue.isSaturated]).toEqual(['paused', false]);
			expect(await queue.addAll([() => 1, () => 2])).toEqual([1, 2]);
		},
	);
});

// P2
describe('tasks without slots return in the order in which their pauses ended', () => {
	/** Two parked tasks, `a` in a set of a set of one, and `b`. Another task has the only slot of that set, and of the queue. */
	class Scene {
		readonly log: string[] = [];
		readonly end = new Deferred<void>();
		readonly queue = createQueue({concurrency: 1});
		readonly outer = this.queue.taskSet('outer', {concurrency: 1});
		readonly sets = {a: this.outer.taskSet('a'), b: this.queue.taskSet('b')};

		async begin(): Promise<void> {
			for (const [name, set] of Object.entries(this.sets)) {
				void set.add(parkOnce(this.log, name, macrotask()));
				await set.pause();
			}
			void this.outer.add(() => this.end.promise);
		}

		/** Lets all tasks end; the order in which they went on. */
		async finish(): Promise<string[]> {
			this.end.resolve();
			await this.queue.onIdle();
			return this.log.filter((line) => line.endsWith('goes on'));
		}
	}

	const orders = [
		['a', 'b'],
		['b', 'a'],
	] as const;

	test.each(orders)('first %s, then %s', async (...order) => {
		const scene = new Scene();
		await scene.begin();
		for (const name of order) scene.sets[name].resume();
		expect(await scene.finish()).toEqual(order.map((name) => `${name} goes on`));
	});

	test.each(orders)('first %s, then %s, also if the set gets room before the queue', async (...order) => {
		const scene = new Scene();
		await scene.begin();
		for (const name of order) scene.sets[name].resume();
		scene.outer.concurrency = 2;
		expect(await scene.finish()).toEqual(order.map((name) => `${name} goes on`));
	});
});

describe('a task without its slot', () => {
	/** A task that its set has parked, and that has a signal of its own. */
	async function begin(): Promise<{
		queue: PausableQueue;
		set: TaskSet;
		own: PausableController;
		log: string[];
	}> {
		const log: string[] = [];
		const own = new PausableController();
		const queue = createQueue({concurrency: 1});
		const set = queue.taskSet('set');
		void set.add(parkOnce(log, 'task'), {id: 'task', signal: own.signal});
		await set.pause();
		return {queue, set, own, log};
	}

	test.each(['own', 'set'] as const)(
		'does not return while two pauses hold it, and the %s ends first',
		async (first) => {
			const {queue, set, own, log} = await begin();
			own.pause();
			const [one, other] = first === 'own' ? [own, set] : [set, own];
			one.resume();
			await flush();
			expect([log, published, queue.progress.parked]).toEqual([[], ['task parks'], 1]);
			other.resume();
			await queue.onIdle();
			expect([log, published]).toEqual([
				['task goes on', 'task ends'],
				['task parks', 'task resumes'],
			]);
		},
	);

	// P3
	test.each(['during the pause', 'while it waits for a slot'] as const)(
		'takes none if it is aborted %s, whatever returns beside it',
		async (when) => {
			const [busy, end] = [new Deferred<void>(), new Deferred<void>()];
			const log: string[] = [];
			const queue = createQueue({concurrency: 2});
			const set = queue.taskSet('set');
			const aborter = new AbortController();
			const cleansUp = async ({signal}: QueueTaskContext): Promise<void> => {
				await macrotask();
				try {
					await signal.checkpoint();
				} finally {
					await end.promise;
				}
			};
			set.add(cleansUp, {signal: aborter.signal}).catch(() => {});
			void set.add(parkOnce(log, 'beside', end.promise));
			await set.pause();
			void queue.addAll([() => busy.promise, () => busy.promise]);
			if (when === 'during the pause') aborter.abort();
			set.resume();
			aborter.abort();
			busy.resolve();
			await macrotask();
			void queue.add(runUntil(log, 'last', end.promise));
			expect({log, pending: queue.pending}).toEqual({log: ['beside goes on', 'last starts'], pending: 3});
			end.resolve();
			await queue.onIdle();
		},
	);

	test('takes none that becomes free while it is paused again, and returns after that pause', async () => {
		const {queue, set, own, log} = await begin();
		const ends = [new Deferred<void>(), new Deferred<void>()] as const;
		void queue.add(runUntil(log, 'first', ends[0].promise));
		set.resume();
		own.pause();
		void queue.add(runUntil(log, 'second', ends[1].promise));
		ends[0].resolve();
		await flush();
		expect(log).toEqual(['first starts', 'first ends', 'second starts']);
		own.resume();
		ends[1].resolve();
		await queue.onIdle();
		expect(log.slice(3)).toEqual(['second ends', 'task goes on', 'task ends']);
	});
});

// J2
test('a task that is aborted as its start is published starts with an aborted signal', async () => {
	const queue = createQueue();
	const set = queue.taskSet('set');
	const seen: unknown[] = [];
	const abort = (): void => {
		seen.push(queue.runningTasks.map(({id, timeoutRemaining}) => [id, timeoutRemaining]));
		seen.push(queue.inspect().sets[0]?.tasks.map(({id, state}) => [id, state]));
		set.abort('enough');
	};
	subscribe('pausable-signal:task:start', abort);
	const task = set.add(async ({signal}) => seen.push(signal.reason), {id: 'task'});
	unsubscribe('pausable-signal:task:start', abort);
	await expect(task).rejects.toBe('enough');
	expect(seen).toEqual([[['task', undefined]], [['task', 'running']], 'enough']);
	await queue.onIdle();
	expect(queue.progress).toMatchObject({aborted: 1, completed: 0});
});
