// pause() and its report, holds, ends that are set in advance, and the context of a task.
import {afterEach, beforeEach, describe, expect, jest, test} from '@jest/globals';
import {PriorityQueue, type RunFunction} from 'pausable-signal/queue';
import {PausableController} from 'pausable-signal';
import {createQueue, Deferred, flush, leftOn, macrotask, nothing, parkOnce, watched} from './kit.ts';

describe('the report of pause()', () => {
	test('comes when no task moves any more, and names tasks and sets', async () => {
		const first = new Deferred<void>();
		const queue = createQueue();
		const inner = queue.taskSet('outer').taskSet('inner');
		const parks = parkOnce([], 'task');
		void queue.add(parks, {id: 'of the queue'});
		void inner.add(parks, {id: 'of a set'});
		void queue.add(() => first.promise, {id: 'never looks'});
		const report = watched(queue.pause());
		await macrotask();
		await macrotask();
		expect([report.state, queue.state]).toEqual(['pending', 'pausing']);
		first.resolve();
		await macrotask();
		expect(report.value).toEqual({
			parked: [
				{id: 'of the queue', set: undefined},
				{id: 'of a set', set: 'outer/inner'},
			],
			running: [],
		});
		expect(queue.state).toBe('paused');
		queue.resume();
		await queue.onIdle();
	});

	test('after the timeout names tasks that never look at their signal as running', async () => {
		const end = new Deferred<void>();
		const queue = createQueue();
		void queue.add(() => end.promise, {id: 'never looks'});
		void queue.add(
			async ({signal}) => {
				await macrotask();
				await signal.checkpoint();
			},
			{id: 'looks'},
		);
		expect(await queue.pause('why', {timeout: 20})).toEqual({
			parked: [{id: 'looks', set: undefined}],
			running: [{id: 'never looks', set: undefined}],
		});
		end.resolve();
		queue.resume();
		await queue.onIdle();
	});

	test('comes at once when somebody resumes first, with the tasks that move', async () => {
		const end = new Deferred<void>();
		const queue = createQueue();
		void queue.add(() => end.promise, {id: 'moves'});
		const report = watched(queue.pause());
		queue.resume();
		await flush();
		expect(report.value).toEqual({parked: [], running: [{id: 'moves', set: undefined}]});
		end.resolve();
	});

	// C3
	test('is a separate one for each call', async () => {
		const end = new Deferred<void>();
		const queue = createQueue();
		void queue.add(() => end.promise, {id: 'moves'});
		const first = watched(queue.pause());
		queue.resume();
		const second = watched(queue.pause());
		await flush();
		expect([first.state, second.state]).toEqual(['resolved', 'pending']);
		end.resolve();
		await flush();
		expect(second.value).toEqual({parked: [], running: []});
		queue.resume();
	});

	test('comes at once if the queue is empty, or its tasks only wait', async () => {
		const queue = createQueue({autoStart: false});
		void queue.add(() => 1);
		const report = watched(queue.pause());
		await flush();
		expect(report.value).toEqual({parked: [], running: []});
		queue.resume();
	});

	test('inside a task, with a timeout, names the task itself', async () => {
		const queue = createQueue();
		const task = queue.add(() => queue.pause('by itself', {timeout: 1}), {id: 'me'});
		expect(await task).toEqual({parked: [], running: [{id: 'me', set: undefined}]});
		queue.resume();
	});

	test('of a set has only its tasks', async () => {
		const end = new Deferred<void>();
		const queue = createQueue();
		const set = queue.taskSet('set');
		void queue.add(() => end.promise, {id: 'another'});
		void set.add(parkOnce([], 'task'), {id: 'mine'});
		expect(await set.pause()).toEqual({parked: [{id: 'mine', set: 'set'}], running: []});
		expect([set.state, queue.state]).toEqual(['paused', 'running']);
		set.resume();
		end.resolve();
		await queue.onIdle();
	});

	test('rejects at once for bad options, and nothing pauses', async () => {
		const queue = createQueue();
		for (const options of [{timeout: -1}, {timeout: 'x'}, {until: 'x'}, {until: new Date(Number.NaN)}, 7])
			await expect(queue.pause('why', options as object)).rejects.toThrow(/timeout|until|options/);
		expect(queue.isPaused).toBe(false);
	});
});

