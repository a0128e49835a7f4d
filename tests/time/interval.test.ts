// Each sentence about interval().
import {describe, expect, test} from '@jest/globals';
import {delay, interval, PausableController} from 'pausable-signal';
import {flush, leftOn, nothing, reasons, type Watched, watched} from '../flow/kit.ts';
import {time, useVirtualTime} from '../support/virtual-time.ts';
import {expectNothing} from './kit.ts';

useVirtualTime();

interface Loop {
	/** What ticked, and when. */
	readonly seen: (readonly [tick: number, at: number])[];
	readonly over: Watched<void>;
}

/** A loop over an interval; `body` is its body. */
function loop(ticks: AsyncIterable<number>, body: (tick: number) => void | Promise<void> = () => {}): Loop {
	const startedAt = performance.now();
	const seen: (readonly [number, number])[] = [];
	const over = watched(
		(async () => {
			for await (const tick of ticks) {
				seen.push([tick, performance.now() - startedAt]);
				await body(tick);
			}
		})(),
	);
	return {seen, over};
}

/** Lets time pass in small steps, so that what follows from a tick happens at its time. */
async function passSlowly(ms: number): Promise<void> {
	for (let at = 0; at < ms; at += 5) await time.advance(5);
}

describe.each(['active', 'wall'] as const)('by the %s clock', (clock) => {
	test('ticks 0, 1, 2, …, first after one period', async () => {
		const controller = new PausableController();
		const {seen} = loop(interval(controller.signal, 10, {clock}));
		await passSlowly(35);
		expect(seen).toEqual([
			[0, 10],
			[1, 20],
			[2, 30],
		]);
		controller.abort();
		await flush();
		expectNothing(controller.signal);
	});

	test('the clock starts with the loop', async () => {
		const controller = new PausableController();
		const ticks = interval(controller.signal, 10, {clock});
		// No multiple of the period, or a tick by the time since the page was loaded would look right.
		await time.advance(1003);
		expectNothing(controller.signal);
		const {seen} = loop(ticks);
		await passSlowly(10);
		expect(seen).toEqual([[0, 10]]);
		controller.abort();
	});

	test('ticks that a slow body missed are left out, and the next one comes in time', async () => {
		const {signal, abort} = withAbort();
		const body = async (tick: number): Promise<void> => {
			if (tick === 0) await delay(signal, 35);
		};
		const {seen} = loop(interval(signal, 10, {clock}), body);
		await passSlowly(70);
		expect(seen).toEqual([
			[0, 10],
			[1, 50],
			[2, 60],
			[3, 70],
		]);
		abort();
	});

	test('leaving the loop leaves nothing', async () => {
		const {signal} = new PausableController();
		const over = watched(
			(async () => {
				for await (const tick of interval(signal, 10, {clock})) if (tick === 1) break;
			})(),
		);
		await passSlowly(20);
		expect(over.state).toBe('resolved');
		expectNothing(signal);
	});

	test('an error in the body leaves nothing', async () => {
		const {signal} = new PausableController();
		const {over} = loop(interval(signal, 10, {clock}), () => {
			throw new Error('broken');
		});
		await passSlowly(10);
		expect(over).toMatchObject({state: 'rejected', reason: {message: 'broken'}});
		expectNothing(signal);
	});

	describe.each(reasons)('aborted with %s, the loop throws the same reason', (_kind, given) => {
		async function expectAbort(signal: AbortSignal, over: Watched<void>): Promise<void> {
			await flush();
			expect(over.state).toBe('rejected');
			expect(Object.is(over.reason, signal.reason)).toBe(true);
			expectNothing(signal);
		}

		test('before', async () => {
			const controller = new PausableController();
			controller.abort(given);
			await expectAbort(controller.signal, loop(interval(controller.signal, 10, {clock})).over);
		});

		test.each([false, true])('while it waits for a tick; paused: %s', async (isPaused) => {
			const controller = new PausableController();
			const {over} = loop(interval(controller.signal, 10, {clock}));
			await passSlowly(15);
			if (isPaused) controller.pause();
			controller.abort(given);
			await expectAbort(controller.signal, over);
		});

		test('in the body', async () => {
			const controller = new PausableController();
			const {over} = loop(interval(controller.signal, 10, {clock}), () => controller.abort(given));
			await passSlowly(10);
			await expectAbort(controller.signal, over);
		});
	});

	test('works on a plain AbortSignal', async () => {
		const controller = new AbortController();
		const {seen, over} = loop(interval(controller.signal, 10, {clock}));
		await passSlowly(10);
		controller.abort('enough');
		await flush();
		expect(seen).toEqual([[0, 10]]);
		expect(over).toEqual({state: 'rejected', reason: 'enough'});
		expect(leftOn(controller.signal)).toEqual(nothing);
	});

	test('a period of more than 2^31-1 ms works', async () => {
		const controller = new PausableController();
		const {seen} = loop(interval(controller.signal, 2 ** 31 + 10, {clock}));
		await time.advance(2 ** 31 - 1);
		await time.advance(10);
		expect(seen).toEqual([]);
		await time.advance(1);
		expect(seen).toEqual([[0, 2 ** 31 + 10]]);
		controller.abort();
	});
});

