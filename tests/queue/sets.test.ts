// Task sets: turns, collection, reuse after an abort.
import {expect, jest, test} from '@jest/globals';
import {collectGarbage, createQueue, leftOn, macrotask, nothing} from './kit.ts';

test('idle sets that were at their limit once are collected', async () => {
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

test('a task that is added in an abort listener of its set is not aborted with it', async () => {
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

test('a pause of the queue touches none of its sets', async () => {
	const queue = createQueue();
	const sets = Array.from({length: 10}, (_, index) => queue.taskSet(`set ${index}`));
	void queue.pause();
	for (const set of sets) void set.add(() => 1);
	expect(sets.map(({signal}) => leftOn(signal))).toEqual(sets.map(() => nothing));
	queue.resume();
	await queue.onIdle();
});

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
