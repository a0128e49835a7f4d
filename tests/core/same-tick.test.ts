// F1: an abort that follows a wake-up in its tick beats it, whatever woke.
import {afterEach, describe, expect, jest, test} from '@jest/globals';
import {delay, Gate, interval, pausable, PausableController, type PausableSignal} from 'pausable-signal';
import {flush, watched} from './support.ts';

afterEach(() => void jest.useRealTimers());

const waits: readonly [string, (signal: PausableSignal) => Promise<unknown>, unknown][] = [
	['checkpoint()', (signal) => signal.checkpoint(), {state: 'rejected', reason: 'enough'}],
	['gate.wait()', (signal) => signal.gate.wait(), {state: 'resolved', value: false}],
	[
		'gate.wait() with a timeout',
		(signal) => signal.gate.wait({timeout: 1e6}),
		{state: 'resolved', value: false},
	],
	['delay()', (signal) => delay(signal, 0), {state: 'rejected', reason: 'enough'}],
	[
		'the next of an interval()',
		(signal) => interval(signal, 1)[Symbol.asyncIterator]().next(),
		{state: 'rejected', reason: 'enough'},
	],
	[
		'the next of pausable()',
		(signal) => pausable(signal, [1, 2]).next(),
		{state: 'rejected', reason: 'enough'},
	],
];

const wakes: readonly [string, (controller: PausableController) => void][] = [
	['step()', (controller) => void controller.step()],
	['resume()', (controller) => void controller.resume()],
	[
		'step(); resume()',
		(controller) => {
			controller.step();
			controller.resume();
		},
	],
];

describe.each(wakes)('F1: %s and abort() in one tick', (_name, wake) => {
	test.each(waits)('%s is aborted', async (_wait, wait, expected) => {
		jest.useFakeTimers();
		const controller = new PausableController();
		const child = new PausableController({signal: controller.signal});
		controller.pause();
		const seen = [controller.signal, child.signal].map((signal) => watched(wait(signal)));
		await flush();
		jest.advanceTimersByTime(10);
		wake(controller);
		controller.abort('enough');
		await flush();
		expect(seen).toEqual([expected, expected]);
		expect(jest.getTimerCount()).toBe(0);
	});
});

test('F1: of a child alone, the others go through', async () => {
	const controller = new PausableController();
	const child = new PausableController({signal: controller.signal});
	controller.pause();
	const [own, below] = [controller.signal, child.signal].map((signal) => watched(signal.gate.wait()));
	controller.step();
	child.abort();
	await flush();
	expect([own!.value, below!.value]).toEqual([true, false]);
});

describe.each<[string, (gate: Gate) => unknown]>([
	['release()', (gate) => gate.release()],
	['open()', (gate) => gate.open()],
	['the end of its timeout', () => jest.advanceTimersByTime(5)],
])('F1: %s of a Gate and an abort in one tick', (_name, wake) => {
	test.each([
		['a pausable signal', () => new PausableController()],
		['a plain signal', () => new AbortController()],
	])('of %s', async (_kind, make) => {
		jest.useFakeTimers();
		const controller = make();
		const gate = new Gate(false);
		const seen = watched(gate.wait({signal: controller.signal, timeout: 5}));
		await flush();
		wake(gate);
		controller.abort('enough');
		await flush();
		expect(seen).toEqual({state: 'rejected', reason: 'enough'});
		expect([gate.waiting, jest.getTimerCount()]).toEqual([0, 0]);
	});
});
