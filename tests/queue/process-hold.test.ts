// What keeps the process alive for tasks that wait or stand still is one timer, counted here in one process.
// That a process really lives on is shown in keep-alive.test.ts.
import {expect, test} from '@jest/globals';
import {createQueue, Deferred, flush} from './kit.ts';

/** The timers that keep the process alive. Whoever compares two counts must let nothing but promise jobs run in between. */
const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

test('a queue keeps the process alive while it holds back tasks, and lets it end when they run or were cleared', async () => {
	const before = timers();
	const queue = createQueue({autoStart: false});
	await flush();
	expect(timers()).toBe(before);
	for (let turn = 0; turn < 2; turn++) {
		const end = new Deferred<void>();
		const ended = queue.add(() => end.promise);
		await flush();
		expect(timers()).toBe(before + 1);
		queue.resume();
		await flush();
		expect([timers(), queue.pending]).toEqual([before, 1]);
		end.resolve();
		await ended;
		void queue.pause();
	}
	queue.add(() => {}).catch(() => {});
	await flush();
	expect(timers()).toBe(before + 1);
	queue.clear();
	await flush();
	expect(timers()).toBe(before);
});

test('two queues that hold back tasks keep the process alive until both let them go', async () => {
	const before = timers();
	const [one, other] = [createQueue({autoStart: false}), createQueue({autoStart: false})];
	const tasks = [one, other].map((queue) => queue.add(() => {}));
	await flush();
	expect(timers()).toBe(before + 1);
	one.resume();
	await flush();
	expect(timers()).toBe(before + 1);
	other.resume();
	await flush();
	expect(timers()).toBe(before);
	await Promise.all(tasks);
});

test('a task that stands still keeps the process alive until it moves', async () => {
	const queue = createQueue();
	const parked = queue.add(async ({signal}) => {
		await Promise.resolve();
		await signal.checkpoint();
	});
	const before = timers();
	void queue.pause();
	await flush();
	expect([timers(), queue.progress.parked]).toEqual([before + 1, 1]);
	queue.resume();
	await parked;
	await flush();
	expect(timers()).toBe(before);
});

test('what begins and ends within one tick changes nothing', async () => {
	const before = timers();
	const queue = createQueue({autoStart: false});
	queue.add(() => {}).catch(() => {});
	queue.clear();
	await flush();
	expect(timers()).toBe(before);

	queue.add(() => {}).catch(() => {});
	await flush();
	queue.clear();
	const task = queue.add(() => {});
	await flush();
	expect(timers()).toBe(before + 1);
	queue.resume();
	await task;
	await flush();
	expect(timers()).toBe(before);
});

test('with keepAlive: false nothing keeps the process alive', async () => {
	const before = timers();
	const queue = createQueue({autoStart: false, keepAlive: false});
	queue.add(() => {}).catch(() => {});
	await flush();
	expect([timers(), queue.size]).toEqual([before, 1]);
});
