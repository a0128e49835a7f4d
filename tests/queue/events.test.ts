// Events in rare moments: what fires, what does not, and what is not started meanwhile.
import {getEventListeners} from 'node:events';
import {afterEach, describe, expect, jest, test} from '@jest/globals';
import {PausableController} from 'pausable-signal';
import type {PausableQueue, StuckTask} from 'pausable-signal/queue';
import {createQueue, Deferred, flush, macrotask} from './kit.ts';
import {eventTypes, type QueueOptions, type Scenario, tracesOf} from './parity-kit.ts';

afterEach(() => void jest.useRealTimers());

/** Notes all events of a queue. */
function eventsOf(queue: PausableQueue): string[] {
	const events: string[] = [];
	for (const type of eventTypes) queue.addEventListener(type, () => events.push(type));
	return events;
}

// D3
describe('as in p-queue', () => {
	const scenarios: Readonly<Record<string, readonly [QueueOptions, Scenario]>> = {
		"a listener of 'add' adds another task": [
			{},
			async (queue, log) => {
				queue.addEventListener('add', () => void queue.add(() => log('second')), {once: true});
				void queue.add(() => log('first'));
				await flush();
			},
		],
		"a listener of 'empty' adds a task to a paused queue": [
			{autoStart: false},
			async (queue) => {
				const controller = new AbortController();
				queue.addEventListener('empty', () => void queue.add(() => 1).catch(() => {}), {once: true});
				queue.add(() => 1, {signal: controller.signal}).catch(() => {});
				controller.abort();
				await flush();
				queue.clear();
			},
		],
		'a task is aborted at its turn, because an earlier listener starts the queue': [
			{autoStart: false, concurrency: 1},
			async (queue, log) => {
				const controller = new AbortController();
				controller.signal.addEventListener('abort', () => queue.start());
				queue.add(() => log('never'), {signal: controller.signal}).catch(() => {});
				void queue.add(() => log('next'));
				controller.abort();
				await flush();
			},
		],
		'the last task is aborted at its turn': [
			{autoStart: false},
			async (queue) => {
				const controller = new AbortController();
				controller.signal.addEventListener('abort', () => queue.start());
				queue.add(() => 1, {signal: controller.signal}).catch(() => {});
				controller.abort();
				await flush();
			},
		],
		'onRateLimitCleared() in the tick in which the limit comes and goes': [
			{interval: 60_000, intervalCap: 1},
			async (queue, log) => {
				for (let task = 0; task < 2; task++) queue.add(() => task).catch(() => {});
				void queue.onRateLimitCleared().then(() => log('cleared'));
				queue.clear();
				await flush();
			},
		],
		'onRateLimit() in the tick in which the limit goes and comes': [
			{interval: 60_000, intervalCap: 1},
			async (queue, log) => {
				const controller = new AbortController();
				void queue.add(() => 1);
				queue.add(() => 2, {signal: controller.signal}).catch(() => {});
				await flush();
				log(`limited: ${queue.isRateLimited}`);
				controller.abort();
				void queue.onRateLimit().then(() => log('limited again'));
				queue.add(() => 3).catch(() => {});
				await flush();
				queue.clear();
			},
		],
	};
	test.each(Object.entries(scenarios))('%s', async (_name, [options, scenario]) => {
		const {theirs, ours} = await tracesOf(options, scenario);
		expect(theirs.length).toBeGreaterThan(1);
		expect(ours).toEqual(theirs);
	});
});

test("a task that its own signal holds back at its turn fires neither 'active' nor 'next'", async () => {
	const end = new Deferred<void>();
	const own = new PausableController();
	const queue = createQueue({concurrency: 1});
	void queue.add(() => end.promise);
	const held = queue.add(() => 'ran', {signal: own.signal});
	own.pause();
	const events = eventsOf(queue);
	end.resolve();
	await flush();
	expect(events).toEqual(['completed', 'pendingZero', 'next']);
	own.resume();
	expect(await held).toBe('ran');
});

// D2
describe('abort() of a set', () => {
	test('fires nothing if none of its tasks waits', async () => {
		const end = new Deferred<void>();
		const queue = createQueue();
		const set = queue.taskSet('set');
		set.add(() => end.promise).catch(() => {});
		const events = eventsOf(queue);
		set.abort();
		expect(events).toEqual([]);
		end.resolve();
		await queue.onIdle();
	});

	test("fires 'next', and no 'empty' while others wait", async () => {
		const queue = createQueue({autoStart: false});
		const set = queue.taskSet('set');
		set.add(() => 1).catch(() => {});
		void queue.add(() => 2);
		const events = eventsOf(queue);
		set.abort();
		expect(events).toEqual(['next']);
		queue.start();
		await queue.onIdle();
	});

	test('starts nothing before all is aborted: what an abort listener adds to a set inside survives', async () => {
		const log: string[] = [];
		const queue = createQueue();
		const set = queue.taskSet('set');
		const inner = set.taskSet('inner');
		set
			.add(({signal}) => {
				signal.addEventListener('abort', () => {
					for (const name of ['first', 'second'])
						void inner.add(async ({signal: own}) => {
							await macrotask();
							own.throwIfAborted();
							log.push(name);
						});
					log.push(`${queue.pending} runs`);
				});
				return macrotask();
			})
			.catch(() => {});
		set.abort();
		await queue.onIdle();
		expect(log).toEqual(['1 runs', 'first', 'second']);
	});
});

