// Threads behind a queue.
import {afterEach, describe, expect, test} from '@jest/globals';
import {once} from 'node:events';
import {PausableController, Task} from 'pausable-signal';
import type {PausableQueue, TaskSet} from 'pausable-signal/queue';
import {ThreadExitError, ThreadPool, type ThreadPoolOptions} from '../../src/thread/index.ts';
import {job, rejection, worker} from './kit.ts';

interface Work {
	readonly way: string;
	readonly gate?: Int32Array;
}

const pools: ThreadPool<Work>[] = [];

function createPool(options: ThreadPoolOptions = {}): ThreadPool<Work> {
	const pool = new ThreadPool<Work>(job('pool'), {threads: 2, ...options, worker});
	pools.push(pool);
	return pool;
}

afterEach(async () => void (await Promise.all(pools.splice(0).map((pool) => pool.stop('end', {grace: 0})))));

/** Resolves when the runs of these ids have reported. */
async function whenStarted({queue}: {queue: PausableQueue | TaskSet}, ...ids: string[]): Promise<void> {
	const isStarted = (id: string): boolean =>
		queue.inspect().tasks.some((task) => task.id === id && task.progress !== undefined);
	while (!ids.every(isStarted)) await new Promise((resolve) => setImmediate(resolve));
}

const gated = (): Int32Array => new Int32Array(new SharedArrayBuffer(8));

test('W26: runs share the threads of a pool, which start when they are needed', async () => {
	const pool = createPool();
	expect(pool.size).toBe(0);
	const first = await pool.run({way: 'id'});
	expect([pool.size, await pool.run({way: 'id'})]).toEqual([1, first]);
	const ids = await Promise.all(Array.from({length: 6}, () => pool.run({way: 'id'})));
	expect(new Set(ids).size).toBeLessThanOrEqual(2);
	expect(pool.size).toBe(2);
});

test('W26: a pause of the pool’s queue reaches the running functions, and has a report', async () => {
	const pool = createPool();
	const gate = gated();
	const runs = ['a', 'b', 'c'].map((id) => pool.run({way: 'gate', gate}, {id}));
	await whenStarted(pool, 'a', 'b');
	const report = await pool.queue.pause('lunch');
	expect(report).toEqual({
		parked: [
			{id: 'a', set: undefined},
			{id: 'b', set: undefined},
		],
		running: [],
	});
	Atomics.store(gate, 0, 1);
	await new Promise((resolve) => setTimeout(resolve, 20));
	expect([Atomics.load(gate, 1), pool.queue.size]).toEqual([0, 1]);
	pool.queue.resume();
	expect(await Promise.all(runs)).toHaveLength(3);
	expect(Atomics.load(gate, 1)).toBe(-3);
});

test('a task that awaits a pool below its signal is paused once the functions in the threads stand still', async () => {
	let pool!: ThreadPool<Work>;
	const gate = gated();
	const task = Task.start(async ({signal}) => {
		pool = createPool({signal});
		await Promise.all(['a', 'b', 'c'].map((id) => pool.run({way: 'gate', gate}, {id})));
	});
	await whenStarted(pool, 'a', 'b');
	expect(await task.pause('lunch')).toBe(true);
	expect(pool.queue.inspect().tasks.map(({state}) => state)).toEqual(['parked', 'parked']);
	Atomics.store(gate, 0, 1);
	task.resume();
	await task.result;
});

test('a pool takes its signal directly or in the options of its queue, but not both', () => {
	const controller = new PausableController();
	const {signal} = controller;
	const made = [createPool({signal}), createPool({queue: {signal}})];
	controller.pause();
	expect(made.map(({queue}) => queue.isPaused)).toEqual([true, true]);
	expect(() => createPool({signal, queue: {signal}})).toThrow(
		new TypeError('signal: expected either signal or queue.signal, got both'),
	);
});

test('W27: a run that throws, exits or is terminated fails alone, and its thread is replaced', async () => {
	const pool = createPool({threads: 1, grace: 10});
	expect(await rejection(pool.run({way: 'throw'}))).toMatchObject({name: 'RangeError', message: 'thrown'});
	expect(await rejection(pool.run({way: 'exit'}, {id: 'x'}))).toMatchObject({thread: 'x', exitCode: 4});
	expect(pool.size).toBe(0);
	const controller = new PausableController();
	const deaf = pool.run({way: 'deaf'}, {id: 'deaf', signal: controller.signal});
	await whenStarted(pool, 'deaf');
	const next = pool.run({way: 'id'});
	controller.abort('enough');
	expect(await rejection(deaf)).toBe('enough');
	expect(typeof (await next)).toBe('number');
	expect(await rejection(pool.run({way: 'exit'}))).toBeInstanceOf(ThreadExitError);
	expect(await pool.run({way: 'last'})).toBe('last');
});

test('W27: a run that ended after its abort leaves its thread fit for use', async () => {
	const pool = createPool({threads: 1});
	const first = await pool.run({way: 'id'});
	const controller = new PausableController();
	const loop = pool.run({way: 'loop'}, {id: 'loop', signal: controller.signal});
	await whenStarted(pool, 'loop');
	controller.pause();
	controller.abort('enough');
	expect(await rejection(loop)).toBe('enough');
	expect(await pool.run({way: 'id'})).toBe(first);
});

