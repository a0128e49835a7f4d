import {describe, expect, jest, test} from '@jest/globals';
import {AbortError, forever, PausableController, PausableSignal, retry} from 'pausable-signal';
import {time, useVirtualTime} from '../support/virtual-time.ts';
import {Deferred, flush, hostile, leftOn, nothing, rejectionOf, watched} from './kit.ts';

useVirtualTime();

const busy = new Error('busy');

/** Fails the first `failures` times. */
function failing(failures: number): jest.Mock<(signal: PausableSignal, attempt: number) => Promise<string>> {
	let calls = 0;
	return jest.fn(async (_signal: PausableSignal, attempt: number) => {
		if (calls++ < failures) throw busy;
		return `attempt ${attempt}`;
	});
}

describe('attempts', () => {
	test('an error that throws at every access is retried, and the last attempt rejects with it', async () => {
		const {signal} = new PausableController();
		const error = hostile();
		const fn = jest.fn(() => Promise.reject(error));
		const seen = rejectionOf(retry(signal, fn, {baseMs: 0, maxAttempts: 2}));
		await time.advance(0);
		expect(Object.is(await seen, error)).toBe(true);
		expect(fn).toHaveBeenCalledTimes(2);
	});

	test('one is enough when it succeeds', async () => {
		const {signal} = new PausableController();
		expect(await retry(signal, failing(0))).toBe('attempt 0');
		expect(await retry(signal, () => 'plain')).toBe('plain');
		expect(leftOn(signal)).toEqual(nothing);
	});

	test('are counted from 0, with delays that double up to the limit', async () => {
		const {signal} = new PausableController();
		const onError = jest.fn();
		const fn = failing(4);
		const promise = retry(signal, fn, {baseMs: 100, maxDelayMs: 300, onError});
		for (const ms of [100, 200, 300, 300]) {
			const calls = fn.mock.calls.length;
			await time.advance(ms - 1);
			expect(fn).toHaveBeenCalledTimes(Math.max(calls, 1));
			await time.advance(1);
		}
		expect(await promise).toBe('attempt 4');
		expect(onError.mock.calls).toEqual([
			[busy, 0, 100],
			[busy, 1, 200],
			[busy, 2, 300],
			[busy, 3, 300],
		]);
		expect(leftOn(signal)).toEqual(nothing);
	});

	test('wait a second before the second one, and half a minute at most, by default', async () => {
		const {signal} = new PausableController();
		const delays: number[] = [];
		const promise = retry(signal, failing(7), {onError: (_error, _attempt, ms) => void delays.push(ms)});
		await time.advance(0);
		for (let turn = 0; turn < 7; turn++) await time.advance(delays.at(-1)!);
		await promise;
		expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
	});

	test('the jitter takes away up to half', async () => {
		jest.spyOn(Math, 'random').mockReturnValue(0);
		const {signal} = new PausableController();
		const onError = jest.fn();
		const promise = retry(signal, failing(1), {baseMs: 100, onError});
		await time.advance(50);
		await promise;
		expect(onError).toHaveBeenCalledWith(busy, 0, 50);
	});

	test.each([1, 2, 3])('are maxAttempts at most: %d', async (maxAttempts) => {
		const {signal} = new PausableController();
		const fn = failing(Infinity);
		const onError = jest.fn();
		const rejection = rejectionOf(retry(signal, fn, {baseMs: 1, maxAttempts, onError}));
		await time.advance(1);
		await time.advance(2);
		expect(await rejection).toBe(busy);
		expect(fn).toHaveBeenCalledTimes(maxAttempts);
		expect(onError).toHaveBeenCalledTimes(maxAttempts - 1);
		expect(leftOn(signal)).toEqual(nothing);
	});

	test('a function that throws is a failed attempt', async () => {
		const {signal} = new PausableController();
		let calls = 0;
		const promise = retry(
			signal,
			() => {
				if (calls++ === 0) throw busy;
				return 'second';
			},
			{baseMs: 5},
		);
		await time.advance(5);
		expect(await promise).toBe('second');
	});

	test('more than a thousand, with no delay at all', async () => {
		const {signal} = new PausableController();
		const delays = new Set<number>();
		const onError = (_error: unknown, _attempt: number, ms: number): unknown => delays.add(ms);
		expect(await retry(signal, failing(1100), {baseMs: 0, onError})).toBe('attempt 1100');
		expect(delays).toEqual(new Set([0]));
	});
});

