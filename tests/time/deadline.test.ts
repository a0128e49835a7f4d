// Each sentence about deadline().
import {describe, expect, test} from '@jest/globals';
import {deadline, forever, PausableController, PausableSignal} from 'pausable-signal';
import {collectGarbage, flush, leftOn, nothing, reasons, watched} from '../flow/kit.ts';
import {time, useVirtualTime} from '../support/virtual-time.ts';
import {expectNothing} from './kit.ts';

const timeoutError = {name: 'TimeoutError', message: 'The operation was aborted due to timeout'};

describe('in virtual time', () => {
	useVirtualTime();

	describe.each(['active', 'wall'] as const)('by the %s clock', (clock) => {
		test('aborts with a TimeoutError when due, and not before', async () => {
			const {signal} = new PausableController();
			const limited = deadline(signal, 100, {clock});
			await time.advance(99);
			expect(limited.aborted).toBe(false);
			await time.advance(1);
			expect(limited.reason).toBeInstanceOf(DOMException);
			expect(limited.reason).toMatchObject(timeoutError);
			expectNothing(signal);
		});

		test('ends only the work under it', async () => {
			const {signal} = new PausableController();
			const limited = deadline(signal, 100, {clock});
			const below = new PausableController({signal: limited});
			await time.advance(100);
			expect([signal.aborted, limited.aborted, below.signal.aborted]).toEqual([false, true, true]);
			expect(below.signal.reason).toBe(limited.reason);
		});

		test('ends a wait below it at once', async () => {
			const {signal} = new PausableController();
			const waiting = watched(forever(deadline(signal, 100, {clock})));
			await time.advance(100);
			expect(waiting).toMatchObject({state: 'rejected', reason: timeoutError});
			expectNothing(signal);
		});

		test('is paused with the signal', async () => {
			const controller = new PausableController();
			const limited = deadline(controller.signal, 100, {clock});
			controller.pause('lunch');
			expect([limited.paused, limited.pauseReason]).toEqual([true, 'lunch']);
			controller.resume();
			expect(limited.paused).toBe(false);
			controller.abort();
		});

		test('works on a plain AbortSignal', async () => {
			const controller = new AbortController();
			const [first, second] = [
				deadline(controller.signal, 100, {clock}),
				deadline(controller.signal, 200, {clock}),
			];
			await time.advance(100);
			expect(first.reason).toMatchObject(timeoutError);
			controller.abort('enough');
			expect(second.reason).toBe('enough');
			expect(leftOn(controller.signal)).toEqual(nothing);
		});

		test('works beyond 2^31-1 ms; Infinity needs no timer', async () => {
			const controller = new PausableController();
			const never = deadline(controller.signal, Infinity, {clock});
			expect(time.pending).toBe(0);
			const limited = deadline(controller.signal, 2 ** 31 + 10, {clock});
			await time.advance(2 ** 31 + 9);
			expect(limited.aborted).toBe(false);
			await time.advance(1);
			expect(limited.reason).toMatchObject(timeoutError);
			expect(never.aborted).toBe(false);
			controller.abort();
		});

		test('of no time at all aborts in a later turn', async () => {
			const limited = deadline(new PausableController().signal, 0, {clock});
			expect(limited.aborted).toBe(false);
			await time.advance(0);
			expect(limited.reason).toMatchObject(timeoutError);
		});

		test.each(reasons)(
			'an abort of the signal with %s comes with the same reason, and clears the timer',
			(_kind, given) => {
				for (const isPaused of [false, true]) {
					const controller = new PausableController();
					const limited = deadline(controller.signal, 100, {clock});
					if (isPaused) controller.pause();
					controller.abort(given);
					expect(limited.aborted).toBe(true);
					expect(Object.is(limited.reason, controller.signal.reason)).toBe(true);
					expectNothing(controller.signal);
					const late = deadline(controller.signal, 100, {clock});
					expect(Object.is(late.reason, controller.signal.reason)).toBe(true);
					expectNothing(controller.signal);
				}
			},
		);
	});

	test('a pause stops the clock, by any hold, here or above', async () => {
		const parent = new PausableController();
		const child = new PausableController({signal: parent.signal});
		const limited = deadline(child.signal, 100);
		await time.advance(50);
		child.pause();
		parent.pause();
		expect(time.pending).toBe(0);
		await time.advance(1000);
		child.resume();
		await time.advance(1000);
		parent.resume();
		await time.advance(49);
		expect(limited.aborted).toBe(false);
		await time.advance(1);
		expect(limited.reason).toMatchObject(timeoutError);
	});

	test('begun under a pause, its clock starts on resume', async () => {
		const controller = new PausableController();
		controller.pause();
		const limited = deadline(controller.signal, 100);
		await time.advance(1000);
		controller.resume();
		await time.advance(99);
		expect(limited.aborted).toBe(false);
		await time.advance(1);
		expect(limited.aborted).toBe(true);
	});

	test('by the wall clock a deadline aborts during a pause, and wakes the waiters', async () => {
		const controller = new PausableController();
		controller.pause();
		const waiting = watched(deadline(controller.signal, 100, {clock: 'wall'}).checkpoint());
		await time.advance(100);
		expect(waiting).toMatchObject({state: 'rejected', reason: timeoutError});
		expect(controller.signal.paused).toBe(true);
		expectNothing(controller.signal);
	});

	test('of two nested deadlines, the shorter one counts', async () => {
		const {signal} = new PausableController();
		const outer = deadline(signal, 50);
		const inner = deadline(outer, 100);
		await time.advance(50);
		expect(inner.aborted).toBe(true);
		expect(inner.reason).toBe(outer.reason);
		expectNothing(signal);
	});

	test('a listener that aborts the signal when it is due: each has its own reason', async () => {
		const controller = new PausableController();
		const limited = deadline(controller.signal, 100);
		limited.addEventListener('abort', () => controller.abort('because of that'));
		await time.advance(100);
		await flush();
		expect([limited.reason, controller.signal.reason]).toMatchObject([timeoutError, 'because of that']);
		expectNothing(controller.signal);
	});
});