// T1
test('a pause costs the same whatever waits: it looks at no backlog and no task', async () => {
	let calls = 0;
	class Counting extends PriorityQueue {
		override enqueue(...args: Parameters<PriorityQueue['enqueue']>): void {
			calls++;
			super.enqueue(...args);
		}
		override dequeue(): RunFunction | undefined {
			calls++;
			return super.dequeue();
		}
		override get size(): number {
			calls++;
			return super.size;
		}
	}
	const costs = [10, 10_000].map((count) => {
		const queue = createQueue({concurrency: 1, queueClass: Counting});
		const own = new PausableController();
		void queue.add(() => new Promise(() => {}));
		for (let task = 0; task < count; task++) queue.add(() => 1, {signal: own.signal}).catch(() => {});
		const before = {calls, children: leftOn(queue.signal).children};
		void queue.pause();
		queue.resume();
		return {calls: calls - before.calls, children: leftOn(queue.signal).children - before.children};
	});
	expect(costs[1]).toEqual(costs[0]);
});

describe('holds', () => {
	test('of several owners: the queue continues when the last one has ended', async () => {
		const queue = createQueue();
		const set = queue.taskSet('set');
		const first = set.hold('first');
		const second = set.hold('second');
		void set.pause('own');
		expect(set.holds.map(({reason}) => reason)).toEqual(['first', 'second', 'own']);
		expect(set.holds.every(({since}) => Math.abs(Date.now() - since) < 60_000)).toBe(true);
		const task = watched(set.add(() => 'ran'));
		expect([set.resume(), first.release(), first.release()]).toEqual([true, true, false]);
		await flush();
		expect([set.isPaused, task.state]).toEqual([true, 'pending']);
		second[Symbol.dispose]();
		await flush();
		expect([set.isPaused, task.value]).toEqual([false, 'ran']);
	});

	test('of a stopped queue are inert', async () => {
		const queue = createQueue();
		await queue.stop();
		const hold = queue.hold('late', {until: 1});
		expect([hold.release(), queue.isPaused, queue.resume()]).toEqual([false, false, false]);
	});
});

describe('until', () => {
	// Not what promise jobs stand in line with: p-queue uses it.
	beforeEach(() => void jest.useFakeTimers({doNotFake: ['queueMicrotask', 'nextTick']}));
	afterEach(() => {
		expect(jest.getTimerCount()).toBe(0);
		jest.useRealTimers();
	});

	const inAMinute = {
		milliseconds: () => 60_000,
		'a Date': () => new Date(Date.now() + 60_000),
	};
	for (const [kind, time] of Object.entries(inAMinute))
		for (const verb of ['pause', 'hold'] as const)
			for (const where of ['queue', 'set'] as const)
				test(`${verb}() of a ${where} with ${kind}: it ends on its own then`, async () => {
					const queue = createQueue();
					const group = where === 'queue' ? queue : queue.taskSet('set');
					void group[verb]('429', {until: time()});
					const task = watched(group.add(() => 'ran'));
					jest.advanceTimersByTime(59_999);
					await flush();
					expect([group.isPaused, task.state]).toEqual([true, 'pending']);
					jest.advanceTimersByTime(1);
					await flush();
					expect([group.isPaused, task.value]).toEqual([false, 'ran']);
				});

	test('in the past ends the pause at once', async () => {
		const queue = createQueue();
		const task = watched(queue.add(() => 'ran'));
		queue.hold('429', {until: new Date(0)});
		jest.advanceTimersByTime(0);
		await flush();
		expect([queue.isPaused, task.value]).toEqual([false, 'ran']);
	});

	test('may be farther away than a timer can wait', async () => {
		const queue = createQueue();
		const far = 2 ** 31 + 1_000;
		queue.hold('429', {until: far});
		jest.advanceTimersByTime(far - 1);
		expect(queue.isPaused).toBe(true);
		jest.advanceTimersByTime(1);
		expect(queue.isPaused).toBe(false);
	});

	const undoings: Readonly<
		Record<string, (end: {resume: () => unknown; stop: () => unknown; abort: () => unknown}) => unknown>
	> = {
		'resume() or release()': ({resume}) => resume(),
		'stop()': ({stop}) => stop(),
		'abort() of the set': ({abort}) => abort(),
	};
	for (const [name, undo] of Object.entries(undoings))
		test(`leaves no timer after ${name}`, async () => {
			const queue = createQueue();
			const set = queue.taskSet('set');
			const hold = set.hold('429', {until: 60_000});
			void set.pause('429', {until: 60_000});
			const resume = (): void => {
				hold.release();
				set.resume();
			};
			await undo({resume, stop: () => queue.stop(), abort: () => set.abort()});
			expect(jest.getTimerCount()).toBe(0);
		});

	test('a later pause() decides when the pause ends', () => {
		const queue = createQueue();
		void queue.pause('429', {until: 10});
		void queue.pause('429', {until: 100});
		jest.advanceTimersByTime(50);
		expect(queue.isPaused).toBe(true);
		jest.advanceTimersByTime(50);
		expect(queue.isPaused).toBe(false);
	});

	for (const [kind, options] of Object.entries({'no time': undefined, Infinity: {until: Infinity}}))
		// C2
		test(`never shortens a pause that has no end, begun with ${kind}`, () => {
			const queue = createQueue();
			void queue.pause('user', options);
			void queue.pause('429', {until: 10});
			jest.advanceTimersByTime(10);
			expect(queue.isPaused).toBe(true);
			queue.resume();
		});

	test('of a hold never ends the user’s pause', () => {
		const queue = createQueue();
		const set = queue.taskSet('set');
		void set.pause('user');
		set.hold('429', {until: 10});
		jest.advanceTimersByTime(10);
		expect(set.holds.map(({reason}) => reason)).toEqual(['user']);
	});
});

