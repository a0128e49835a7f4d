// The rate limits of queues and sets: when tasks start, and which timers are left.
import {afterEach, beforeEach, describe, expect, jest, test} from '@jest/globals';
import type PQueue from 'p-queue';
import type {PausableQueue, TaskSet} from 'pausable-signal/queue';
import {collectGarbage, createQueue, Deferred, flush} from './kit.ts';
import {type QueueOptions, type Scenario, tracesOf} from './parity-kit.ts';

beforeEach(() => void jest.useFakeTimers({doNotFake: ['queueMicrotask', 'nextTick']}));
afterEach(() => void jest.useRealTimers());

async function pass(ms: number): Promise<void> {
	await flush();
	await jest.advanceTimersByTimeAsync(ms);
	await flush();
}

/** Adds tasks that take so many milliseconds; they note the times of their starts. */
function startTimes(group: PausableQueue | TaskSet | PQueue, takes: readonly number[]): number[] {
	const begin = Date.now();
	const times: number[] = [];
	for (const ms of takes)
		(group as PausableQueue)
			.add(() => {
				times.push(Date.now() - begin);
				return new Promise((resolve) => void setTimeout(resolve, ms));
			})
			.catch(() => {});
	return times;
}

// R1, R2
describe('as in p-queue', () => {
	const scenarios: Readonly<Record<string, readonly [QueueOptions, Scenario]>> = {
		'a window that has ended without a timer limits nothing, from its last moment on': [
			{interval: 100, intervalCap: 1, autoStart: false},
			async (queue, log) => {
				queue.addEventListener('add', () => log(`limited: ${queue.isRateLimited}`));
				queue.start();
				for (const wait of [100, 99, 101, 0]) {
					queue.add(() => log('starts')).catch(() => {});
					await pass(wait);
				}
				await pass(200);
			},
		],
		'a start in a window that has come to rest does not extend it': [
			{interval: 100, intervalCap: 2},
			async (queue, log) => {
				startTimes(queue, [0]);
				await pass(50);
				const times = startTimes(queue, [0, 0, 0, 0]);
				await pass(500);
				log(times.join());
			},
		],
		'a window begins at the end of the last one, even if no task can start then': [
			{interval: 100, intervalCap: 2, concurrency: 1},
			async (queue, log) => {
				startTimes(queue, [10]);
				await pass(20);
				const times = startTimes(queue, [150, 10, 10, 10, 10, 10, 10]);
				await pass(900);
				log(times.join());
			},
		],
		'windows follow each other while the last task runs': [
			{interval: 100, intervalCap: 1},
			async (queue, log) => {
				startTimes(queue, [0]);
				await pass(10);
				startTimes(queue, [350]);
				await pass(300);
				const times = startTimes(queue, [0, 0, 0]);
				await pass(400);
				log(times.join());
			},
		],
		'a window that ends in a pause: the next one begins with the first start after it': [
			{interval: 100, intervalCap: 1},
			async (queue, log) => {
				const times = startTimes(queue, [0, 0, 0, 0]);
				await pass(50);
				queue.pause();
				await pass(100);
				log(`limited: ${queue.isRateLimited}`);
				queue.start();
				await pass(400);
				log(times.join());
			},
		],
		'a window that has come to rest ends in a pause, too': [
			{interval: 100, intervalCap: 1},
			async (queue, log) => {
				startTimes(queue, [0]);
				await pass(20);
				queue.pause();
				const times = startTimes(queue, [0, 0, 0]);
				await pass(130);
				queue.start();
				await pass(400);
				log(times.join());
			},
		],
		'with `strict` a queue is limited by its rate only if no start is left': [
			{interval: 100, intervalCap: 2, strict: true, concurrency: 1},
			async (queue, log) => {
				const times = startTimes(queue, [10, 10, 10]);
				log(`limited: ${queue.isRateLimited}`);
				await pass(15);
				log(`limited: ${queue.isRateLimited}`);
				await pass(200);
				log(times.join());
			},
		],
		'with `strict` each start leaves the window on its own': [
			{interval: 100, intervalCap: 2, strict: true},
			async (queue, log) => {
				startTimes(queue, [0]);
				await pass(60);
				const times = startTimes(queue, [0, 0, 0, 0, 0, 0]);
				await pass(900);
				log(times.join());
			},
		],
		'with `strict`, many starts over a long time': [
			{interval: 10, intervalCap: 60, strict: true},
			async (queue, log) => {
				const times = startTimes(
					queue,
					Array.from({length: 300}, () => 0),
				);
				for (let turn = 0; turn < 60; turn++) {
					void queue.add(() => times.push(1_000 + turn)).catch(() => {});
					await pass(1);
				}
				log(times.join());
			},
		],
	};
	test.each(Object.entries(scenarios))('%s', async (_name, [options, scenario]) => {
		const {theirs, ours} = await tracesOf(options, scenario);
		expect(theirs.length).toBeGreaterThan(1);
		expect(ours).toEqual(theirs);
	});
});

test('the windows of a set are fixed unless `strict` is asked for', async () => {
	const takes = [0, 0, 0];
	const startsOf = async (options: object): Promise<number[]> => {
		const set = createQueue().taskSet('set', {interval: 100, intervalCap: 2, ...options});
		startTimes(set, [0]);
		await pass(90);
		const times = startTimes(set, takes);
		await pass(300);
		return times;
	};
	expect(await startsOf({})).toEqual([0, 10, 10]);
	expect(await startsOf({strict: true})).toEqual([0, 10, 100]);
});

