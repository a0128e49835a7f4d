// All clocks that one pause stops agree on its times, however late each of them hears of it.
import {afterEach, beforeEach, describe, expect, jest, test} from '@jest/globals';
import {deadline, delay, PausableController, type Stopwatch, stopwatch} from 'pausable-signal';
import {flush} from '../flow/kit.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** Time passes at once, in the middle of a job. */
const jump = (ms: number): void => {
	jest.advanceTimersByTime(ms);
};

const read = ({elapsed, paused}: Stopwatch): [number, number] => [elapsed, paused];

/** A chain of controllers, each below the one before, whose listeners take their time. */
function slowChain(): {controllers: PausableController[]; watches: Stopwatch[]} {
	const controllers = [new PausableController()];
	for (let i = 0; i < 3; i++) controllers.push(new PausableController({signal: controllers.at(-1)?.signal}));
	for (const {signal} of controllers) {
		signal.addEventListener('pause', () => jump(7));
		signal.addEventListener('resume', () => jump(3));
	}
	return {controllers, watches: controllers.map(({signal}) => stopwatch(signal))};
}

describe('listeners that take their time', () => {
	test('stopwatches below one pause read the same', () => {
		const {controllers, watches} = slowChain();
		jump(100);
		controllers[0]?.pause();
		jump(1000);
		controllers[0]?.resume();
		jump(100);
		// The listeners of the pause ran during it, those of the resume after it.
		expect(watches.map(read)).toEqual(watches.map(() => [212, 1028]));
	});

	test('delays of the same length that began together end together', async () => {
		const {controllers} = slowChain();
		const ended: number[] = [];
		for (const {signal} of controllers) void delay(signal, 100).then(() => ended.push(performance.now()));
		await flush();
		jump(50);
		controllers[0]?.pause();
		jump(1000);
		controllers[0]?.resume();
		for (let i = 0; i < 100; i++) {
			jump(1);
			await flush();
		}
		expect(ended).toHaveLength(4);
		expect(new Set(ended).size).toBe(1);
	});

	test('deadlines that began together end together, too', () => {
		const {controllers} = slowChain();
		const limits = controllers.map(({signal}) => deadline(signal, 100));
		jump(50);
		controllers[0]?.pause();
		jump(1000);
		controllers[0]?.resume();
		jump(37);
		expect(limits.map(({aborted}) => aborted)).toEqual([false, false, false, false]);
		jump(1);
		expect(limits.map(({aborted}) => aborted)).toEqual([true, true, true, true]);
	});
});

describe('nested holds', () => {
	test('a pause lasts from the first that begins to the last that ends, each at its own moment', () => {
		const parent = new PausableController();
		const child = new PausableController({signal: parent.signal});
		parent.signal.addEventListener('pause', () => jump(5));
		parent.signal.addEventListener('resume', () => jump(5));
		const watch = stopwatch(child.signal);
		jump(10);
		child.pause();
		jump(10);
		parent.pause();
		jump(10);
		child.resume();
		jump(10);
		parent.resume();
		expect(read(watch)).toEqual([15, 35]);
	});

	test('a pause counts even if a listener hears both its start and its end late', () => {
		const controller = new PausableController();
		const child = new PausableController({signal: controller.signal});
		const watch = stopwatch(child.signal);
		// It runs before any event reaches the child.
		controller.signal.addEventListener('pause', () => {
			jump(100);
			controller.resume();
			jump(50);
		});
		controller.pause();
		expect(read(watch)).toEqual([50, 100]);
	});

	test('a clock that starts between a change and its event does not count the time before', () => {
		const controller = new PausableController();
		const child = new PausableController({signal: controller.signal});
		const other = stopwatch(child.signal);
		const watches: Stopwatch[] = [];
		controller.signal.addEventListener('pause', () => {
			jump(10);
			watches.push(stopwatch(child.signal));
			jump(10);
			controller.resume();
			jump(10);
			watches.push(stopwatch(child.signal));
			jump(10);
		});
		controller.pause();
		expect([other, ...watches].map(read)).toEqual([
			[20, 20],
			[20, 10],
			[10, 0],
		]);
	});
});
