import {describe, expect, jest, test} from '@jest/globals';
import {
	delay,
	forever,
	PausableController,
	type PausableSignal,
	shield,
	type ShieldOptions,
} from 'pausable-signal';
import {time, useVirtualTime} from '../support/virtual-time.ts';
import {Deferred, flush, leftOn, nothing, reasons, rejectionOf, watched} from './kit.ts';

useVirtualTime();

const boom = new Error('boom');

/** A shield whose function runs until `work` is settled, and what it sees meanwhile. */
function shielded(
	outer: AbortSignal,
	options?: ShieldOptions,
): {inner: PausableSignal; work: Deferred<string>; promise: Promise<string>} {
	const work = new Deferred<string>();
	let inner: PausableSignal | undefined;
	const promise = shield(
		outer,
		(signal) => {
			inner = signal;
			return work.promise;
		},
		options,
	);
	return {inner: inner!, work, promise};
}

describe('the outcome', () => {
	test('is that of the function, whatever happens to the signal', async () => {
		const controller = new PausableController();
		const resolved = shielded(controller.signal);
		const rejected = shielded(controller.signal);
		controller.pause();
		controller.abort();
		resolved.work.resolve('saved');
		rejected.work.reject(boom);
		expect(await resolved.promise).toBe('saved');
		expect(await rejectionOf(rejected.promise)).toBe(boom);
		expect(leftOn(controller.signal)).toEqual(nothing);
	});

	test('of a function that throws is a rejection', async () => {
		const {signal} = new PausableController();
		const promise = shield(signal, () => {
			throw boom;
		});
		expect(await rejectionOf(promise)).toBe(boom);
		expect(leftOn(signal)).toEqual(nothing);
	});
});

describe('by default', () => {
	test('neither pauses nor aborts reach the function', async () => {
		const controller = new PausableController();
		const {inner, work, promise} = shielded(controller.signal);
		controller.pause();
		expect(inner.paused).toBe(false);
		controller.abort('enough');
		expect(inner.aborted).toBe(false);
		expect(leftOn(controller.signal)).toEqual(nothing);
		work.resolve('saved');
		await promise;
	});

	test('time passes inside while it is paused outside', async () => {
		const controller = new PausableController();
		controller.pause();
		const promise = shield(controller.signal, (inner) => delay(inner, 10));
		await time.advance(10);
		await promise;
	});

	test.each(reasons)('the function runs even if the signal is already aborted: %s', async (_kind, reason) => {
		const controller = new PausableController();
		controller.abort(reason);
		const promise = shield(controller.signal, async (inner) => {
			expect([inner.aborted, inner.paused]).toEqual([false, false]);
			await inner.checkpoint();
			return 'cleaned up';
		});
		expect(await promise).toBe('cleaned up');
	});
});

describe('{pause: false}', () => {
	test('is paused with the signal, and not aborted', async () => {
		const controller = new PausableController();
		const {inner, work, promise} = shielded(controller.signal, {pause: false});
		controller.pause('lunch');
		expect(inner.pauseReason).toBe('lunch');
		const wait = watched(inner.gate.wait());
		await flush();
		expect(wait.state).toBe('pending');
		controller.resume();
		await flush();
		expect(wait.value).toBe(true);
		work.resolve('saved');
		await promise;
		expect(leftOn(controller.signal)).toEqual(nothing);
	});

	test('continues when the paused signal is aborted', async () => {
		const controller = new PausableController();
		controller.pause();
		const {inner, work, promise} = shielded(controller.signal, {pause: false});
		const wait = watched(inner.gate.wait());
		controller.abort('enough');
		await flush();
		expect([inner.paused, inner.aborted]).toEqual([false, false]);
		expect(wait.value).toBe(true);
		work.resolve('saved');
		await promise;
	});

	test('is never paused by a plain AbortSignal', async () => {
		const controller = new AbortController();
		const {inner, work, promise} = shielded(controller.signal, {pause: false});
		controller.abort();
		expect([inner.paused, inner.aborted]).toEqual([false, false]);
		work.resolve('saved');
		await promise;
		expect(leftOn(controller.signal)).toEqual(nothing);
	});
});