describe('reset()', () => {
	test('makes the next attempt number 0, at once, and starts the count again', async () => {
		const {signal} = new PausableController();
		const attempts: number[] = [];
		const onError = jest.fn();
		const rejection = rejectionOf(
			retry(
				signal,
				async (_signal, attempt, reset) => {
					attempts.push(attempt);
					if (attempts.length === 2) reset();
					throw busy;
				},
				{baseMs: 10, maxAttempts: 3, onError},
			),
		);
		await time.advance(10);
		expect(attempts).toEqual([0, 1, 0]);
		await time.advance(10);
		await time.advance(20);
		expect(await rejection).toBe(busy);
		expect(attempts).toEqual([0, 1, 0, 1, 2]);
		expect(onError.mock.calls.map(([, attempt, ms]) => [attempt, ms])).toEqual([
			[0, 10],
			[-1, 0],
			[0, 10],
			[1, 20],
		]);
	});

	test('lets no attempt begin while paused or aborted', async () => {
		const controller = new PausableController();
		const fn = jest.fn(async (_signal: PausableSignal, _attempt: number, reset: () => void) => {
			reset();
			throw busy;
		});
		const promise = retry(controller.signal, fn, {onError: () => void controller.pause()});
		await flush();
		expect(fn).toHaveBeenCalledTimes(1);
		controller.resume();
		await flush();
		expect(fn).toHaveBeenCalledTimes(2);
		controller.abort('enough');
		expect(await rejectionOf(promise)).toBe('enough');
		expect(fn).toHaveBeenCalledTimes(2);
	});
});

describe('onError', () => {
	test.each([
		['throws', () => fail()],
		['rejects', async () => fail()],
	])('ends the retrying when it %s', async (_how, onError) => {
		const {signal} = new PausableController();
		const fn = failing(Infinity);
		expect(await rejectionOf(retry(signal, fn, {onError}))).toMatchObject({message: 'no more', cause: busy});
		expect(fn).toHaveBeenCalledTimes(1);
	});

	test('is waited for', async () => {
		const {signal} = new PausableController();
		const logged = new Deferred<void>();
		const fn = failing(1);
		const promise = retry(signal, fn, {baseMs: 5, onError: () => logged.promise});
		await time.advance(100);
		expect(fn).toHaveBeenCalledTimes(1);
		logged.resolve();
		await time.advance(5);
		expect(await promise).toBe('attempt 1');
	});
});

describe('pause', () => {
	test('the first attempt waits for the resume', async () => {
		const controller = new PausableController();
		controller.pause();
		const fn = failing(0);
		const promise = retry(controller.signal, fn);
		await flush();
		expect(fn).not.toHaveBeenCalled();
		controller.resume();
		expect(await promise).toBe('attempt 0');
	});

	test('stops the back-off, which continues where it was', async () => {
		const controller = new PausableController();
		const fn = failing(1);
		const promise = retry(controller.signal, fn, {baseMs: 100});
		await time.advance(60);
		controller.pause();
		await time.advance(1000);
		expect(time.pending).toBe(0);
		controller.resume();
		await time.advance(39);
		expect(fn).toHaveBeenCalledTimes(1);
		await time.advance(1);
		expect(await promise).toBe('attempt 1');
		expect(leftOn(controller.signal)).toEqual(nothing);
	});

	test('an attempt that is under way is paused by its signal alone', async () => {
		const controller = new PausableController();
		const answer = new Deferred<string>();
		const promise = retry(controller.signal, () => answer.promise);
		controller.pause();
		answer.resolve('came in the pause');
		expect(await promise).toBe('came in the pause');
	});
});