test.each([AbortController, PausableController])(
	"room made by an earlier listener of the parent's abort starts no waiting task: %p",
	async (Controller) => {
		const log: string[] = [];
		const controller = new Controller();
		controller.signal.addEventListener('abort', () => (queue.concurrency = 2));
		const queue = createQueue({concurrency: 1, signal: controller.signal});
		queue.add(() => new Promise(() => {})).catch(() => {});
		queue.add(() => log.push('started')).catch(() => {});
		controller.abort();
		await flush();
		expect(log).toEqual([]);
	},
);

describe("'stuck'", () => {
	/** A queue with a task that does not end when it is aborted, and what its `stuck` says. */
	function abortDeaf(): {pass(ms: number): void; heard: StuckTask[]; end(): void; queue: PausableQueue} {
		jest.useFakeTimers({doNotFake: ['queueMicrotask', 'nextTick']});
		const queue = createQueue({stuckAfter: 100});
		const heard: StuckTask[] = [];
		queue.addEventListener('stuck', ({detail}) => heard.push(detail));
		const end = new Deferred<void>();
		const set = queue.taskSet('outer').taskSet('inner');
		set.add(() => end.promise, {id: 'deaf'}).catch(() => {});
		set.abort();
		return {pass: (ms) => jest.advanceTimersByTime(ms), heard, end: () => end.resolve(), queue};
	}

	test('fires once, with the id, the set and the place of the add()', async () => {
		const {pass, heard, end, queue} = abortDeaf();
		pass(99);
		expect(heard).toEqual([]);
		pass(1_000);
		expect(heard).toEqual([{id: 'deaf', set: 'outer/inner', origin: expect.stringContaining('abortDeaf')}]);
		end();
		await queue.onIdle();
	});

	test('does not fire for a task that ends in time, and leaves no timer', async () => {
		const {pass, heard, end, queue} = abortDeaf();
		pass(99);
		end();
		await queue.onIdle();
		expect(jest.getTimerCount()).toBe(0);
		pass(1_000);
		expect(heard).toEqual([]);
	});
});

describe('onError()', () => {
	test('leaves no listener after an error', async () => {
		const queue = createQueue();
		const failed = queue.onError();
		const task = queue.add(() => Promise.reject(new RangeError('no')));
		await expect(task).rejects.toThrow('no');
		await expect(failed).rejects.toThrow('no');
		expect(getEventListeners(queue, 'error')).toEqual([]);
	});

	test('ends with its signal, and leaves nothing on either', async () => {
		const queue = createQueue();
		const [own, other] = [new AbortController(), new AbortController()];
		const ended = queue.onError({signal: own.signal});
		const failed = queue.onError({signal: other.signal});
		own.abort('enough');
		await expect(ended).rejects.toBe('enough');
		expect(getEventListeners(queue, 'error')).toHaveLength(1);
		queue.add(() => Promise.reject(new RangeError('no'))).catch(() => {});
		await expect(failed).rejects.toThrow('no');
		const left = [own, other].map(({signal}) => getEventListeners(signal, 'abort').length);
		expect([left, getEventListeners(queue, 'error')]).toEqual([[0, 0], []]);
	});
});

describe('an abort listener of a task, during stop(),', () => {
	/** Stops a queue of two tasks; the first one acts when it is aborted. */
	async function stopWith(act: (queue: PausableQueue) => unknown): Promise<unknown[]> {
		const queue = createQueue();
		const reasons: unknown[] = [];
		for (const isFirst of [true, false])
			queue
				.add(({signal}) => {
					signal.addEventListener('abort', () => {
						if (isFirst) reasons.push(act(queue));
						reasons.push(signal.reason);
					});
					return macrotask();
				})
				.catch(() => {});
		await queue.stop('first');
		return [...reasons, queue.signal.reason];
	}

	test('can add no task', async () => {
		let added: Promise<unknown> | undefined;
		await stopWith((queue) => {
			added = queue.add(() => 1);
			added.catch(() => {});
		});
		await expect(added).rejects.toMatchObject({name: 'InvalidStateError'});
	});

	test('changes no reason by a stop() of its own', async () => {
		const reasons = await stopWith((queue) => void queue.stop('second'));
		expect(reasons).toEqual([undefined, 'first', 'first', 'first']);
	});
});
