// What can be seen of a queue: progress, events, inspect(), diagnostics channels, stuck.
import {subscribe, unsubscribe} from 'node:diagnostics_channel';
import {inspect} from 'node:util';
import {afterEach, beforeEach, describe, expect, jest, test} from '@jest/globals';
import type {PausableQueue, QueueProgress, TaskMessage, TaskSet} from 'pausable-signal/queue';
import {publish} from '../../src/queue/diagnostics.ts';
import {createQueue, Deferred, flush, macrotask, parkOnce, ticks} from './kit.ts';

function counts({waiting, running, parked, completed, failed, aborted}: QueueProgress): number[] {
	return [waiting, running, parked, completed, failed, aborted];
}

describe('progress', () => {
	test('each task is in exactly one count, in its set and in all sets around it', async () => {
		const queue = createQueue({concurrency: 2});
		const set = queue.taskSet('set');
		const end = new Deferred<void>();
		const controller = new AbortController();
		const signal = controller.signal;
		const seen: number[][] = [];
		const look = (): void => {
			expect(counts(set.progress)).toEqual(counts(queue.progress));
			seen.push(counts(queue.progress));
		};
		set.add(parkOnce([], 'parks', end.promise)).catch(() => {});
		set.add(() => end.promise, {signal}).catch(() => {});
		set.add(() => Promise.reject(new Error('no'))).catch(() => {});
		set.add(() => 1).catch(() => {});
		look();
		void set.pause();
		await macrotask();
		await macrotask();
		look();
		controller.abort();
		look();
		set.resume();
		end.resolve();
		await queue.onIdle();
		look();
		expect(seen).toEqual([
			[2, 2, 0, 0, 0, 0],
			[2, 1, 1, 0, 0, 0],
			// An aborted body counts as running until it ends.
			[2, 1, 1, 0, 0, 0],
			[0, 0, 0, 2, 1, 1],
		]);
	});

	const aborts: Readonly<Record<string, (set: TaskSet, queue: PausableQueue) => unknown>> = {
		cleared: (set) => set.clear(),
		'aborted with its set': (set) => set.abort(),
		stopped: (_set, queue) => queue.stop(),
	};
	test.each(Object.entries(aborts))('a waiting task that is %s counts as aborted', async (_name, abort) => {
		const queue = createQueue({autoStart: false});
		const set = queue.taskSet('set');
		set.add(() => 1).catch(() => {});
		await abort(set, queue);
		expect(counts(queue.progress)).toEqual([0, 0, 0, 0, 0, 1]);
		expect(counts(set.progress)).toEqual([0, 0, 0, 0, 0, 1]);
	});

	test('a task that timed out counts as aborted', async () => {
		const queue = createQueue();
		const task = queue.add(
			({signal}) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
			{timeout: 1},
		);
		await expect(task).rejects.toMatchObject({name: 'TimeoutError'});
		await queue.onIdle();
		expect(counts(queue.progress)).toEqual([0, 0, 0, 0, 0, 1]);
	});

	describe('rate and estimate', () => {
		beforeEach(() => void jest.useFakeTimers({doNotFake: ['queueMicrotask', 'nextTick']}));
		afterEach(() => void jest.useRealTimers());

		/** Ten tasks of a second each, one after the other. */
		async function begin(): Promise<{queue: PausableQueue; pass: (seconds: number) => Promise<void>}> {
			const queue = createQueue({concurrency: 1});
			void queue.progress;
			for (let task = 0; task < 10; task++)
				void queue.add(() => new Promise((resolve) => void setTimeout(resolve, 1_000)));
			const pass = async (seconds: number): Promise<void> => {
				for (let second = 0; second < seconds; second++) {
					jest.advanceTimersByTime(1_000);
					await flush();
				}
			};
			return {queue, pass};
		}

		test('are unknown before the first end', async () => {
			const {queue, pass} = await begin();
			expect(queue.progress).toMatchObject({rate: 0, eta: undefined});
			await pass(10);
		});

		test('the rate is in tasks per second, the estimate in milliseconds', async () => {
			const {queue, pass} = await begin();
			await pass(4);
			const {rate, eta} = queue.progress;
			expect(rate).toBeCloseTo(1);
			expect(eta).toBeCloseTo(6_000);
			await pass(6);
			expect(queue.progress.eta).toBe(0);
		});

		test('do not get worse in a pause', async () => {
			const {queue, pass} = await begin();
			await pass(4);
			void queue.pause();
			// The one that runs never looks, and ends meanwhile.
			await pass(3_600);
			const {rate, eta} = queue.progress;
			expect(rate).toBeCloseTo(5 / 4);
			expect(eta).toBeCloseTo(4_000);
			queue.resume();
			await pass(5);
			expect(queue.progress.rate).toBeCloseTo(10 / 9);
		});

		test('are measured from the first read on', async () => {
			const queue = createQueue();
			jest.advanceTimersByTime(60_000);
			await queue.add(() => 1);
			expect(queue.progress.rate).toBe(0);
			jest.advanceTimersByTime(1_000);
			await queue.add(() => 1);
			expect(queue.progress.rate).toBeCloseTo(1);
		});

		test('count each end, whatever the outcome', async () => {
			const queue = createQueue();
			const fail = (): Promise<never> => Promise.reject(new Error('no'));
			const addAll = async (): Promise<void> => {
				await queue.add(() => 1);
				await Promise.allSettled([fail, fail].map((fn) => queue.add(fn)));
				void queue.pause();
				const cleared = [1, 2, 3].map(() => queue.add(() => 1));
				queue.clear();
				await Promise.allSettled(cleared);
				queue.resume();
			};
			await addAll();
			expect(queue.progress.rate).toBe(0);
			await addAll();
			jest.advanceTimersByTime(1_000);
			expect(queue.progress.rate).toBeCloseTo(6);
		});

		test('start again after an abort of the set', async () => {
			const queue = createQueue();
			const set = queue.taskSet('set');
			void set.progress;
			jest.advanceTimersByTime(1_000);
			await set.add(() => 1);
			set.abort();
			expect(set.progress.rate).toBe(0);
			jest.advanceTimersByTime(1_000);
			await set.add(() => 1);
			expect(set.progress.rate).toBeCloseTo(1);
		});
	});
});

