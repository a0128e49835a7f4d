/**
 * One scenario on p-queue and on PausableQueue: the traces are the same, event for event, with the
 * counts at each. p-queue's own tests were the checklist; parity-random.test.ts has what nobody
 * thought of, and differences.test.ts what is different on purpose.
 */
import {AsyncLocalStorage} from 'node:async_hooks';
import {getEventListeners} from 'node:events';
import {afterEach, beforeEach, describe, expect, jest, test} from '@jest/globals';
import PQueue, {PriorityQueue, TimeoutError} from 'p-queue';
import {PausableQueue} from 'pausable-signal/queue';
import {Deferred, flush, ticks} from './kit.ts';
import {type Log, type QueueOptions, type Scenario, show, tracesOf} from './parity-kit.ts';

// Not what promise jobs stand in line with: p-queue uses it.
beforeEach(() => void jest.useFakeTimers({doNotFake: ['queueMicrotask', 'nextTick']}));
afterEach(() => void jest.useRealTimers());

type Table = Readonly<Record<string, readonly [QueueOptions, Scenario]>>;

function sameTraces(table: Table): void {
	test.each(Object.entries(table))('%s', async (_name, [options, scenario]) => {
		const {theirs, ours} = await tracesOf(options, scenario);
		expect(theirs.length).toBeGreaterThan(1);
		expect(ours).toEqual(theirs);
	});
}

/** Notes how a promise settles. */
function note(log: Log, name: string, promise: Promise<unknown>): void {
	promise.then(
		(value) => log(`${name} resolves ${show(value)}`),
		(error: unknown) => log(`${name} rejects ${show(error)}: ${String(messageOf(error))}`),
	);
}