describe('a pause', () => {
	test('stops the clock: the rest of the period comes after it, and there is no burst', async () => {
		const controller = new PausableController();
		const {seen} = loop(interval(controller.signal, 10));
		await passSlowly(15);
		controller.pause();
		expect(time.pending).toBe(0);
		await passSlowly(100);
		controller.resume();
		await passSlowly(20);
		expect(seen).toEqual([
			[0, 10],
			[1, 120],
			[2, 130],
		]);
		controller.abort();
	});

	test('before the loop: the first tick comes one period after the resume', async () => {
		const controller = new PausableController();
		controller.pause();
		const {seen} = loop(interval(controller.signal, 10));
		await passSlowly(50);
		controller.resume();
		await passSlowly(20);
		expect(seen).toEqual([
			[0, 60],
			[1, 70],
		]);
		controller.abort();
	});

	test('that the body waits for leaves out the ticks that it missed', async () => {
		const controller = new PausableController();
		const {signal} = controller;
		const {seen} = loop(interval(signal, 10), () => signal.checkpoint());
		await passSlowly(5);
		controller.pause();
		await passSlowly(1000);
		controller.resume();
		await passSlowly(15);
		expect(seen).toEqual([
			[0, 1010],
			[1, 1020],
		]);
		controller.abort();
	});

	test('in the body does not count: the next tick comes after a whole period of active time', async () => {
		const controller = new PausableController();
		const {signal} = controller;
		const {seen} = loop(interval(signal, 100), () => delay(signal, 40));
		await passSlowly(120);
		controller.pause();
		await passSlowly(50);
		controller.resume();
		await passSlowly(100);
		expect(seen).toEqual([
			[0, 100],
			[1, 250],
		]);
		controller.abort();
	});

	test('does not stop the wall clock: one tick that fell due comes on resume, the next in time', async () => {
		const controller = new PausableController();
		const {seen} = loop(interval(controller.signal, 10, {clock: 'wall'}));
		await passSlowly(15);
		controller.pause();
		await passSlowly(50);
		expect(seen).toEqual([[0, 10]]);
		controller.resume();
		await passSlowly(15);
		expect(seen).toEqual([
			[0, 10],
			[1, 65],
			[2, 70],
			[3, 80],
		]);
		controller.abort();
	});
});

describe('the iterator', () => {
	test('return() ends a wait at once, also while paused, and no result follows', async () => {
		for (const isPaused of [false, true]) {
			const controller = new PausableController();
			const iterator = interval(controller.signal, 10)[Symbol.asyncIterator]();
			const next = watched(iterator.next());
			await time.advance(5);
			if (isPaused) controller.pause();
			const returned = watched(iterator.return?.() as Promise<unknown>);
			await flush();
			const over = {state: 'resolved', value: {done: true, value: undefined}};
			expect([next, returned]).toEqual([over, over]);
			expect(await iterator.next()).toEqual({done: true, value: undefined});
			expectNothing(controller.signal);
		}
	});

	test('return() works before the first next(), and twice', async () => {
		const {signal} = new PausableController();
		const iterator = interval(signal, 10)[Symbol.asyncIterator]();
		await iterator.return?.();
		expect(await iterator.return?.()).toEqual({done: true, value: undefined});
		expect(await iterator.next()).toEqual({done: true, value: undefined});
		expectNothing(signal);
	});

	test('has no throw(): a generator that delegates to it closes it instead', async () => {
		const {signal} = new PausableController();
		async function* delegate(): AsyncGenerator<number> {
			yield* interval(signal, 10);
		}
		const generator = delegate();
		const first = watched(generator.next());
		await time.advance(10);
		expect(first.value).toEqual({done: false, value: 0});
		await expect(generator.throw(new Error('thrown in'))).rejects.toMatchObject({name: 'TypeError'});
		expectNothing(signal);
	});

	test('next() rejects with the abort once, and then gives the end', async () => {
		const controller = new PausableController();
		const iterator = interval(controller.signal, 10)[Symbol.asyncIterator]();
		const nexts = [watched(iterator.next()), watched(iterator.next())];
		controller.abort('enough');
		await flush();
		expect(nexts).toEqual([
			{state: 'rejected', reason: 'enough'},
			{state: 'resolved', value: {done: true, value: undefined}},
		]);
		expectNothing(controller.signal);
	});

	test('ticks requested at once come one period after the other', async () => {
		const controller = new PausableController();
		const iterator = interval(controller.signal, 10)[Symbol.asyncIterator]();
		const nexts = [watched(iterator.next()), watched(iterator.next())];
		await time.advance(10);
		expect(nexts.map(({state}) => state)).toEqual(['resolved', 'pending']);
		await time.advance(10);
		expect(nexts.map(({value}) => value?.value)).toEqual([0, 1]);
		await iterator.return?.();
	});

	test('each loop over one interval has its own clock and its own count', async () => {
		const controller = new PausableController();
		const ticks = interval(controller.signal, 10);
		const first = loop(ticks);
		await passSlowly(15);
		const second = loop(ticks);
		await passSlowly(10);
		expect([first.seen, second.seen]).toEqual([
			[
				[0, 10],
				[1, 20],
			],
			[[0, 10]],
		]);
		controller.abort();
	});
});

function withAbort(): {signal: AbortSignal; abort: () => void} {
	const controller = new PausableController();
	return {signal: controller.signal, abort: () => controller.abort()};
}