describe('statechange and progress', () => {
	test('fire at most once each in a tick, with the state and the counts at its end', async () => {
		const queue = createQueue({concurrency: 1});
		const log: string[] = [];
		queue.addEventListener('statechange', () => log.push(queue.state));
		queue.addEventListener('progress', () => log.push(`${queue.progress.waiting} wait`));
		for (let task = 0; task < 100; task++) queue.add(() => new Promise(() => {})).catch(() => {});
		void queue.pause();
		queue.resume();
		void queue.pause();
		await ticks(2);
		expect(log).toEqual(['pausing', '99 wait']);
		log.length = 0;
		queue.clear();
		queue.resume();
		await ticks(2);
		expect(log).toEqual(['running', '0 wait']);
	});

	test('do not fire for a change that is undone within the tick', async () => {
		const queue = createQueue();
		const states: string[] = [];
		queue.addEventListener('statechange', () => states.push(queue.state));
		void queue.pause();
		queue.resume();
		await flush();
		expect(states).toEqual([]);
	});

	test('fire for each state in order: a pause while a task runs, and a stop', async () => {
		const end = new Deferred<void>();
		const queue = createQueue();
		const states = [queue.state];
		queue.addEventListener('statechange', () => states.push(queue.state));
		const task = queue.add(parkOnce([], 'task', end.promise));
		task.catch(() => {});
		await queue.pause();
		await flush();
		queue.resume();
		await macrotask();
		const stopped = queue.stop();
		await flush();
		end.resolve();
		await stopped;
		await flush();
		expect(states).toEqual(['running', 'pausing', 'paused', 'running', 'stopping', 'stopped']);
	});

	test('fire for changes in the sets inside, and on a set for changes around it', async () => {
		const queue = createQueue();
		const set = queue.taskSet('set');
		const other = queue.taskSet('other');
		const log: string[] = [];
		for (const [name, group] of Object.entries({queue, set, other}))
			for (const type of ['statechange', 'progress'])
				group.addEventListener(type, () => log.push(`${type} of ${name}`));
		void set.add(() => 1);
		await flush();
		expect(new Set(log)).toEqual(new Set(['progress of queue', 'progress of set']));
		log.length = 0;
		void queue.pause();
		await flush();
		expect(log.filter((line) => line.startsWith('statechange')).length).toBe(3);
		queue.resume();
	});

	test('progress fires for the report() of a task', async () => {
		const queue = createQueue();
		const end = new Deferred<void>();
		const seen: unknown[] = [];
		let say = (_progress: unknown): void => {};
		void queue.add(({report}) => {
			say = report;
			return end.promise;
		});
		await flush();
		queue.addEventListener('progress', () => seen.push(queue.inspect().tasks[0]?.progress));
		say('half');
		await flush();
		expect(seen).toEqual(['half']);
		end.resolve();
	});

	test('no event is made while nobody listens', async () => {
		const queue = createQueue();
		const dispatch = jest.spyOn(queue, 'dispatchEvent');
		await queue.addAll([() => 1, () => 2]);
		void queue.pause();
		queue.resume();
		await flush();
		expect(dispatch).not.toHaveBeenCalled();
	});
});