function messageOf(error: unknown): unknown {
	return (error as {message?: unknown} | null)?.message ?? error;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

/** Lets time pass, with what follows from it. */
async function pass(ms: number): Promise<void> {
	for (let left = ms; left > 0; left -= 10) {
		await flush();
		jest.advanceTimersByTime(Math.min(10, left));
	}
	await flush();
}

/** Adds tasks of so many milliseconds, which say when they start and end. */
function addSleepers(queue: PQueue, log: Log, times: readonly number[]): void {
	for (const [index, ms] of times.entries())
		note(
			log,
			`task ${index}`,
			queue.add(async () => {
				log(`task ${index} starts`);
				await sleep(ms);
				return ms;
			}),
		);
}

describe('results', () => {
	sameTraces({
		'values and promises, sync and async': [
			{concurrency: 1},
			async (queue, log) => {
				note(
					log,
					'sync',
					queue.add(() => 'a'),
				);
				await flush();
				note(
					log,
					'async',
					queue.add(async () => 'b'),
				);
				await flush();
				note(
					log,
					'nothing',
					queue.add(() => {}),
				);
				await flush();
			},
		],
		'what throws and what rejects': [
			{concurrency: 1},
			async (queue, log) => {
				const faults = [
					(): never => {
						throw new RangeError('thrown');
					},
					() => Promise.reject(new TypeError('rejected')),
					() => Promise.reject(undefined),
				];
				for (const fault of faults) {
					note(log, 'task', queue.add(fault));
					await flush();
				}
				note(
					log,
					'the next',
					queue.add(() => 'fine'),
				);
			},
		],
		'addAll(): the results, in order': [
			{concurrency: 2},
			async (queue, log) => {
				const functions = [() => 1, async () => 'two', () => sleep(10).then(() => 3)];
				note(log, 'all', queue.addAll(functions, {priority: 1}));
				await pass(20);
			},
		],
		'addAll(): the first error': [
			{concurrency: 1},
			async (queue, log) => {
				note(log, 'all', queue.addAll([() => 1, () => Promise.reject(new RangeError('no'))]));
				await flush();
			},
		],
		'ids are numbers in turn, unless given, and options stay as they are': [
			{concurrency: 10},
			async (queue, log) => {
				const options = Object.freeze({priority: 3});
				void queue.addAll([() => sleep(5), () => sleep(5)], options);
				void queue.add(() => sleep(5), {id: 'own'});
				void queue.add(() => sleep(5));
				log(show(queue.runningTasks.map(({id, priority}) => ({id, priority}))));
				await pass(10);
			},
		],
	});
});

describe('concurrency', () => {
	sameTraces({
		'1': [{concurrency: 1}, (queue, log) => (addSleepers(queue, log, [30, 10, 20]), pass(100))],
		'3': [{concurrency: 3}, (queue, log) => (addSleepers(queue, log, [30, 10, 20, 10, 10]), pass(100))],
		'raised and lowered while tasks run': [
			{concurrency: 1},
			async (queue, log) => {
				addSleepers(queue, log, [25, 25, 25, 25, 25, 25]);
				await pass(15);
				queue.concurrency = 3;
				log(`${queue.concurrency}`);
				await pass(15);
				queue.concurrency = 1;
				await pass(100);
			},
		],
		'what is added in the first part of a task starts at once': [
			{concurrency: 3},
			async (queue, log) => {
				await queue.add(async () => {
					log('outer starts');
					void queue.add(async () => log('inner starts'));
					log('outer goes on');
				});
			},
		],
	});
});

describe('priorities', () => {
	const orderOf =
		(...priorities: (number | undefined)[]): Scenario =>
		async (queue, log) => {
			for (const [index, priority] of priorities.entries())
				void queue.add(async () => log(`${index} of ${priority}`), {priority, id: `task ${index}`});
			log(`${queue.sizeBy({priority: 0})} of 0, ${queue.sizeBy({priority: 1})} of 1`);
			queue.start();
			await flush();
		};
	const changed =
		(...changes: [number, number][]): Scenario =>
		async (queue, log) => {
			for (let index = 0; index < 5; index++)
				void queue.add(async () => log(`${index}`), {id: `task ${index}`, priority: index % 2});
			for (const [index, priority] of changes)
				try {
					queue.setPriority(`task ${index}`, priority);
				} catch (error) {
					log(show(error));
				}
			queue.start();
			await flush();
		};
	const paused = {concurrency: 1, autoStart: false};
	sameTraces({
		'the highest first, equal ones in turn': [paused, orderOf(0, 1, undefined, 1, -1, 2, 0)],
		'endless ones': [paused, orderOf(0, Infinity, -Infinity, Infinity, 5)],
		'setPriority(): earlier': [paused, changed([4, 2])],
		'setPriority(): later': [paused, changed([1, -1])],
		'setPriority(): the same keeps its place': [paused, changed([0, 0], [2, 0])],
		'setPriority(): several, with two at once': [{concurrency: 2, autoStart: false}, changed([3, 5], [0, 4])],
		'setPriority(): of one that does not wait': [paused, changed([17, 1])],
		'setPriority(): of one that runs': [{concurrency: 1}, changed([0, 1])],
	});
});

describe('waits', () => {
	const names = ['onEmpty', 'onIdle', 'onPendingZero', 'onRateLimitCleared'] as const;
	const waitFor = (queue: PQueue, log: Log): void => {
		for (const name of names) void queue[name]().then(() => log.aside(name));
		for (const limit of [1, 2, 3]) void queue.onSizeLessThan(limit).then(() => log.aside(`under ${limit}`));
	};
	sameTraces({
		'of an empty queue': [
			{},
			async (queue, log) => {
				waitFor(queue, log);
				await flush();
				log.step('all');
			},
		],
		'until the tasks are done': [
			{concurrency: 1},
			async (queue, log) => {
				addSleepers(queue, log, [10, 10, 10, 10]);
				waitFor(queue, log);
				for (let turn = 0; turn < 5; turn++) {
					await pass(10);
					log.step(`${turn}`);
				}
			},
		],
		'onEmpty(): what started last has ended when the caller goes on': [
			{concurrency: 1},
			async (queue, log) => {
				for (const turn of [1, 2]) {
					void queue.add(async () => 0);
					void queue.add(async () => 0);
					log(`${turn} added`);
					await queue.onEmpty();
					log(`${turn} empty`);
				}
			},
		],
		'until clear()': [
			{concurrency: 1, autoStart: false},
			async (queue, log) => {
				addSleepers(queue, log, [10, 10, 10, 10]);
				waitFor(queue, log);
				await flush();
				log.step('before');
				queue.clear();
				await flush();
				log.step('after');
			},
		],
		'until start() drains it': [
			{autoStart: false},
			async (queue, log) => {
				addSleepers(queue, log, [10, 10, 10]);
				waitFor(queue, log);
				queue.start();
				await flush();
				log.step('started');
				await pass(20);
				log.step('ended');
			},
		],
		'until concurrency is raised': [
			{concurrency: 1},
			async (queue, log) => {
				addSleepers(queue, log, [10, 10, 10]);
				waitFor(queue, log);
				queue.concurrency = 3;
				await flush();
				log.step('raised');
				await pass(20);
			},
		],
		'onPendingZero() of a paused queue in which tasks wait': [
			{concurrency: 1},
			async (queue, log) => {
				addSleepers(queue, log, [10, 10]);
				queue.pause();
				waitFor(queue, log);
				await pass(20);
				log.step('paused');
				queue.clear();
			},
		],
		'onError(): of the first one that fails': [
			{concurrency: 1},
			async (queue, log) => {
				note(log, 'first', queue.onError());
				note(log, 'second', queue.onError());
				for (const error of [new RangeError('a'), new TypeError('b')]) {
					note(
						log,
						'task',
						queue.add(() => Promise.reject(error)),
					);
					await flush();
				}
			},
		],
		'onError(): of one that fails with nothing': [
			{},
			async (queue, log) => {
				note(log, 'onError', queue.onError());
				note(
					log,
					'task',
					queue.add(() => Promise.reject(undefined)),
				);
				await flush();
			},
		],
		'onError() in a race with onIdle()': [
			{concurrency: 1},
			async (queue, log) => {
				note(log, 'race', Promise.race([queue.onError(), sleep(1).then(() => queue.onIdle())]));
				const aborter = new AbortController();
				addSleepers(queue, log, [10]);
				note(
					log,
					'task',
					queue.add(() => 1, {signal: aborter.signal}),
				);
				await flush();
				aborter.abort('a task that waits is no error');
				await pass(20);
			},
		],
	});
});

describe('autoStart, pause(), start()', () => {
	sameTraces({
		'autoStart: false': [
			{concurrency: 2, autoStart: false},
			async (queue, log) => {
				addSleepers(queue, log, [10, 10, 10]);
				await pass(10);
				log(`${queue.isPaused} ${queue.isSaturated} ${queue.start() === queue} ${queue.isPaused}`);
				await pass(30);
			},
		],
		'in the middle': [
			{concurrency: 1},
			async (queue, log) => {
				addSleepers(queue, log, [10, 10, 10]);
				queue.pause();
				queue.pause();
				await pass(30);
				log(`${queue.isPaused}`);
				queue.start();
				queue.start();
				await pass(30);
			},
		],
		"in a listener of 'active'": [
			{concurrency: 3},
			async (queue, log) => {
				queue.addEventListener('active', () => queue.pause());
				for (let task = 0; task < 4; task++) queue.add(async () => log(`task ${task}`)).catch(() => {});
				await flush();
				queue.start();
				await flush();
				queue.clear();
			},
		],
		"in a listener of 'error', so that nothing else starts": [
			{concurrency: 1},
			async (queue, log) => {
				queue.addEventListener('error', () => queue.pause(), {once: true});
				for (let task = 0; task < 3; task++)
					note(
						log,
						`task ${task}`,
						queue.add(() => Promise.reject(new RangeError(`${task}`))),
					);
				await flush();
				log(`${queue.isPaused}`);
				queue.start();
				await flush();
			},
		],
		'in a task, with a rate limit': [
			{interval: 100, intervalCap: 1},
			async (queue, log) => {
				queue
					.add(() => {
						queue.pause();
					})
					.catch(() => {});
				queue.add(() => log('never')).catch(() => {});
				await pass(300);
				log(`${queue.isRateLimited}`);
				queue.clear();
			},
		],
	});
});

// D2
describe('clear()', () => {
	sameTraces({
		'rejects what waits, and leaves what runs': [
			{concurrency: 1},
			async (queue, log) => {
				addSleepers(queue, log, [10, 10, 10]);
				await flush();
				queue.clear();
				queue.clear();
				await pass(30);
			},
		],
		'in a listener of idle or empty': [
			{concurrency: 1},
			async (queue, log) => {
				for (const type of ['idle', 'empty'] as const) queue.addEventListener(type, () => queue.clear());
				addSleepers(queue, log, [10, 10]);
				await pass(30);
			},
		],
		'while rate limited; the limit stays': [
			{interval: 100, intervalCap: 1},
			async (queue, log) => {
				addSleepers(queue, log, [0, 0, 0]);
				await flush();
				log.step(`${queue.isRateLimited}`);
				queue.clear();
				await flush();
				log.step(`${queue.isRateLimited}`);
				addSleepers(queue, log, [0]);
				await pass(120);
			},
		],
	});

	test.each([PQueue, PausableQueue])(
		"in a listener of 'add', before the promise exists: %p",
		async (Queue) => {
			const queue = new (Queue as typeof PQueue)({autoStart: false});
			queue.addEventListener('add', () => queue.clear());
			await expect(queue.add(() => 1)).rejects.toMatchObject({name: 'AbortError'});
			expect(queue.size).toBe(0);
		},
	);

	test('causes no unhandled rejection', async () => {
		jest.useRealTimers();
		const unhandled: unknown[] = [];
		const hear = (reason: unknown): void => void unhandled.push(reason);
		process.on('unhandledRejection', hear);
		const queue = new PausableQueue({autoStart: false});
		for (let task = 0; task < 3; task++) void queue.add(() => 1);
		queue.clear();
		await new Promise((resolve) => void setTimeout(resolve, 5));
		process.off('unhandledRejection', hear);
		expect(unhandled).toEqual([]);
	});
});

describe('timeout', () => {
	const tryTimeouts: Scenario = async (queue, log) => {
		note(
			log,
			'of the queue',
			queue.add(({signal}) => endWith(signal, log)),
		);
		note(
			log,
			'longer',
			queue.add(() => sleep(60), {timeout: 90}),
		);
		note(
			log,
			'none',
			queue.add(() => sleep(70), {timeout: undefined}),
		);
		await pass(100);
		queue.timeout = 10;
		log(`${queue.timeout}`);
		note(
			log,
			'changed',
			queue.add(({signal}) => endWith(signal, log)),
		);
		await pass(30);
	};
	sameTraces({
		'of the queue, of a task, none, changed': [{timeout: 40, concurrency: 5}, tryTimeouts],
		'with a signal of its own': [
			{timeout: 40},
			async (queue, log) => {
				const aborter = new AbortController();
				const {signal} = aborter;
				note(
					log,
					'aborted',
					queue.add((context) => endWith(context.signal, log), {signal}),
				);
				await pass(20);
				aborter.abort(new RangeError('first'));
				await pass(40);
			},
		],
		'runningTasks count down': [
			{timeout: 40, concurrency: 5},
			async (queue, log) => {
				addSleepers(queue, log, [25, 35]);
				note(
					log,
					'none',
					queue.add(() => sleep(15), {timeout: undefined, id: 'none', priority: 2}),
				);
				await pass(10);
				log(show(queue.runningTasks.map((task) => ({...task, startTime: Date.now() - task.startTime}))));
				await pass(30);
				log(show(queue.runningTasks));
			},
		],
	});

	test('the error is the same, message included', async () => {
		const messages = await Promise.all(
			[new PQueue({timeout: 10}), new PausableQueue({timeout: 10})].map(async (queue) => {
				const ended = (queue as PQueue).add(({signal}) => endWith(signal, () => {}));
				const error = ended.catch((reason: unknown) => reason);
				await pass(20);
				expect(await error).toBeInstanceOf(TimeoutError);
				return ((await error) as TimeoutError).message;
			}),
		);
		expect(messages[1]).toBe(messages[0]);
	});
});

/** A body that ends as soon as it is aborted. */
function endWith(signal: AbortSignal | undefined, log: (line: string) => void): Promise<never> {
	return new Promise((_resolve, reject) => {
		signal?.addEventListener('abort', () => {
			log(`the body hears ${show(signal.reason)}`);
			reject(new Error('the body gives up'));
		});
	});
}

describe('signal', () => {
	sameTraces({
		'aborted before: no event, and the reason': [
			{},
			async (queue, log) => {
				note(
					log,
					'task',
					queue.add(() => 1, {signal: AbortSignal.abort(new RangeError('why'))}),
				);
				await flush();
			},
		],
		'aborted while it waits': [
			{concurrency: 1, autoStart: false},
			async (queue, log) => {
				const aborter = new AbortController();
				note(
					log,
					'task',
					queue.add(() => 1, {signal: aborter.signal}),
				);
				note(
					log,
					'same signal',
					queue.add(() => 2, {signal: aborter.signal}),
				);
				note(
					log,
					'other',
					queue.add(() => 3),
				);
				aborter.abort('why');
				await flush();
				queue.start();
				await flush();
			},
		],
		'the last that waits in a paused queue': [
			{autoStart: false},
			async (queue, log) => {
				const aborter = new AbortController();
				note(
					log,
					'task',
					queue.add(() => 1, {signal: aborter.signal}),
				);
				aborter.abort('why');
				await flush();
			},
		],
		'one of two tasks with one id': [
			{concurrency: 1},
			async (queue, log) => {
				const aborter = new AbortController();
				addSleepers(queue, log, [10]);
				note(
					log,
					'kept',
					queue.add(() => 'kept', {id: 'same'}),
				);
				note(
					log,
					'aborted',
					queue.add(() => 'aborted', {id: 'same', signal: aborter.signal}),
				);
				aborter.abort('why');
				await pass(20);
			},
		],
		'aborted while it runs: the body hears first, then the listeners, then the caller': [
			{concurrency: 1},
			async (queue, log) => {
				const aborter = new AbortController();
				const {signal} = aborter;
				note(
					log,
					'task',
					queue.add((context) => endWith(context.signal, log), {signal}),
				);
				addSleepers(queue, log, [0]);
				await ticks(5);
				aborter.abort('why');
				log('aborted');
				await pass(10);
			},
		],
		'aborted by the task that starts': [
			{concurrency: 1},
			async (queue, log) => {
				const aborter = new AbortController();
				const {signal} = aborter;
				note(
					log,
					'task',
					queue.add(
						async (context) => {
							aborter.abort('why');
							log(`${context.signal?.aborted}`);
							throw new Error('later');
						},
						{signal},
					),
				);
				await flush();
			},
		],
		'one that is aborted before its start uses up nothing of a fixed window': [
			{interval: 100, intervalCap: 2},
			(queue, log) => abortOne(queue, log),
		],
		'nor of a sliding one': [
			{interval: 100, intervalCap: 2, strict: true},
			(queue, log) => abortOne(queue, log),
		],
	});

	async function abortOne(queue: PQueue, log: Log): Promise<void> {
		const aborter = new AbortController();
		queue.pause();
		note(
			log,
			'aborted',
			queue.add(() => 1, {signal: aborter.signal}),
		);
		addSleepers(queue, log, [0, 0, 0]);
		aborter.abort('why');
		queue.start();
		await flush();
		log.step('one window');
		await pass(120);
	}

	test.each([PQueue, PausableQueue])(
		'a task does not start after the abort, when a listener before starts the queue: %p',
		async (Queue) => {
			const log: string[] = [];
			const queue = new (Queue as typeof PQueue)({concurrency: 1, autoStart: false});
			const aborter = new AbortController();
			const {signal} = aborter;
			signal.addEventListener('abort', () => queue.start());
			const aborted = queue.add(() => log.push('aborted'), {signal});
			void queue.add(() => log.push('next'));
			aborter.abort('why');
			await expect(aborted).rejects.toBe('why');
			await queue.onIdle();
			expect(log).toEqual(['next']);
		},
	);

	test('many tasks of one signal add one listener to it, and leave none', async () => {
		const counts = [PQueue, PausableQueue].map((Queue) => {
			const {signal} = new AbortController();
			const queue = new (Queue as typeof PQueue)({concurrency: 1, autoStart: false});
			for (let task = 0; task < 100; task++) queue.add(() => 1, {signal}).catch(() => {});
			const during = getEventListeners(signal, 'abort').length;
			queue.clear();
			return [during, getEventListeners(signal, 'abort').length];
		});
		expect(counts[1]).toEqual(counts[0]);
		await flush();
	});

	test('many aborted tasks do not overflow the stack', async () => {
		const queue = new PausableQueue({concurrency: 1});
		const aborter = new AbortController();
		const end = new Deferred<void>();
		void queue.add(() => end.promise);
		for (let task = 0; task < 20_000; task++) queue.add(() => {}, {signal: aborter.signal}).catch(() => {});
		aborter.abort();
		end.resolve();
		await queue.onIdle();
		expect(queue.progress).toMatchObject({aborted: 20_000, completed: 1});
	});
});

// R1, R2
describe('rate limits', () => {
	const windows: Scenario = async (queue, log) => {
		addSleepers(queue, log, [10, 150, 10, 250, 10, 10, 10]);
		for (let turn = 0; turn < 10; turn++) {
			await pass(50);
			log.step(`${queue.isRateLimited}`);
		}
		await pass(500);
		addSleepers(queue, log, [10]);
		log.step('after a rest');
		await pass(50);
	};
	const limits: Readonly<Record<string, QueueOptions>> = {
		'fixed windows': {interval: 100, intervalCap: 2},
		'fixed windows with carry-over': {interval: 100, intervalCap: 2, carryoverIntervalCount: true},
		'a sliding window': {interval: 100, intervalCap: 2, strict: true},
		'with concurrency': {interval: 100, intervalCap: 3, concurrency: 1},
		'of zero milliseconds: none': {interval: 0, intervalCap: 1},
	};
	sameTraces(
		Object.fromEntries(Object.entries(limits).map(([name, options]) => [name, [options, windows] as const])),
	);
	sameTraces({
		"a task added in a listener of 'active' counts in the same window": [
			{interval: 100, intervalCap: 2},
			async (queue, log) => {
				queue.addEventListener('active', () => queue.pending < 3 && addSleepers(queue, log, [200]));
				addSleepers(queue, log, [200]);
				await pass(150);
				log.step('150 ms');
				await pass(500);
			},
		],
		"a task added in a listener of 'rateLimitCleared' starts": [
			{interval: 100, intervalCap: 1},
			async (queue, log) => {
				const add = (): void => void queue.add(() => log('added by the listener'));
				queue.addEventListener('rateLimitCleared', add, {once: true});
				addSleepers(queue, log, [0, 0]);
				await flush();
				queue.clear();
				await pass(200);
			},
		],
		'onRateLimit() and onRateLimitCleared()': [
			{interval: 100, intervalCap: 1},
			async (queue, log) => {
				void queue.onRateLimit().then(() => log.aside('onRateLimit'));
				addSleepers(queue, log, [0, 0]);
				await flush();
				log.step('limited');
				void queue.onRateLimitCleared().then(() => log.aside('onRateLimitCleared'));
				await pass(90);
				log.step('still limited');
				await pass(30);
				log.step('cleared');
			},
		],
	});
});

// D3, J3
describe('events', () => {
	sameTraces({
		'once, with a signal, removed': [
			{},
			async (queue, log) => {
				const aborter = new AbortController();
				const removed = (): void => log('never');
				queue.addEventListener('completed', () => log('once'), {once: true});
				queue.addEventListener('completed', () => log('by signal'), {signal: aborter.signal});
				queue.addEventListener('completed', removed);
				queue.removeEventListener('completed', removed);
				await queue.add(() => 1);
				aborter.abort();
				await queue.add(() => 2);
			},
		],
		"a task that is added in a listener of 'idle'": [
			{concurrency: 1},
			async (queue, log) => {
				queue.addEventListener('idle', () => addSleepers(queue, log, [5]), {once: true});
				addSleepers(queue, log, [5]);
				await pass(20);
			},
		],
		"concurrency that is set in a listener of 'idle'": [
			{concurrency: 1},
			async (queue, log) => {
				queue.addEventListener('idle', () => {
					queue.concurrency = 2;
					queue.start();
				});
				addSleepers(queue, log, [5]);
				await pass(20);
			},
		],
	});

	test('many waits and listeners cause no warning', async () => {
		jest.useRealTimers();
		const warnings: unknown[] = [];
		const hear = (warning: unknown): void => void warnings.push(warning);
		process.on('warning', hear);
		const queue = new PausableQueue();
		for (let index = 0; index < 20; index++) {
			queue.onError().catch(() => {});
			queue.addEventListener('completed', () => index);
		}
		await new Promise((resolve) => void setTimeout(resolve, 5));
		process.off('warning', hear);
		expect(warnings).toEqual([]);
	});
});

describe('async context', () => {
	sameTraces({
		'a task sees the values of its add()': [
			{concurrency: 1, autoStart: false},
			async (queue, log) => {
				const storage = new AsyncLocalStorage<string>();
				for (const name of ['a', 'b', 'c'])
					storage.run(name, () => void queue.add(async () => log(`${storage.getStore()} of ${name}`)));
				storage.run('who starts it', () => queue.start());
				await flush();
			},
		],
	});
});

describe('queueClass', () => {
	interface Item {
		readonly run: () => Promise<unknown>;
		readonly id: string;
		readonly deadline: number;
	}
	class Deadlines {
		items: Item[] = [];
		enqueue(run: Item['run'], options?: object): void {
			this.items.push({...(options as Item), run});
			this.items.sort((a, b) => a.deadline - b.deadline);
		}
		dequeue(): Item['run'] | undefined {
			return this.items.shift()?.run;
		}
		get size(): number {
			return this.items.length;
		}
		filter(): Item['run'][] {
			return [];
		}
		setPriority(id: string, priority: number): void {
			this.items = this.items.map((item) => (item.id === id ? {...item, deadline: priority} : item));
			this.items.sort((a, b) => a.deadline - b.deadline);
		}
		remove(id: string): void {
			this.items = this.items.filter((item) => item.id !== id);
		}
	}
	/** The last one first. */
	class Stack extends PriorityQueue {
		readonly #runs: (() => Promise<unknown>)[] = [];
		override enqueue(run: () => Promise<unknown>): void {
			this.#runs.push(run);
		}
		override dequeue(): (() => Promise<unknown>) | undefined {
			return this.#runs.pop();
		}
		override get size(): number {
			return this.#runs.length;
		}
	}
	sameTraces({
		'is given the options, the id for setPriority() and remove()': [
			{concurrency: 1, autoStart: false, queueClass: Deadlines},
			async (queue, log) => {
				const aborter = new AbortController();
				for (const deadline of [3, 1, 2, 4]) {
					const options = {deadline, id: `until ${deadline}`, signal: aborter.signal};
					if (deadline !== 4) Object.assign(options, {signal: undefined});
					queue.add(async () => log(`${deadline}`), options).catch(() => {});
				}
				queue.setPriority('until 3', 0);
				aborter.abort();
				queue.start();
				await flush();
			},
		],
		'that extends p-queue’s': [
			{concurrency: 1, autoStart: false, queueClass: Stack},
			async (queue, log) => {
				for (const name of ['a', 'b', 'c']) void queue.add(async () => log(name));
				queue.start();
				await flush();
			},
		],
	});
});

describe('bad input: an error of the same class that names what is wrong', () => {
	const bad = [undefined, null, 0, -1, 1.5, Number.NaN, 'x', Infinity, -Infinity, 2 ** 31, {}, true];
	const create =
		(option: string, more: object = {}) =>
		(Queue: typeof PQueue, value: unknown): unknown =>
			new Queue({...more, [option]: value});
	const onQueue =
		(act: (queue: PQueue, value: never) => unknown) =>
		(Queue: typeof PQueue, value: unknown): unknown =>
			act(new Queue({autoStart: false}), value as never);
	type Attempt = (Queue: typeof PQueue, value: unknown) => unknown;
	const attempts: Readonly<Record<string, readonly [string, Attempt]>> = {
		'new Queue({concurrency})': ['concurrency', create('concurrency')],
		'new Queue({intervalCap})': ['intervalCap', create('intervalCap')],
		'new Queue({interval})': ['interval', create('interval')],
		'new Queue({interval}), with a cap': ['interval', create('interval', {intervalCap: 1})],
		'new Queue({interval}), strict': ['interval', create('interval', {intervalCap: 1, strict: true})],
		'new Queue({intervalCap}), strict': ['intervalCap', create('intervalCap', {interval: 1, strict: true})],
		'new Queue({timeout})': ['timeout', create('timeout')],
		'queue.concurrency =': ['concurrency', onQueue((queue, value) => (queue.concurrency = value))],
		'queue.timeout =': ['timeout', onQueue((queue, value) => (queue.timeout = value))],
		'setPriority()': ['priority', onQueue((queue, value) => queue.setPriority('none', value))],
	};

	async function failureOf(act: () => unknown): Promise<{name?: string; message: string}> {
		try {
			await act();
			return {message: ''};
		} catch (error) {
			return {name: (error as Error).constructor.name, message: (error as Error).message};
		}
	}

	for (const [name, [option, attempt]] of Object.entries(attempts))
		test.each(bad)(`${name} %p`, async (value) => {
			// Ours has no longest timeout.
			if (option === 'timeout' && value === 2 ** 31) return;
			const theirs = await failureOf(() => attempt(PQueue, value));
			const ours = await failureOf(() => attempt(PausableQueue as never, value));
			expect(ours.name).toBe(theirs.name);
			if (ours.name === 'TypeError') expect(ours.message).toContain(option);
		});

	test.each(['timeout', 'priority'])('add(fn, {%s})', async (option) => {
		for (const value of bad) {
			if (option === 'timeout' && value === 2 ** 31) continue;
			const add = (Queue: typeof PQueue) => () => new Queue().add(() => 1, {[option]: value});
			const theirs = await failureOf(add(PQueue));
			const ours = await failureOf(add(PausableQueue as never));
			expect({value, name: ours.name}).toEqual({value, name: theirs.name});
			if (ours.name !== undefined) expect(ours.message).toContain(option);
		}
	});
});
