// When the owner of gathered work is told to look, and what counts there.
import {describe, expect, test} from '@jest/globals';
import {PausableController, PausableSignal} from 'pausable-signal';
import {
	countFlows,
	gatherWork,
	noteCheckpoint,
	noteRest,
	retire,
	type WorkGroup,
} from '../../src/core/index.ts';
import {collectGarbage, countCollected, flush, macrotask} from './support.ts';

interface Gathered {
	readonly controller: PausableController;
	readonly signal: PausableSignal;
	readonly group: WorkGroup;
}

/** Gathers work that may be below other gathered work; `log` gets its name whenever its owner must look. */
function gathered(log: string[] = [], name = '', above?: PausableSignal): Gathered {
	const controller = new PausableController({signal: above});
	const group = gatherWork(controller.signal, () => log.push(name));
	return {controller, signal: controller.signal, group};
}

describe('the owner of gathered work looks again', () => {
	test('never while nothing is paused', async () => {
		const log: string[] = [];
		const {controller, signal} = gathered(log, 'look');
		const child = new PausableController({signal});
		await child.signal.checkpoint();
		noteRest(signal)();
		child.abort();
		await flush();
		expect(log).toEqual([]);
		controller.pause();
		noteCheckpoint(signal);
		noteRest(signal);
		await flush();
		expect(log).toEqual(['look']);
	});

	test('once in a job, however much changes, and again in the next', async () => {
		const log: string[] = [];
		const {controller, signal} = gathered(log, 'look');
		const child = new PausableController({signal});
		controller.pause();
		for (let turn = 1; turn <= 3; turn++) {
			void child.signal.gate.wait();
			noteRest(signal)();
			expect(log).toHaveLength(turn - 1);
			await flush();
			expect(log).toHaveLength(turn);
		}
	});

	test('when work that stood still moves again because the pause has ended', async () => {
		const log: string[] = [];
		const {controller, signal, group} = gathered(log, 'look');
		controller.pause();
		const moveOn = noteRest(signal);
		await flush();
		expect([group.areParked, log]).toEqual([true, ['look']]);
		controller.resume();
		moveOn();
		await flush();
		expect([group.areParked, log]).toEqual([false, ['look', 'look']]);
		noteRest(signal)();
		await flush();
		expect(log).toHaveLength(2);
	});

	test.each<[string, (child: PausableController) => void]>([
		['is aborted', (child) => child.abort()],
		['is retired', (child) => retire(child.signal)],
	])('when the last branch that moved %s', async (_name, end) => {
		const log: string[] = [];
		const {controller, signal, group} = gathered(log, 'look');
		const child = new PausableController({signal});
		noteCheckpoint(child.signal);
		controller.pause();
		noteRest(signal);
		await flush();
		expect(group.areParked).toBe(false);
		end(child);
		await flush();
		expect([group.areParked, log]).toEqual([true, ['look', 'look']]);
	});

	test('after the owners of the work in it, once they all have looked', async () => {
		const log: string[] = [];
		const outer = gathered(log, 'outer');
		const [one, two] = ['one', 'two'].map((name) => gathered(log, name, outer.signal));
		outer.controller.pause();
		for (const first of [outer, one!, two!]) {
			for (const {signal} of [first, one!, two!]) noteRest(signal)();
			await flush();
			expect(log.splice(0)).toEqual(first === two ? ['two', 'one', 'outer'] : ['one', 'two', 'outer']);
		}
	});

	test('not because work in it is paused on its own', async () => {
		const log: string[] = [];
		const outer = gathered(log, 'outer');
		const inner = gathered(log, 'inner', outer.signal);
		inner.controller.pause();
		noteRest(inner.signal);
		await flush();
		expect(log).toEqual(['inner']);
	});
});

describe('flows that nobody gathers', () => {
	test('may be counted, and change nothing', () => {
		const above = new PausableController();
		const inner = new PausableController({signal: above.signal});
		const flows = countFlows(above.signal, inner.signal);
		for (const verb of ['begin', 'await', 'leave', 'end'] as const) flows[verb]();
		noteRest(inner.signal)();
		above.pause('lunch');
		expect(inner.signal.pauseReason).toBe('lunch');
	});
});

describe('work that has ended', () => {
	test('counts nowhere, with what is left below it', async () => {
		const log: string[] = [];
		const outer = gathered(log, 'outer');
		const inner = gathered([], '', outer.signal);
		const left = new PausableController({signal: inner.signal});
		noteCheckpoint(left.signal);
		outer.controller.pause();
		noteRest(outer.signal);
		await flush();
		expect(outer.group.areParked).toBe(false);
		inner.group.close();
		await flush();
		expect([outer.group.areParked, inner.group.areParked, log]).toEqual([true, false, ['outer', 'outer']]);
		expect(left.signal.aborted).toBe(false);
	});

	test('still counts for the group around it, where the library awaits it', () => {
		const outer = gathered();
		const inner = gathered([], '', outer.signal);
		const innermost = gathered([], '', inner.signal);
		outer.controller.pause();
		noteRest(outer.signal);
		inner.group.close();
		expect(outer.group.areParked).toBe(false);
		noteRest(innermost.signal);
		expect(outer.group.areParked).toBe(true);
	});
});

describe('branches that their users dropped without an abort', () => {
	test('stop counting once they are collected, and the owner looks', async () => {
		const log: string[] = [];
		const {controller, signal, group} = gathered(log, 'look');
		const drop = (): void => {
			for (let i = 0; i < 20; i++) noteCheckpoint(new PausableController({signal}).signal);
		};
		drop();
		controller.pause();
		noteRest(signal);
		await flush();
		expect([group.areParked, log]).toEqual([false, ['look']]);
		// Not in the job that made them. The registry has not reported them yet when we ask.
		await macrotask();
		globalThis.gc?.();
		expect(typeof group.areParked).toBe('boolean');
		await collectGarbage(() => group.areParked);
		expect(group.areParked).toBe(true);
		expect(log.length).toBeGreaterThan(1);
	});

	test('do not keep the work, and are collected together with it', async () => {
		const make = (): object => {
			const {signal} = gathered();
			noteCheckpoint(new PausableController({signal}).signal);
			return signal;
		};
		expect(await countCollected(20, make)).toBeGreaterThan(15);
	});
});

describe('work on a signal of several', () => {
	test.each<[string, (one: PausableSignal, two: PausableSignal) => PausableSignal[]]>([
		['first', (outer, inner) => [outer, inner]],
		['last', (outer, inner) => [inner, outer]],
	])(
		'of a task and a task around it counts on the inner one only, with the outer one %s',
		(_place, order) => {
			const outer = gathered();
			const inner = gathered([], '', outer.signal);
			const both = PausableSignal.any(order(outer.signal, inner.signal));
			// So it does not await the inner one.
			noteCheckpoint(outer.signal);
			outer.controller.pause();
			noteRest(both);
			expect([inner.group.areParked, outer.group.areParked]).toEqual([true, false]);
			noteRest(outer.signal);
			expect(outer.group.areParked).toBe(true);
		},
	);

	test('of two tasks counts on both, and on those of its composites', () => {
		const [one, two] = [gathered(), gathered()];
		const plain = new AbortController();
		const both = PausableSignal.any([one.signal, two.signal, plain.signal]);
		const moveOn = noteRest(PausableSignal.any([both, plain.signal]));
		expect([one.group.areParked, two.group.areParked]).toEqual([true, true]);
		moveOn();
		expect([one.group.areParked, two.group.areParked]).toEqual([false, false]);
	});
});
