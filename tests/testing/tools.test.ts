// Virtual time, sequences, what is left on a signal, and waits for work that is parked: what everywhere.test.ts
// does not show already.
import {afterEach, describe, expect, jest, test} from '@jest/globals';
import {
	all,
	deadline,
	delay,
	interval,
	PausableController,
	PausableSignal,
	stopwatch,
	Task,
} from 'pausable-signal';
import {PausableQueue} from 'pausable-signal/queue';
import {leftOn, sequence, type VirtualTime, virtualTime, whenParked} from 'pausable-signal/testing';
import {Deferred, flush, watched} from '../queue/kit.ts';

let time: VirtualTime | undefined;

afterEach(() => {
	time?.dispose();
	time = undefined;
	jest.useRealTimers();
});

describe('virtualTime', () => {
	test('moves every clock together', async () => {
		time = virtualTime({now: 5_000});
		const {signal} = new PausableController();
		const watch = stopwatch(signal);
		const log: string[] = [];
		setTimeout(() => log.push('timeout'), 10);
		setImmediate(() => log.push('immediate'));
		void delay(signal, 20).then(() => log.push('delay'));
		void delay(signal, new Date(5_030)).then(() => log.push('date'));
		AbortSignal.timeout(40).addEventListener('abort', () => log.push('abort'));
		deadline(signal, 50).addEventListener('abort', () => log.push('deadline'));
		await time.advance(60);
		expect(log).toEqual(['immediate', 'timeout', 'delay', 'date', 'abort', 'deadline']);
		expect([time.now, Date.now(), performance.now(), watch.elapsed]).toEqual([5_060, 5_060, 60, 60]);
	});

	test('gives the globals back, at the end of a block too', () => {
		const before = [setTimeout, setInterval, setImmediate, Date, performance.now, AbortSignal.timeout];
		{
			using _time = virtualTime();
			expect(setTimeout).not.toBe(before[0]);
			expect(AbortSignal.timeout).not.toBe(before[5]);
		}
		expect([setTimeout, setInterval, setImmediate, Date, performance.now, AbortSignal.timeout]).toEqual(
			before,
		);
	});

	test('jumps from tick to tick of an interval', async () => {
		time = virtualTime({autojump: true});
		const {signal} = new PausableController();
		const ticks: number[] = [];
		for await (const tick of interval(signal, 60_000)) {
			ticks.push(tick);
			if (ticks.length === 3) break;
		}
		expect(time.now).toBe(180_000);
	});

	test('runs all timers, and gives up on an interval', async () => {
		time = virtualTime();
		const log: number[] = [];
		setTimeout(() => setTimeout(() => log.push(2), 5), 5);
		await time.runAll();
		expect(log).toEqual([2]);
		setInterval(() => {}, 1);
		await expect(time.runAll()).rejects.toThrow('1000');
	});

	test('uses the fake timers of the runner if they are on, and leaves them on', async () => {
		jest.useFakeTimers();
		const {setTimeout: fake} = globalThis;
		time = virtualTime({now: 100});
		const waiting = watched(delay(new PausableController().signal, 10));
		await time.advance(10);
		expect(waiting.state).toBe('resolved');
		time.dispose();
		expect(setTimeout).toBe(fake);
	});

	test.each([
		[{now: 'noon'}, "now: expected a number of milliseconds, 0 or more, got 'noon' (string)"],
		[{now: new Date('never')}, 'now: expected a valid Date, got '],
		[{autojump: 1}, 'autojump: expected a boolean, got 1 (number)'],
	])('%o is refused', (options, message) => {
		expect(() => virtualTime(options as never)).toThrow(message);
		time = virtualTime();
		expect(() => virtualTime()).toThrow('virtualTime: it is on already; dispose of the other first');
	});
});

