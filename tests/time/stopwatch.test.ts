// Each sentence about stopwatch().
import {describe, expect, test} from '@jest/globals';
import {PausableController, type Stopwatch, stopwatch} from 'pausable-signal';
import {collectGarbage, leftOn, nothing} from '../flow/kit.ts';
import {time, useVirtualTime} from '../support/virtual-time.ts';
import {expectNothing} from './kit.ts';

useVirtualTime();

const read = ({elapsed, paused}: Stopwatch): [number, number] => [elapsed, paused];

test('a stopwatch counts from its start until now, and needs no timer', async () => {
	const {signal} = new PausableController();
	await time.advance(1000);
	const watch = stopwatch(signal);
	expect(read(watch)).toEqual([0, 0]);
	await time.advance(50);
	expect(read(watch)).toEqual([50, 0]);
	expect(time.pending).toBe(0);
	watch.stop();
	expectNothing(signal);
});

test('a stopwatch stands still during pauses, and counts them separately', async () => {
	const controller = new PausableController();
	const watch = stopwatch(controller.signal);
	await time.advance(10);
	controller.pause();
	await time.advance(100);
	expect(read(watch)).toEqual([10, 100]);
	controller.resume();
	await time.advance(10);
	controller.pause();
	await time.advance(100);
	controller.resume();
	expect(read(watch)).toEqual([20, 200]);
});

test('a pause by any hold, here or above, lasts until the last has ended', async () => {
	const parent = new PausableController();
	const child = new PausableController({signal: parent.signal});
	const watch = stopwatch(child.signal);
	const hold = child.hold();
	await time.advance(10);
	parent.pause();
	await time.advance(10);
	hold.release();
	await time.advance(10);
	parent.resume();
	await time.advance(5);
	expect(read(watch)).toEqual([5, 30]);
});

test('a stopwatch started during a pause counts that pause from its own start', async () => {
	const controller = new PausableController();
	controller.pause();
	await time.advance(100);
	const watch = stopwatch(controller.signal);
	await time.advance(10);
	expect(read(watch)).toEqual([0, 10]);
	controller.resume();
	await time.advance(10);
	expect(read(watch)).toEqual([10, 10]);
});

describe.each([
	['an abort', (_watch: Stopwatch, controller: AbortController) => controller.abort()],
	['stop()', (watch: Stopwatch) => watch.stop()],
	['the end of a using block', (watch: Stopwatch) => watch[Symbol.dispose]()],
])('%s stops it for good', (_name, end) => {
	test.each([false, true])('both readings stay, nothing is left; paused: %s', async (isPaused) => {
		const controller = new PausableController();
		const watch = stopwatch(controller.signal);
		await time.advance(10);
		if (isPaused) controller.pause();
		await time.advance(20);
		end(watch, controller);
		const readings = isPaused ? [10, 20] : [30, 0];
		expect(read(watch)).toEqual(readings);
		controller.resume();
		await time.advance(10);
		controller.pause();
		await time.advance(10);
		end(watch, controller);
		expect(read(watch)).toEqual(readings);
		expectNothing(controller.signal);
	});
});

test('a stopwatch on an aborted signal never runs', async () => {
	const controller = new PausableController();
	controller.abort();
	const watch = stopwatch(controller.signal);
	await time.advance(10);
	expect(read(watch)).toEqual([0, 0]);
});

test('a stopwatch works on a plain AbortSignal, and leaves nothing there', async () => {
	const controller = new AbortController();
	const watches = [stopwatch(controller.signal), stopwatch(controller.signal)];
	await time.advance(10);
	watches[0]?.stop();
	await time.advance(10);
	controller.abort();
	await time.advance(10);
	expect(watches.map(read)).toEqual([
		[10, 0],
		[20, 0],
	]);
	expect(leftOn(controller.signal)).toEqual(nothing);
});

test('a stopwatch that was dropped leaves nothing on its signal', async () => {
	time.dispose();
	const {signal} = new PausableController();
	for (let i = 0; i < 100; i++) stopwatch(signal);
	await collectGarbage(() => leftOn(signal).followers < 10);
	expect(leftOn(signal).followers).toBeLessThan(10);
});
