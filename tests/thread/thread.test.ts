// A thread does what a task does, in a worker whose loops never await.
import {afterEach, describe, expect, test} from '@jest/globals';
import {createHash} from 'node:crypto';
import {PausableController} from 'pausable-signal';
import {Thread} from '../../src/thread/index.ts';
import {job, rejection, startThread, statesOf, whenProgress} from './kit.ts';

const started: {stop(reason: undefined, options: {grace: number}): Promise<unknown>}[] = [];

function start<T, P = unknown>(...args: Parameters<typeof startThread>): Thread<T, P> {
	const thread = startThread<T, P>(...args);
	started.push(thread);
	return thread;
}

afterEach(async () => {
	await Promise.all(started.splice(0).map((thread) => thread.stop(undefined, {grace: 0}).catch(() => {})));
});

describe('a loop that never awaits', () => {
	test('parks at a pause, continues from the same turn, and gives its result', async () => {
		const turns = new SharedArrayBuffer(4);
		const [turn] = [new Int32Array(turns)];
		const thread = start<number>('sieve', {data: {limit: 2_000_000, turns}});
		while (turn[0]! < 1000) await new Promise((resolve) => setImmediate(resolve));
		const at = Atomics.load(turn, 0);
		expect(await thread.pause('lunch')).toBe(true);
		const parkedAt = Atomics.load(turn, 0);
		expect(thread.state).toBe('paused');
		expect(parkedAt).toBeGreaterThanOrEqual(at);
		expect(parkedAt).toBeLessThan(2_000_000 - 1);
		await new Promise((resolve) => setTimeout(resolve, 20));
		expect(Atomics.load(turn, 0)).toBe(parkedAt);
		thread.resume();
		expect(await thread.result).toBe(148_933);
		expect(thread.state).toBe('completed');
	});

	test('sees a pause within 64 turns', async () => {
		const counted = new Int32Array(new SharedArrayBuffer(4));
		const thread = start<number, number>('count', {data: counted});
		for (let round = 0; round < 50; round++) {
			const before = Atomics.load(counted, 0);
			while (Atomics.load(counted, 0) - before < 10_000)
				await new Promise((resolve) => setImmediate(resolve));
			const isParked = thread.pause();
			// The pause was there before this was read, and the loop may have counted on.
			const pausedAt = Atomics.load(counted, 0);
			expect(await isParked).toBe(true);
			expect(Atomics.load(counted, 0) - pausedAt).toBeLessThanOrEqual(64);
			thread.resume();
		}
		await thread.stop();
	});

	test('W9: its earlier reports have arrived when pause() resolves', async () => {
		const data = new Uint8Array(40_000_000).fill(7);
		const thread = start<string, number>('hash', {data});
		await whenProgress(thread, (at) => at > 0);
		await thread.pause();
		const parkedAt = thread.progress!;
		const states = statesOf(thread);
		let reports = 0;
		thread.addEventListener('progress', () => reports++);
		await new Promise((resolve) => setTimeout(resolve, 20));
		expect([reports, thread.progress]).toEqual([0, parkedAt]);
		thread.resume();
		expect(await thread.result).toBe(createHash('sha256').update(data).digest('hex'));
		expect(states).toEqual(['paused', 'running', 'completed']);
	});

	test('is aborted while it is blocked, with the reason that was given', async () => {
		const reason = {why: 'enough'};
		const thread = start<number, number>('count');
		await whenProgress(thread, (turn) => turn > 0);
		await thread.pause();
		expect(await thread.stop(reason)).toEqual({terminated: false});
		expect(await rejection(thread.result)).toBe(reason);
		expect([thread.state, thread.terminated]).toEqual(['stopped', false]);
	});
});

describe.each([
	'aborted',
	'wait',
	'checkpoint',
	'throwIfAborted',
	'reason',
	'isOpen',
	'checkpointSync',
	'child',
	'delay',
	'event',
])('W4: a loop over %s', (data) => {
	test('ends at an abort', async () => {
		const thread = start<unknown, number>('loops', {data});
		await whenProgress(thread, (turns) => turns > 0);
		expect(await thread.stop('enough')).toEqual({terminated: false});
		expect(thread.state).toBe('stopped');
		const isByReturn = !['checkpoint', 'throwIfAborted', 'checkpointSync', 'delay'].includes(data);
		if (isByReturn) expect(await thread.result).toBe('ended');
		else expect(await rejection(thread.result)).toBe('enough');
	});
});

describe.each(['wait', 'checkpoint', 'checkpointSync', 'child', 'delay'])('a loop over %s', (data) => {
	test('parks, moves on and parks again', async () => {
		const thread = start<unknown, number>('loops', {data});
		await whenProgress(thread, (turns) => turns > 0);
		for (let round = 0; round < 3; round++) {
			expect(await thread.pause()).toBe(true);
			expect(thread.state).toBe('paused');
			const {progress} = thread;
			thread.resume();
			await whenProgress(thread, (turns) => turns > progress!);
		}
		await thread.pause();
		await thread.stop();
	});
});

