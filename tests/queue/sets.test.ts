// Task sets: turns, collection, reuse after an abort.
import {describe, expect, jest, test} from '@jest/globals';
import type {TaskSet} from '../../src/queue/index.ts';
import {collectGarbage, createQueue, leftOn, macrotask, nothing} from './kit.ts';

// L2
test('idle sets that were once at their limit are collected', async () => {
	const queue = createQueue();
	for (let host = 0; host < 1000; host++) {
		const set = queue.taskSet(`host ${host}`, {concurrency: 1});
		void set.add(macrotask);
		void set.add(macrotask);
	}
	await queue.onIdle();
	await collectGarbage();
	expect(queue.inspect().sets.length).toBeLessThan(100);
});

test('a task added in an abort listener of its set does not abort with it', async () => {
	const queue = createQueue();
	const set = queue.taskSet('set');
	let next: Promise<string> | undefined;
	const aborted = set.add(async ({signal}) => {
		signal.addEventListener('abort', () => {
			next = set.add(async ({signal: another}) => {
				await macrotask();
				another.throwIfAborted();
				return 'done';
			});
		});
		await macrotask();
	});
	set.abort('over');
	await expect(aborted).rejects.toBe('over');
	await expect(next).resolves.toBe('done');
});

// T2, T3
test.each([true, false])(
	'sets take turns, whether they were filled during a pause or not: %p',
	async (isPaused) => {
		const order: string[] = [];
		const queue = createQueue({concurrency: 1, autoStart: !isPaused});
		void queue.add(macrotask);
		for (const id of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'])
			void queue.add(() => void order.push(id), {set: id.slice(0, 1)});
		queue.start();
		await queue.onIdle();
		expect(order).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
	},
);

describe('concurrency, set on a set', () => {
	/** Tasks of a set that run until they are told to end. */
	function openTasks(set: TaskSet, count: number): (() => void)[] {
		const ends: (() => void)[] = [];
		for (let index = 0; index < count; index++)
			void set.add(() => new Promise<void>((resolve) => ends.push(resolve)));
		return ends;
	}

	// S3
	test('starts waiting tasks at once when it is raised', async () => {
		const set = createQueue().taskSet('set', {concurrency: 1});
		const running = openTasks(set, 5);
		expect([set.concurrency, running.length]).toEqual([1, 1]);
		set.concurrency = 3;
		expect([set.concurrency, running.length]).toEqual([3, 3]);
		set.concurrency = Infinity;
		expect(running.length).toBe(5);
		for (const end of running) end();
		await set.onIdle();
	});

	test('stops no task when it is lowered, and none starts before there is room', async () => {
		const set = createQueue().taskSet('set', {concurrency: 3});
		const running = openTasks(set, 5);
		set.concurrency = 1;
		expect(set.pending).toBe(3);
		running[0]?.();
		running[1]?.();
		await macrotask();
		expect([set.pending, running.length]).toEqual([1, 3]);
		running[2]?.();
		await macrotask();
		expect([set.pending, running.length]).toEqual([1, 4]);
		running[3]?.();
		await macrotask();
		running[4]?.();
		await set.onIdle();
	});

	test('lowered during a pause, lets only as many tasks return as there is room for', async () => {
		const set = createQueue().taskSet('set', {concurrency: 3});
		let moving = 0;
		const ends: (() => void)[] = [];
		for (let index = 0; index < 3; index++)
			void set.add(async ({signal}) => {
				await macrotask();
				await signal.checkpoint();
				moving++;
				await new Promise<void>((resolve) => ends.push(resolve));
			});
		await set.pause();
		set.concurrency = 2;
		set.resume();
		await macrotask();
		expect(moving).toBe(2);
		ends[0]?.();
		await macrotask();
		expect(moving).toBe(3);
		for (const end of ends) end();
		await set.onIdle();
	});

	test('does not resume a paused set, and counts once it continues', async () => {
		const set = createQueue().taskSet('set', {concurrency: 1});
		await set.pause();
		const running = openTasks(set, 2);
		set.concurrency = 2;
		expect(running.length).toBe(0);
		set.resume();
		expect(running.length).toBe(2);
		for (const end of running) end();
		await set.onIdle();
	});

	test('does not override the limits around it', async () => {
		const queue = createQueue({concurrency: 2});
		const set = queue.taskSet('set', {concurrency: 1});
		const running = openTasks(set, 4);
		set.concurrency = 4;
		expect(running.length).toBe(2);
		set.abort();
		for (const end of running) end();
		await queue.onIdle();
	});

	test('does not change the options: asking for the set again is no error', () => {
		const queue = createQueue();
		const set = queue.taskSet('set', {concurrency: 1});
		set.concurrency = 5;
		expect(queue.taskSet('set', {concurrency: 1})).toBe(set);
		expect(() => queue.taskSet('set', {concurrency: 5})).toThrow(RangeError);
	});

	test('keeps the set from being collected while it differs, and no longer', async () => {
		const queue = createQueue();
		for (let index = 0; index < 200; index++) queue.taskSet(`set ${index}`).concurrency = 2;
		await collectGarbage();
		expect(queue.taskSet('set 7').concurrency).toBe(2);
		for (let index = 0; index < 200; index++) queue.taskSet(`set ${index}`).concurrency = Infinity;
		const left = (): number => queue.inspect().sets.length;
		await collectGarbage(() => left() < 20);
		expect(left()).toBeLessThan(20);
	});

	test.each([0, -1, 1.5, NaN, '2', undefined])('refuses %p', (bad) => {
		const set = createQueue().taskSet('set');
		expect(() => (set.concurrency = bad as number)).toThrow(TypeError);
		expect(set.concurrency).toBe(Infinity);
	});
});

test('clear() returns the ids of the waiting tasks, sets inside included', async () => {
	const queue = createQueue({concurrency: 1});
	const running = queue.add(macrotask, {id: 'runs'});
	void queue.add(macrotask, {id: 'waits'});
	void queue.add(macrotask, {id: 'inside', set: 'set'});
	expect(queue.clear()).toEqual(['waits', 'inside']);
	expect(queue.clear()).toEqual([]);
	await running;
});

// C1
test('a pause of the queue touches none of its sets', async () => {
	const queue = createQueue();
	const sets = Array.from({length: 10}, (_, index) => queue.taskSet(`set ${index}`));
	void queue.pause();
	for (const set of sets) void set.add(() => 1);
	expect(sets.map(({signal}) => leftOn(signal))).toEqual(sets.map(() => nothing));
	queue.resume();
	await queue.onIdle();
});

// R3
test.each(['clear', 'abort'] as const)('a rate-limited set leaves no timer after %s()', async (verb) => {
	jest.useFakeTimers({doNotFake: ['queueMicrotask', 'nextTick']});
	const queue = createQueue();
	const set = queue.taskSet('set', {interval: 60_000, intervalCap: 1});
	await set.add(() => 1);
	set.add(() => 2).catch(() => {});
	// One is unreferenced: the set remembers its starts for so long.
	const before = jest.getTimerCount();
	set[verb]();
	const left = before - jest.getTimerCount();
	const task = set.add(() => 3);
	jest.advanceTimersByTime(60_000);
	jest.useRealTimers();
	expect({left, next: await task}).toEqual({left: 1, next: 3});
});