describe('sequence', () => {
	test('refuses a repeated step, and an unknown one', async () => {
		const at = sequence();
		const first = at(0);
		await expect(at(0)).rejects.toThrow(RangeError);
		await first;
		await expect(at(0)).rejects.toThrow('step: expected a step that nobody asked for, 0 or more, got 0');
		await expect(at(-1)).rejects.toThrow(RangeError);
		await expect(at('one' as never)).rejects.toThrow(TypeError);
	});
});

describe('leftOn', () => {
	test('counts the registrations on a signal, and none once all are gone', async () => {
		const controller = new PausableController();
		const {signal} = controller;
		expect(leftOn(signal)).toEqual({listeners: 0, waiters: 0, followers: 0, children: 0});
		controller.pause();
		const listener = (): void => {};
		signal.addEventListener('pause', listener);
		signal.addEventListener('abort', listener);
		const waits = [signal.checkpoint(), signal.gate.wait(), delay(signal, 5)];
		const child = new PausableController({signal});
		const wait = child.signal.checkpoint();
		const idle = new PausableController({signal});
		expect(leftOn(signal)).toEqual({listeners: 2, waiters: 2, followers: 1, children: 1});
		signal.removeEventListener('pause', listener);
		signal.removeEventListener('abort', listener);
		controller.resume();
		await Promise.all([...waits, wait]);
		expect(leftOn(signal)).toEqual({listeners: 0, waiters: 0, followers: 0, children: 0});
		expect(idle.signal.paused).toBe(false);
	});

	test('works on a plain signal and on an aborted one, and on nothing else', () => {
		const plain = new AbortController();
		plain.signal.addEventListener('abort', () => {});
		expect(leftOn(plain.signal).listeners).toBe(1);
		expect(leftOn(PausableSignal.abort())).toMatchObject({waiters: 0, followers: 0, children: 0});
		expect(() => leftOn({} as never)).toThrow('signal: expected an AbortSignal, got Object (object)');
	});
});

describe('whenParked', () => {
	test('waits until every branch of a task stands still', async () => {
		const app = new PausableController();
		const gate = new Deferred<void>();
		const task = Task.start(
			({signal}) => all(signal, (inner) => [inner.checkpoint(), gate.promise.then(() => inner.checkpoint())]),
			{signal: app.signal},
		);
		await flush();
		app.pause();
		const parked = watched(whenParked(task));
		await flush();
		expect(parked.state).toBe('pending');
		gate.resolve();
		expect(await whenParked(task)).toBe(true);
		await flush();
		app.resume();
		await task.result;
		expect(await whenParked(task)).toBe(true);
	});

	test('waits for a queue and a set', async () => {
		const queue = new PausableQueue();
		const set = queue.taskSet('set');
		const gate = new Deferred<void>();
		const added = set.add(async ({signal}) => {
			await gate.promise;
			await signal.checkpoint();
		});
		void queue.pause();
		expect(await whenParked(queue, {timeout: 5})).toBe(false);
		gate.resolve();
		expect(await whenParked(set)).toBe(true);
		expect(await whenParked(queue)).toBe(true);
		queue.resume();
		await added;
	});

	test('waits until some work waits at a signal, and resolves with false once that is aborted', async () => {
		const controller = new PausableController();
		const child = new PausableController({signal: controller.signal});
		controller.pause();
		expect(await whenParked(controller.signal, {timeout: 5})).toBe(false);
		const waiting = child.signal.gate.wait();
		expect(await whenParked(controller.signal)).toBe(true);
		controller.abort();
		expect(await whenParked(controller.signal)).toBe(false);
		expect(await waiting).toBe(false);
	});

	test('refuses a value that it cannot wait for', async () => {
		const expected = 'work: expected a Task, a PausableQueue, a TaskSet or an AbortSignal, got';
		for (const work of [undefined, null, 3, {}, {state: 'paused'}])
			await expect(whenParked(work as never)).rejects.toThrow(expected);
		const {signal} = new PausableController();
		await expect(whenParked(signal, {timeout: -1})).rejects.toThrow(RangeError);
	});
});