describe('the parents of a thread', () => {
	test('pause and abort it, with every reason', async () => {
		const parent = new PausableController();
		const thread = start<unknown, unknown[]>('holds', {signal: parent.signal});
		await whenProgress(thread, () => true);
		const seen: unknown[][] = [];
		thread.addEventListener('progress', () => seen.push(thread.progress!));
		parent.pause(new RangeError('user'));
		const hold = thread.hold('own');
		await thread.pause({deep: [1]});
		hold.release();
		await whenProgress(thread, (reasons) => reasons.length === 2);
		expect(seen.at(-1)).toEqual([{deep: [1]}, 'RangeError: user']);
		parent.abort('enough');
		expect(await rejection(thread.result)).toBe('enough');
	});

	test('W13: a thread created under a paused parent starts no worker until the resume', async () => {
		const parent = new PausableController();
		parent.pause();
		const thread = start<number>('count', {signal: parent.signal, data: 10});
		expect(await thread.pause()).toBe(true);
		expect([thread.state, thread.worker]).toEqual(['paused', undefined]);
		thread.resume();
		parent.resume();
		expect(await thread.result).toBe(10);
	});

	test('W13: a thread created under an aborted parent starts no worker', async () => {
		const thread = start<number>('count', {signal: AbortSignal.abort('early')});
		expect(await rejection(thread.result)).toBe('early');
		expect([thread.state, thread.worker]).toEqual(['stopped', undefined]);
	});

	test('W11: a thread paused while it starts parks before it calls its function', async () => {
		const thread = start<number, number>('count', {data: 10});
		expect(await thread.pause()).toBe(true);
		expect([thread.state, thread.progress]).toEqual(['paused', undefined]);
		thread.resume();
		expect(await thread.result).toBe(10);
	});

	test('W11: a thread aborted while it starts never calls its function', async () => {
		const thread = start<number, number>('count', {data: 10});
		await thread.stop('early');
		expect(await rejection(thread.result)).toBe('early');
		expect(thread.progress).toBeUndefined();
	});
});

describe('pauses that race', () => {
	test('each have their own answer', async () => {
		const thread = start<number, number>('count');
		await whenProgress(thread, (turn) => turn > 0);
		const one = thread.pause();
		thread.resume();
		const two = thread.pause();
		expect(await Promise.all([one, two])).toEqual([false, true]);
		const three = thread.pause();
		thread.resume();
		const four = thread.pause();
		thread.resume();
		expect(await Promise.all([three, four])).toEqual([true, false]);
		await thread.stop();
	});

	test('1,000 quick flips end in the right state', async () => {
		const thread = start<number, number>('count');
		await whenProgress(thread, (turn) => turn > 0);
		for (let flip = 0; flip < 1000; flip++) {
			if (flip % 2 === 0) void thread.pause(flip);
			else thread.resume();
			if (flip % 100 === 7) await new Promise((resolve) => setImmediate(resolve));
		}
		const {progress} = thread;
		await whenProgress(thread, (turn) => turn > progress!);
		expect(thread.state).toBe('running');
		for (let flip = 0; flip < 999; flip++) {
			if (flip % 2 === 0) void thread.pause(flip);
			else thread.resume();
		}
		expect(await thread.pause()).toBe(true);
		expect(thread.state).toBe('paused');
		await thread.stop();
	});

	test('a pause that times out stays, and is answered when the thread parks', async () => {
		const gate = new Int32Array(new SharedArrayBuffer(4));
		const thread = start<unknown, string>('blocked', {data: gate});
		await whenProgress(thread, () => true);
		expect(await thread.pause('p', {timeout: 10})).toBe(false);
		expect(thread.state).toBe('pausing');
		Atomics.store(gate, 0, 1);
		Atomics.notify(gate, 0);
		expect(await thread.pause()).toBe(true);
		thread.resume();
		expect(await thread.result).toBe('over');
	});
});

describe('bad input', () => {
	test.each<[string, () => unknown, RegExp]>([
		[
			'a path',
			() => Thread.start('./job.js' as never),
			/source: expected the URL of a module, or a function/,
		],
		['no source', () => Thread.start(undefined as never), /source: expected the URL/],
		['a worker', () => Thread.start({postMessage() {}} as never), /source: expected the URL/],
		['a negative grace', () => startThread('count', {grace: -1}), /grace: expected a number of milliseconds/],
		['a signal', () => startThread('count', {signal: 'x' as never}), /signal: expected an AbortSignal/],
		['a transfer', () => startThread('count', {transfer: 'x' as never}), /transfer: expected an array/],
		['worker options', () => Thread.start(job('count'), {worker: 5 as never}), /worker: expected an object/],
	])('W18: %s is refused at once', (_name, act, message) => {
		expect(act).toThrow(message);
	});

	test('W17: data that cannot be cloned is refused by start()', () => {
		expect(() => startThread('count', {data: () => {}})).toThrow(
			expect.objectContaining({name: 'DataCloneError'}),
		);
	});

	test('W20: a function that makes no worker fails the thread', async () => {
		const thread = Thread.start((() => 5) as never);
		expect(await rejection(thread.result)).toMatchObject({message: /source: expected a function that makes/});
	});
});

test('W17: transferred objects move instead of being copied, both ways', async () => {
	const data = new ArrayBuffer(8);
	const thread = start<number, ArrayBuffer>('moves', {data, transfer: [data]});
	expect(data.byteLength).toBe(0);
	expect(await thread.result).toBe(0);
	expect(thread.progress?.byteLength).toBe(8);
});

test('Thread.worker is the platform’s worker, with its own options', async () => {
	const thread = start<Record<string, unknown>>('sight', {
		worker: {env: {ONE: '1'}, argv: ['two']},
		name: 'named',
	});
	expect(thread.worker).toBeDefined();
	expect(await thread.result).toEqual({
		env: '1',
		argv: 'two',
		name: 'named',
		isThread: true,
		isPausable: true,
	});
});

test('`await using` stops a thread at the end of its block', async () => {
	let thread: Thread<unknown, number>;
	{
		await using own = start<unknown, number>('count');
		thread = own;
		await whenProgress(own, () => true);
	}
	expect(thread.state).toBe('stopped');
});