describe('{abort: false}', () => {
	test.each(reasons)('is aborted with the signal, and not paused: %s', async (_kind, reason) => {
		const controller = new PausableController();
		const promise = shield(controller.signal, (inner) => forever(inner), {abort: false});
		const {inner, work, promise: other} = shielded(controller.signal, {abort: false});
		controller.pause();
		expect(inner.paused).toBe(false);
		controller.abort(reason);
		expect(Object.is(inner.reason, controller.signal.reason)).toBe(true);
		expect(Object.is(await rejectionOf(promise), controller.signal.reason)).toBe(true);
		work.resolve('saved');
		expect(await other).toBe('saved');
		expect(leftOn(controller.signal)).toEqual(nothing);
	});

	test('leaves nothing when it ends before the abort', async () => {
		const controller = new PausableController();
		await shield(controller.signal, () => {}, {abort: false});
		expect(leftOn(controller.signal)).toEqual(nothing);
	});

	test('the function runs, aborted, when the signal was', async () => {
		const controller = new PausableController();
		controller.abort('early');
		expect(await shield(controller.signal, (inner) => inner.reason, {abort: false})).toBe('early');
	});
});

test('{pause: false, abort: false} shields from nothing', () => {
	const controller = new PausableController();
	const {inner} = shielded(controller.signal, {pause: false, abort: false});
	controller.pause('lunch');
	expect(inner.pauseReason).toBe('lunch');
	controller.abort('enough');
	expect(inner.reason).toBe('enough');
});

describe('{grace}', () => {
	test.each(reasons)('passes the same reason on after this time: %s', async (_kind, reason) => {
		const controller = new PausableController();
		const promise = shield(controller.signal, (inner) => forever(inner), {grace: 50});
		const {inner, work, promise: other} = shielded(controller.signal, {grace: 50});
		await time.advance(1000);
		controller.abort(reason);
		await time.advance(49);
		expect(inner.aborted).toBe(false);
		await time.advance(1);
		expect(Object.is(inner.reason, controller.signal.reason)).toBe(true);
		expect(Object.is(await rejectionOf(promise), controller.signal.reason)).toBe(true);
		work.resolve('late');
		expect(await other).toBe('late');
	});

	test('runs from the call when the signal is aborted already', async () => {
		const controller = new PausableController();
		controller.abort('early');
		const promise = shield(controller.signal, (inner) => forever(inner), {grace: 50});
		await time.advance(50);
		expect(await rejectionOf(promise)).toBe('early');
	});

	test('a function that ends in time leaves no timer', async () => {
		const controller = new PausableController();
		const {work, promise} = shielded(controller.signal, {grace: 50});
		controller.abort();
		await flush();
		expect(time.pending).toBe(1);
		work.resolve('in time');
		expect(await promise).toBe('in time');
		expect(time.pending).toBe(0);
	});

	test('nothing is left when no abort comes', async () => {
		const {signal} = new PausableController();
		const {work, promise} = shielded(signal, {grace: 50});
		expect(leftOn(signal).followers).toBe(1);
		work.resolve('saved');
		await promise;
		expect(leftOn(signal)).toEqual(nothing);
	});

	test('Infinity never ends', async () => {
		const controller = new PausableController();
		const {inner, work, promise} = shielded(controller.signal, {grace: Infinity});
		controller.abort();
		expect(time.pending).toBe(0);
		expect(inner.aborted).toBe(false);
		work.resolve('saved');
		await promise;
	});
});

describe('bad options', () => {
	test.each<[unknown, string]>([
		['x', "TypeError: options: expected an object such as {pause, abort, grace}, got 'x' (string)"],
		[{pause: 1}, 'TypeError: pause: expected a boolean, got 1 (number)'],
		[{abort: null}, 'TypeError: abort: expected a boolean, got null'],
		[{grace: -1}, 'RangeError: grace: expected a number of milliseconds, 0 or more, got -1 (number)'],
		[
			{grace: 5, abort: false},
			'RangeError: grace: expected none with {abort: false}, which passes the abort on at once, got 5 (number)',
		],
	])('%p', async (options, message) => {
		const fn = jest.fn();
		const error = await rejectionOf(shield(new PausableController().signal, fn, options as never));
		expect(String(error)).toBe(message);
		expect(fn).not.toHaveBeenCalled();
	});
});