test('W27: a crash in an idle thread is an error event of the queue, and fails no run', async () => {
	const pool = createPool({threads: 1});
	const crash = once(pool.queue, 'error');
	expect(await pool.run({way: 'crashLater'})).toBe('crashLater');
	const [event] = (await crash) as [CustomEvent<unknown>];
	expect(event.detail).toMatchObject({name: 'TypeError', message: 'crashed while idle'});
	expect(await pool.run({way: 'next'})).toBe('next');
});

test('W28: a paused set that gives its slots away lets the others run in threads of their own', async () => {
	const pool = createPool({threads: 1});
	const gate = gated();
	const set = pool.queue.taskSet('set');
	const held = pool.run({way: 'gate', gate}, {id: 'held', set});
	await whenStarted({queue: set}, 'held');
	await set.pause();
	expect(await pool.run({way: 'other'})).toBe('other');
	expect(pool.size).toBe(2);
	Atomics.store(gate, 0, 1);
	set.resume();
	await held;
});

test('W28: a paused set that keeps its slots keeps their threads', async () => {
	const pool = createPool({threads: 1});
	const gate = gated();
	const set = pool.queue.taskSet('set', {whilePaused: 'hold'});
	const held = pool.run({way: 'gate', gate}, {id: 'held', set});
	await whenStarted({queue: set}, 'held');
	await set.pause();
	const other = pool.run({way: 'other'});
	Atomics.store(gate, 0, 1);
	set.resume();
	expect(await Promise.all([held, other])).toEqual([0, 'other']);
	expect(pool.size).toBe(1);
});

test('a timeout aborts the run in its thread, and counts no paused time', async () => {
	const pool = createPool({threads: 1});
	const loop = pool.run({way: 'loop'}, {id: 'loop', timeout: 50});
	expect(await rejection(loop)).toMatchObject({name: 'TimeoutError'});
	expect(await pool.run({way: 'after'})).toBe('after');
});

test('map() gives the results for a source, in order', async () => {
	const pool = createPool();
	const ways = Array.from({length: 20}, (_, index) => ({way: `way ${index}`}));
	const results: unknown[] = [];
	for await (const result of pool.map(ways)) results.push(result);
	expect(results).toEqual(ways.map(({way}) => way));
});

describe('the end of a pool', () => {
	test('W29: stop() rejects waiting runs, aborts running ones, ends the threads, and returns the ids that never started', async () => {
		const pool = createPool({threads: 1});
		const loop = pool.run({way: 'loop'}, {id: 'loop'});
		const waits = pool.run({way: 'id'}, {id: 'waits'});
		await whenStarted(pool, 'loop');
		const ended = [rejection(loop), rejection(waits)];
		expect(await pool.stop('enough')).toEqual(['waits']);
		expect(await Promise.all(ended)).toEqual(['enough', 'enough']);
		expect(pool.size).toBe(0);
		await expect(pool.run({way: 'id'})).rejects.toBeDefined();
	});

	test('W29: stop({grace}) terminates runs that do not end', async () => {
		const pool = createPool({threads: 1});
		const deaf = pool.run({way: 'deaf'}, {id: 'deaf'});
		deaf.catch(() => {});
		await whenStarted(pool, 'deaf');
		expect(await pool.stop('enough', {grace: 5})).toEqual([]);
		expect(pool.size).toBe(0);
	});

	test('shutdown() finishes all runs', async () => {
		const pool = createPool();
		const runs = ['a', 'b', 'c'].map((way) => pool.run({way}));
		await pool.shutdown();
		expect([await Promise.all(runs), pool.size]).toEqual([['a', 'b', 'c'], 0]);
	});

	test('W26: threads without work end after the idle time', async () => {
		const pool = createPool({idleTimeout: 1});
		await pool.run({way: 'id'});
		while (pool.size > 0) await new Promise((resolve) => setTimeout(resolve, 1));
		expect(await pool.run({way: 'again'})).toBe('again');
	});
});

describe('bad input', () => {
	test.each<[string, () => unknown, RegExp]>([
		['no source', () => new ThreadPool(undefined as never), /source: expected the URL/],
		['no threads', () => createPool({threads: 0}), /threads: expected a whole number, 1 or more, got 0/],
		['threads without end', () => createPool({threads: Infinity}), /threads: expected a finite number/],
		['a negative grace', () => createPool({grace: -1}), /grace: expected/],
		['a negative idle time', () => createPool({idleTimeout: -1}), /idleTimeout: expected/],
		['bad options of the queue', () => createPool({queue: {keepAlive: 5 as never}}), /keepAlive: expected/],
		['a bad grace of a run', () => createPool().run({way: 'id'}, {grace: -1}), /grace: expected/],
	])('W18: %s is refused at once', (_name, act, message) => {
		expect(act).toThrow(message);
	});

	test('W17: data that cannot be cloned fails its run alone', async () => {
		const pool = createPool({threads: 1});
		const bad = pool.run({way: 'id', gate: (() => {}) as never});
		expect(await rejection(bad)).toMatchObject({name: 'DataCloneError'});
		expect(await pool.run({way: 'good'})).toBe('good');
	});
});