test('a queue is saturated only while tasks wait for a slot', async () => {
	const end = new Deferred<void>();
	const queue = createQueue({concurrency: 1});
	const seen = [queue.isSaturated];
	for (let task = 0; task < 2; task++) {
		void queue.add(() => end.promise);
		seen.push(queue.isSaturated);
	}
	end.resolve();
	await queue.onIdle();
	expect([...seen, queue.isSaturated]).toEqual([false, false, true, false]);
});

describe('inspect()', () => {
	test('is plain data: sets, holds with reasons and since, running tasks with state and age', async () => {
		const queue = createQueue({name: 'crawl', concurrency: 3});
		const end = new Deferred<void>();
		const controller = new AbortController();
		const set = queue.taskSet('shop');
		const images = set.taskSet('images');
		void images.add(parkOnce([], 'parks'), {id: 'parks'});
		void queue.add(
			({report}) => {
				report({page: 1});
				return end.promise;
			},
			{id: 'runs'},
		);
		queue.add(() => end.promise, {id: 'aborted', signal: controller.signal}).catch(() => {});
		controller.abort();
		void queue.add(() => 1);
		await set.pause('429');
		const seen = queue.inspect();
		expect(JSON.parse(JSON.stringify(seen))).toEqual({
			name: 'crawl',
			state: 'running',
			holds: [],
			waiting: 0,
			completed: 1,
			failed: 0,
			aborted: 0,
			tasks: [
				{id: 'runs', state: 'running', age: expect.any(Number), progress: {page: 1}},
				{id: 'aborted', state: 'aborted', age: expect.any(Number)},
			],
			sets: [
				{
					name: 'shop',
					state: 'paused',
					holds: [{reason: '429', since: expect.any(Number)}],
					waiting: 0,
					completed: 0,
					failed: 0,
					aborted: 0,
					tasks: [],
					sets: [
						expect.objectContaining({
							name: 'images',
							state: 'paused',
							holds: [{reason: '429', since: expect.any(Number)}],
							tasks: [{id: 'parks', state: 'parked', age: expect.any(Number)}],
						}),
					],
				},
			],
		});
		expect(images.inspect().tasks.map(({id}) => id)).toEqual(['parks']);
		expect(inspect(seen, {depth: 5})).toMatch(/id: 'aborted', state: 'aborted'/);
		set.resume();
		end.resolve();
		await queue.onIdle();
	});

	test('has no keys for what is not there, and the milliseconds since the start of a task', async () => {
		jest.useFakeTimers({doNotFake: ['queueMicrotask', 'nextTick']});
		const queue = createQueue();
		queue.add(() => new Promise(() => {}), {id: 'runs'}).catch(() => {});
		jest.advanceTimersByTime(1_234);
		const seen = queue.inspect();
		jest.useRealTimers();
		expect(seen).toStrictEqual({
			state: 'running',
			holds: [],
			waiting: 0,
			completed: 0,
			failed: 0,
			aborted: 0,
			tasks: [{id: 'runs', state: 'running', age: 1_234}],
			sets: [],
		});
	});

	test('shows a set of a queue that stops as stopping until its tasks have ended', async () => {
		const end = new Deferred<void>();
		const queue = createQueue();
		const set = queue.taskSet('set');
		set.add(() => end.promise).catch(() => {});
		const stopped = queue.stop();
		expect([set.state, queue.inspect().sets[0]?.state]).toEqual(['stopping', 'stopping']);
		end.resolve();
		await stopped;
		expect(set.state).toBe('stopped');
	});

	test('is a snapshot: later changes do not affect it', async () => {
		const queue = createQueue({autoStart: false});
		void queue.add(() => 1);
		const before = queue.inspect();
		queue.start();
		await queue.onIdle();
		expect([before.waiting, before.state, before.holds.length]).toEqual([1, 'paused', 1]);
	});
});