describe.each(['active', 'wall'] as const)('on real timers, by the %s clock', (clock) => {
	const abortOf = (signal: AbortSignal): Promise<true> =>
		new Promise((resolve) => signal.addEventListener('abort', () => resolve(true)));

	/** Whether an abort comes within five times the limit, while only its listener refers to the signal. */
	async function comesSoon(aborted: Promise<true>): Promise<boolean> {
		await collectGarbage();
		return Promise.race([aborted, new Promise<false>((resolve) => setTimeout(resolve, 500, false))]);
	}

	test('a deadline that nobody uses any more is collected', async () => {
		const {signal} = new PausableController();
		for (let i = 0; i < 100; i++) deadline(signal, 100_000, {clock});
		await collectGarbage(() => leftOn(signal).followers < 10);
		expect(leftOn(signal).followers).toBeLessThan(10);
	});

	test('a deadline that has fired lets go of its signal, though somebody keeps the deadline', async () => {
		const signals: WeakRef<AbortSignal>[] = [];
		const make = (): PausableSignal => {
			const {signal} = new PausableController();
			signals.push(new WeakRef(signal));
			return deadline(signal, 1, {clock});
		};
		const kept = Array.from({length: 20}, make);
		// Their own timers do not keep the process alive.
		const alive = setInterval(() => {}, 1000);
		await Promise.all(kept.map(abortOf));
		clearInterval(alive);
		const left = (): number => signals.filter((one) => one.deref() !== undefined).length;
		await collectGarbage(() => left() < 2);
		expect(left()).toBeLessThan(2);
		expect(kept.every(({aborted}) => aborted)).toBe(true);
	});

	test('a deadline does not keep the process alive', () => {
		const countTimers = (): number =>
			process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
		const before = countTimers();
		const controller = new PausableController();
		const limited = deadline(controller.signal, 100_000, {clock});
		expect(countTimers()).toBe(before);
		controller.abort('enough');
		expect(limited.reason).toBe('enough');
	});

	test('a deadline that only a listener refers to still fires', async () => {
		expect(await comesSoon(abortOf(deadline(new PausableController().signal, 100, {clock})))).toBe(true);
	});

	test('a deadline fires if only a PausableSignal.any() with a listener refers to it', async () => {
		const {signal} = new PausableController();
		expect(await comesSoon(abortOf(PausableSignal.any([deadline(signal, 100, {clock})])))).toBe(true);
	});

	// Node holds the sources of a composite weakly, all but its own timeouts: somebody has to keep this one.
	test('a deadline fires through a platform composite as long as something keeps that', async () => {
		const limited = deadline(new PausableController().signal, 100, {clock});
		expect(await comesSoon(abortOf(AbortSignal.any([limited])))).toBe(true);
		expect(limited.aborted).toBe(true);
	});
});