test('the windows of a set with waiting tasks are those of a queue', async () => {
	const limit = {interval: 100, intervalCap: 2, concurrency: 1};
	for (const group of [createQueue(limit), createQueue().taskSet('set', limit)]) {
		startTimes(group, [10]);
		await pass(20);
		const times = startTimes(group, [150, 10, 10, 10, 10, 10, 10]);
		await pass(900);
		expect(times).toEqual([0, 150, 160, 180, 190, 280, 290]);
	}
});

test('a window may be longer than a timer can wait', async () => {
	const longest = 2 ** 31 - 1;
	const set = createQueue().taskSet('set', {interval: longest + 1, intervalCap: 1});
	void set.pause();
	const times = startTimes(set, [0, 0]);
	set.resume();
	await pass(1_000);
	expect(times).toEqual([0]);
	await pass(longest);
	expect(times).toEqual([0, longest + 1]);
});

// R3
describe('no timer runs', () => {
	test.each([{}, {intervalCap: 3, interval: 0}, {interval: 100}])(
		'for the limit %p: it is none',
		async (limit) => {
			const queue = createQueue(limit);
			void queue.add(() => new Promise(() => {})).catch(() => {});
			queue
				.taskSet('set', limit)
				.add(() => new Promise(() => {}))
				.catch(() => {});
			await pass(0);
			expect([queue.pending, jest.getTimerCount()]).toEqual([2, 0]);
		},
	);

	test.each([false, true])('while no task waits; strict: %p', async (strict) => {
		const queue = createQueue({interval: 100, intervalCap: 3, strict});
		for (let task = 0; task < 2; task++) queue.add(() => new Promise(() => {})).catch(() => {});
		await pass(0);
		await pass(100);
		expect([queue.pending, jest.getTimerCount()]).toEqual([2, 0]);
	});

	test('in a pause, as long as starts are left', async () => {
		const queue = createQueue({interval: 100, intervalCap: 2});
		await queue.add(() => 1);
		void queue.pause();
		queue.add(() => 2).catch(() => {});
		await flush();
		expect(jest.getTimerCount()).toBe(0);
		queue.clear();
	});

	test('in a pause, after the end of the window', async () => {
		const queue = createQueue({interval: 100, intervalCap: 1, keepAlive: false});
		startTimes(queue, [0, 0]);
		await pass(50);
		void queue.pause();
		await pass(200);
		expect([queue.size, queue.isRateLimited, jest.getTimerCount()]).toEqual([1, false, 0]);
		queue.clear();
	});

	test('for a set whose tasks were cleared, when another task starts', async () => {
		const queue = createQueue();
		const set = queue.taskSet('set', {interval: 100, intervalCap: 1});
		await set.add(() => 1);
		await pass(50);
		void queue.pause();
		set.add(() => 2).catch(() => {});
		const end = new Deferred<void>();
		void queue.add(() => end.promise);
		set.clear();
		const before = jest.getTimerCount();
		queue.resume();
		await flush();
		expect([queue.pending, jest.getTimerCount() - before]).toEqual([1, 0]);
		end.resolve();
		await queue.onIdle();
	});
});

test.each([false, true])(
	'a limited queue sleeps until the next start is allowed; strict: %p',
	async (strict) => {
		const queue = createQueue({interval: 100, intervalCap: 1, strict});
		const times = startTimes(queue, [0, 0]);
		await flush();
		// The first task's own.
		jest.advanceTimersToNextTimer();
		await flush();
		jest.advanceTimersToNextTimer();
		expect(times).toEqual([0, 100]);
	},
);

// L2
describe.each([false, true])('a set remembers its starts as long as they count; strict: %p', (strict) => {
	const options = {interval: 60_000, intervalCap: 5, strict};

	test('with one timer, and no longer', async () => {
		const set = createQueue().taskSet('set', options);
		for (let turn = 0; turn < 2; turn++) {
			await set.add(() => 1);
			await pass(1_000);
			await set.add(() => 2);
			expect(jest.getTimerCount()).toBe(1);
			await pass(58_999);
			expect(jest.getTimerCount()).toBe(1);
			await pass(1);
			// The second start has not left the sliding window yet.
			expect(jest.getTimerCount()).toBe(strict ? 1 : 0);
			await pass(60_000);
			expect(jest.getTimerCount()).toBe(0);
		}
	});

	test('and is collected afterwards', async () => {
		const queue = createQueue();
		for (let index = 0; index < 50; index++) void queue.taskSet(`set ${index}`, options).add(() => 1);
		await pass(1);
		const sets = (): number => queue.inspect().sets.length;
		const during = sets();
		await pass(120_000);
		jest.useRealTimers();
		await collectGarbage(() => sets() < 5);
		expect([during, sets() < 5]).toEqual([50, true]);
	});
});

test('a set does not remember the starts of a window that has ended', async () => {
	const set = createQueue().taskSet('set', {interval: 100, intervalCap: 1, concurrency: 1});
	const end = new Deferred<void>();
	void set.add(() => end.promise);
	set.add(() => 2).catch(() => {});
	await pass(230);
	set.clear();
	end.resolve();
	await set.onIdle();
	expect(jest.getTimerCount()).toBe(0);
});