describe('diagnostics channels', () => {
	const moments = ['add', 'start', 'park', 'resume', 'end', 'stuck'] as const;
	const nameOf = (moment: string): string => `pausable-signal:task:${moment}`;

	/** Notes what is published until the returned function is called. */
	function listen(log: string[]): () => void {
		const listeners = moments.map((moment) => {
			const hear = (message: unknown): void => {
				const {id, set, outcome} = message as TaskMessage;
				log.push([moment, set, id, outcome].filter((part) => part !== undefined).join(' '));
			};
			subscribe(nameOf(moment), hear);
			return [moment, hear] as const;
		});
		return () => {
			for (const [moment, hear] of listeners) unsubscribe(nameOf(moment), hear);
		};
	}

	test('publish each moment of a task’s life', async () => {
		const log: string[] = [];
		const end = listen(log);
		try {
			const queue = createQueue();
			const set = queue.taskSet('set');
			const task = set.add(parkOnce([], 'task'), {id: 'a'});
			await set.pause();
			set.resume();
			await task;
			await queue.add(() => Promise.reject(new Error('no')), {id: 'b'}).catch(() => {});
			void queue.pause();
			queue.add(() => 1, {id: 'c'}).catch(() => {});
			queue.clear();
			queue.resume();
		} finally {
			end();
		}
		expect(log).toEqual([
			'add set a',
			'start set a',
			'park set a',
			'resume set a',
			'end set a completed',
			'add b',
			'start b',
			'end b failed',
			'add c',
			'end c aborted',
		]);
	});

	test('tell the queue of a task by its name, which tasks of one id need', async () => {
		const seen: unknown[] = [];
		const hear = (message: unknown): void => void seen.push(message);
		subscribe('pausable-signal:task:end', hear);
		try {
			for (const options of [{name: 'pages'}, {name: 'images'}, {}])
				await createQueue(options).add(() => 1, {id: 'a', set: 'set'});
		} finally {
			unsubscribe('pausable-signal:task:end', hear);
		}
		expect(seen).toStrictEqual(
			['pages', 'images', undefined].map((queue) => ({queue, id: 'a', set: 'set', outcome: 'completed'})),
		);
	});

	// On channels of its own: what other tests of the process listen to is none of its business.
	test.each([
		[false, 0],
		[true, 1],
	])('with listeners: %p, a message is made and published %p times', (hasSubscribers, times) => {
		const channel = {hasSubscribers, publish: jest.fn()};
		let made = 0;
		const entry = {
			get name() {
				made++;
				return {id: 'a', set: undefined};
			},
			owner: {host: {root: {name: undefined}}},
		};
		publish(channel, entry);
		expect([made, channel.publish.mock.calls.length]).toEqual([times, times]);
	});
});
