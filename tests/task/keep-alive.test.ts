// What keeps the process alive during a pause is nobody's timer: fake ones must neither see nor move it.
// That a process really lives on is shown in process.test.ts, and counted here, in one process.
import {afterEach, beforeEach, describe, expect, jest, test} from '@jest/globals';
import {forever, PausableController, type TaskOptions} from 'pausable-signal';
import {leftOn} from 'pausable-signal/testing';
import {keepAlive, keepAliveWhilePaused} from '../../src/task/keep-alive.ts';
import {flush, start} from './kit.ts';

/** The timers that keep the process alive. Whoever compares two counts must not await in between. */
const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

describe('under fake timers', () => {
	beforeEach(() => void jest.useFakeTimers());
	afterEach(() => void jest.useRealTimers());

	test('a paused task has no timer that they could run', async () => {
		const task = start(({signal}) => forever(signal));
		await flush();
		const before = Date.now();
		expect(await task.pause()).toBe(true);
		expect(jest.getTimerCount()).toBe(0);
		jest.runOnlyPendingTimers();
		expect(Date.now()).toBe(before);
	});
});

test('all who keep the process alive share one timer, and it goes with the last of them', () => {
	const before = timers();
	const [first, second] = [keepAlive(), keepAlive()];
	expect(timers()).toBe(before + 1);
	first();
	first();
	expect(timers()).toBe(before + 1);
	second();
	expect(timers()).toBe(before);

	const third = keepAlive();
	first();
	second();
	expect(timers()).toBe(before + 1);
	third();
	expect(timers()).toBe(before);
});

describe('keepAliveWhilePaused()', () => {
	test('has a timer whenever the signal is paused', () => {
		const before = timers();
		const controller = new PausableController();
		controller.pause();
		const end = keepAliveWhilePaused(controller.signal);
		for (let turn = 0; turn < 2; turn++) {
			expect(timers()).toBe(before + 1);
			controller.resume();
			expect(timers()).toBe(before);
			controller.pause();
		}
		end();
		expect(timers()).toBe(before);
		controller.resume();
		controller.pause();
		expect(timers()).toBe(before);
		expect(leftOn(controller.signal)).toMatchObject({followers: 0});
	});

	test('has none after an abort', () => {
		const before = timers();
		const controller = new PausableController();
		keepAliveWhilePaused(controller.signal);
		controller.pause();
		expect(timers()).toBe(before + 1);
		controller.abort();
		expect(timers()).toBe(before);
	});
});

describe('a task', () => {
	async function withTask(
		options: TaskOptions,
		look: (task: ReturnType<typeof start>, before: number) => void,
	): Promise<void> {
		const task = start(({signal}) => forever(signal), options);
		await flush();
		look(task, timers());
	}

	test('has one timer while it is pausing or paused, and none when it runs', async () => {
		await withTask({}, (task, before) => {
			for (let turn = 0; turn < 2; turn++) {
				void task.pause();
				expect(timers()).toBe(before + 1);
				task.resume();
				expect(timers()).toBe(before);
			}
		});
	});

	test('has it when it is paused, too', async () => {
		const task = start(({signal}) => forever(signal));
		expect(await task.pause()).toBe(true);
		const paused = timers();
		task.resume();
		expect(timers()).toBe(paused - 1);
	});

	test('has none once it is stopped, or when it is asked to keep nothing alive', async () => {
		await withTask({}, (task, before) => {
			void task.pause();
			void task.stop();
			expect(timers()).toBe(before);
		});
		await withTask({keepAlive: false}, (task, before) => {
			void task.pause();
			expect(timers()).toBe(before);
		});
	});
});