describe('the signal of the function', () => {
	test('is the given one when that can be paused', async () => {
		const {signal} = new PausableController();
		await retry(signal, (inner) => expect(inner).toBe(signal));
	});

	test('is a pausable one that is aborted with a plain one, and leaves nothing on it', async () => {
		const controller = new AbortController();
		let inner: PausableSignal | undefined;
		const promise = retry(controller.signal, (s) => forever((inner = s)));
		expect(inner).toBeInstanceOf(PausableSignal);
		expect(leftOn(controller.signal).listeners).toBe(1);
		controller.abort('enough');
		expect(inner?.reason).toBe('enough');
		expect(await rejectionOf(promise)).toBe('enough');
		const {signal} = new AbortController();
		await retry(signal, () => {});
		expect(leftOn(signal)).toEqual(nothing);
	});
});

describe('abort', () => {
	test('keeps the function from being called if it comes first', async () => {
		const controller = new PausableController();
		controller.abort('early');
		const fn = failing(0);
		expect(await rejectionOf(retry(controller.signal, fn))).toBe('early');
		expect(fn).not.toHaveBeenCalled();
	});

	test('ends the back-off at once, paused or not, and leaves no timer', async () => {
		const controller = new PausableController();
		const promise = retry(controller.signal, failing(1));
		await flush();
		expect(time.pending).toBe(1);
		controller.abort('enough');
		expect(time.pending).toBe(0);
		expect(await rejectionOf(promise)).toBe('enough');
	});

	test('rejects with its reason, even if the function throws an AbortError of its own', async () => {
		const controller = new PausableController();
		const promise = retry(controller.signal, (signal) =>
			forever(signal).catch(() => {
				throw new AbortError();
			}),
		);
		controller.abort('enough');
		expect(await rejectionOf(promise)).toBe('enough');
	});

	test('passes the failure of the current attempt to onError, and does not retry it', async () => {
		const controller = new PausableController();
		const onError = jest.fn();
		const promise = retry(
			controller.signal,
			(signal) =>
				forever(signal).catch(() => {
					throw busy;
				}),
			{onError},
		);
		controller.abort('enough');
		expect(await rejectionOf(promise)).toBe('enough');
		expect(onError).toHaveBeenCalledTimes(1);
		expect(onError.mock.calls[0]?.[0]).toBe(busy);
	});

	test('an AbortError of another signal is not retried', async () => {
		const {signal} = new PausableController();
		const {reason} = PausableSignal.abort();
		const fn = jest.fn(async () => {
			throw reason;
		});
		expect(await rejectionOf(retry(signal, fn))).toBe(reason);
		expect(fn).toHaveBeenCalledTimes(1);
	});

	test('in onError ends it', async () => {
		const controller = new PausableController();
		const promise = retry(controller.signal, failing(1), {onError: () => controller.abort('enough')});
		expect(await rejectionOf(promise)).toBe('enough');
	});

	test('a value that comes in spite of it counts', async () => {
		const controller = new PausableController();
		const answer = new Deferred<string>();
		const seen = watched(retry(controller.signal, () => answer.promise));
		controller.abort();
		answer.resolve('done');
		await flush();
		expect(seen).toEqual({state: 'resolved', value: 'done'});
	});
});

describe('bad options', () => {
	test.each<[unknown, string]>([
		[7, 'TypeError: options: expected an object such as {maxAttempts}, got 7 (number)'],
		[{baseMs: -1}, 'RangeError: baseMs: expected a number of milliseconds, 0 or more, got -1 (number)'],
		[{baseMs: '1'}, "TypeError: baseMs: expected a number of milliseconds, 0 or more, got '1' (string)"],
		[
			{maxDelayMs: Number.NaN},
			'RangeError: maxDelayMs: expected a number of milliseconds, 0 or more, got NaN (number)',
		],
		[{maxAttempts: 0}, 'RangeError: maxAttempts: expected a whole number, 1 or more, got 0 (number)'],
		[{maxAttempts: 1.5}, 'RangeError: maxAttempts: expected a whole number, 1 or more, got 1.5 (number)'],
		[{onError: 'log'}, "TypeError: onError: expected a function, got 'log' (string)"],
	])('%p', async (options, message) => {
		const fn = jest.fn();
		const error = await rejectionOf(retry(new PausableController().signal, fn, options as never));
		expect(String(error)).toBe(message);
		expect(fn).not.toHaveBeenCalled();
	});
});

function fail(): never {
	throw new Error('no more', {cause: busy});
}
