// followQueue(): what each kind of foreign queue needs, and what is left on it.
import {getEventListeners} from 'node:events';
import {callbackify} from 'node:util';
import {describe, expect, jest, test} from '@jest/globals';
import {queue as createAsyncQueue} from 'async';
import fastq from 'fastq';
import PQueue from 'p-queue';
import PQueue9 from 'p-queue-9';
import {PausableController} from 'pausable-signal';
import {followQueue} from 'pausable-signal/queue';
import {leftOn, macrotask} from './kit.ts';

type Job = () => Promise<unknown>;

const runJob = (job: Job): Promise<unknown> => job();

test.each([
	['p-queue 10', (queue: PQueue) => getEventListeners(queue, 'next').length, new PQueue()],
	['p-queue 9', (queue: PQueue9) => queue.listenerCount('next'), new PQueue9()],
] as const)('%s has our listener only while it is held', (_name, count, queue) => {
	const controller = new PausableController();
	const letGo = followQueue(controller.signal, queue);
	for (let turn = 0; turn < 2; turn++) {
		expect(count(queue as never)).toBe(0);
		controller.pause();
		expect(count(queue as never)).toBe(1);
		controller.resume();
	}
	letGo();
	expect(count(queue as never)).toBe(0);
});

describe('a queue without events', () => {
	/** Has as many running jobs as a test says. */
	function createSilent() {
		const queue = {paused: false, count: 0, running: () => queue.count, pause() {}, resume() {}, abort() {}};
		return queue;
	}

	test('is looked at as long as it is held and jobs run, and leaves no timer', () => {
		jest.useFakeTimers();
		try {
			const queue = createSilent();
			const controller = new PausableController();
			const letGo = followQueue(controller.signal, queue);
			const isIdle = (): boolean => leftOn(controller.signal).followers === 0;
			queue.count = 1;
			expect(jest.getTimerCount()).toBe(0);
			controller.pause();
			jest.advanceTimersByTime(1_000);
			expect(jest.getTimerCount()).toBe(1);
			queue.count = 0;
			jest.advanceTimersByTime(100);
			expect(jest.getTimerCount()).toBe(0);
			controller.resume();
			queue.count = 1;
			controller.pause();
			expect(jest.getTimerCount()).toBe(1);
			letGo();
			expect([jest.getTimerCount(), isIdle()]).toEqual([0, true]);
		} finally {
			jest.useRealTimers();
		}
	});

	test('does not keep the process alive by being looked at', () => {
		const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
		const queue = createSilent();
		queue.count = 1;
		const controller = new PausableController();
		const letGo = followQueue(controller.signal, queue);
		const before = timers();
		controller.pause();
		expect(timers()).toBe(before);
		letGo();
	});
});

test("fastq's owner keeps the `drain` that an abort of fastq drops", () => {
	const queue = fastq.promise<unknown, Job>(runJob, 1);
	const drain = (): void => {};
	queue.drain = drain;
	followQueue(AbortSignal.abort(), queue);
	expect(queue.drain).toBe(drain);
});

test.each([
	['enough', 'enough'],
	[null, expect.objectContaining({name: 'AbortError', message: 'The queue was cleared'})],
])("async's callbacks get the reason %p of an abort, as an error in any case", async (reason, got) => {
	const queue = createAsyncQueue<Job>(callbackify(runJob) as never, 1);
	queue.pause();
	const seen: unknown[] = [];
	queue.push(
		async () => {},
		(error) => void seen.push(error),
	);
	followQueue(AbortSignal.abort(reason), queue);
	await macrotask();
	expect(seen).toEqual([got]);
});

test('what lacks a part of the queue that it resembles is refused', () => {
	const nothingDone = (): void => {};
	const [pause, start, clear, resume, running, abort, remove] = Array.from({length: 7}, () => nothingDone);
	const shapes = {
		'p-queue': {pause, start, clear, isPaused: false, pending: 0},
		fastq: {pause, resume, running, abort, paused: false},
		async: {pause, resume, running, remove, paused: false},
	};
	const {signal} = new PausableController();
	for (const shape of Object.values(shapes)) {
		followQueue(signal, shape as never)();
		for (const part of Object.keys(shape).filter((name) => name !== 'pending'))
			expect(() => followQueue(signal, {...shape, [part]: undefined} as never)).toThrow('queue: expected');
	}
});
