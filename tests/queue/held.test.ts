// Nothing that is held starts, wherever the pause comes from.
import {afterEach, describe, expect, jest, test} from '@jest/globals';
import {PausableController} from 'pausable-signal';
import {createQueue, flush} from './kit.ts';

afterEach(() => void jest.useRealTimers());

describe('a pause while tasks start', () => {
	// D1
	test('by the first task, in start(): no other starts', async () => {
		const log: string[] = [];
		const queue = createQueue({autoStart: false});
		void queue.add(() => {
			log.push('first');
			void queue.pause();
		});
		void queue.add(() => log.push('second'));
		queue.start();
		await flush();
		expect([log, queue.size]).toEqual([['first'], 1]);
	});

	test("by a listener of 'active', in start(): no other starts", async () => {
		const log: string[] = [];
		const queue = createQueue({autoStart: false});
		void queue.add(() => log.push('first'));
		void queue.add(() => log.push('second'));
		queue.addEventListener('active', () => void queue.pause());
		queue.start();
		await flush();
		expect(log).toEqual(['first']);
	});

	test("by a listener of any signal's 'pause': a task added there waits", async () => {
		const log: string[] = [];
		const queue = createQueue();
		const controller = new PausableController();
		controller.signal.addEventListener('pause', () => {
			void queue.pause();
			void queue.add(() => log.push('started'));
		});
		controller.pause();
		await flush();
		expect([log, queue.size]).toEqual([[], 1]);
	});
});

test("add() in an earlier listener of the parent's abort rejects, and starts nothing", async () => {
	const log: string[] = [];
	const controller = new PausableController();
	let added: Promise<unknown> | undefined;
	controller.signal.addEventListener('abort', () => {
		added = queue.add(() => log.push('started'));
		added.catch(() => {});
	});
	const queue = createQueue({signal: controller.signal});
	controller.abort('over');
	await expect(added).rejects.toBeDefined();
	expect(log).toEqual([]);
});

// T4
test('a task that its own signal holds back uses up no start of the rate limit', async () => {
	const log: string[] = [];
	const controller = new PausableController();
	controller.pause();
	const queue = createQueue({intervalCap: 1, interval: 60_000});
	queue.add(() => log.push('held back'), {signal: controller.signal}).catch(() => {});
	queue.add(() => log.push('free')).catch(() => {});
	await flush();
	expect(log).toEqual(['free']);
});

test('pause() without a date removes the date of an earlier pause()', async () => {
	jest.useFakeTimers();
	const queue = createQueue();
	void queue.pause('429', {until: 1});
	void queue.pause('user');
	jest.advanceTimersByTime(10);
	expect(queue.state).toBe('paused');
});