describe('the context of a task', () => {
	test('makes its signal on the first read, and returns the same one at each', async () => {
		const queue = createQueue();
		const before = leftOn(queue.signal);
		const children: number[] = [];
		await queue.add(async (context) => {
			children.push(leftOn(queue.signal).children - before.children);
			expect(context.signal).toBe(context.signal);
			children.push(leftOn(queue.signal).children - before.children);
		});
		expect(children).toEqual([0, 1]);
	});

	test('has a signal in one tree with queue, set and the task’s own signal', async () => {
		const queue = createQueue({concurrency: 1});
		const set = queue.taskSet('set');
		const own = new PausableController();
		const end = new Deferred<void>();
		let paused = (): boolean => false;
		const task = watched(
			set.add(
				async ({signal}) => {
					paused = () => signal.paused;
					await end.promise;
				},
				{signal: own.signal},
			),
		);
		const seen: boolean[] = [];
		for (const one of [queue, set, own]) {
			void one.pause();
			seen.push(paused());
			one.resume();
			seen.push(paused());
		}
		expect(seen).toEqual([true, false, true, false, true, false]);
		end.resolve();
		await flush();
		expect(task.state).toBe('resolved');
	});

	test('has an aborted signal, with the reason, if the first read is after an abort', async () => {
		const queue = createQueue();
		const set = queue.taskSet('set');
		const go = new Deferred<void>();
		const seen: unknown[] = [];
		set
			.add(async (context) => {
				await go.promise;
				seen.push(context.signal.aborted, context.signal.reason);
			})
			.catch(() => {});
		set.abort('why');
		go.resolve();
		await flush();
		expect(seen).toEqual([true, 'why']);
	});

	test('has set, id and report', async () => {
		const queue = createQueue();
		const set = queue.taskSet('set');
		const end = new Deferred<void>();
		const task = set.add(
			async ({set: own, id, report}) => {
				report(0.5);
				await end.promise;
				return [own === set, id];
			},
			{id: 'mine'},
		);
		expect(queue.inspect().sets[0]?.tasks[0]?.progress).toBe(0.5);
		end.resolve();
		expect(await task).toEqual([true, 'mine']);
		expect(await queue.add(({set: own, id}) => [own, id])).toEqual([undefined, '1']);
	});

	test('leaves nothing on the signals after the end', async () => {
		const own = new PausableController();
		const queue = createQueue();
		await queue.add(({signal}) => signal.checkpoint(), {signal: own.signal});
		expect([leftOn(own.signal), leftOn(queue.signal).children]).toEqual([nothing, 0]);
	});
});
