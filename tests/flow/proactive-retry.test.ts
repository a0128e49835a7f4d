import {describe, expect, jest, test} from '@jest/globals';
import {
	forever,
	isAbortError,
	PausableController,
	type PausableSignal,
	proactiveRetry,
} from 'pausable-signal';
import {time, useVirtualTime} from '../support/virtual-time.ts';
import {Deferred, flush, leftOn, nothing, rejectionOf, watched} from './kit.ts';

useVirtualTime();

const busy = new Error('busy');

/** Attempts that are settled from outside. */
function attempts(): {
	readonly made: Deferred<string>[];
	readonly fn: jest.Mock<(signal: PausableSignal, attempt: number) => Promise<string>>;
} {
	const made: Deferred<string>[] = [];
	const fn = jest.fn((_signal: PausableSignal, attempt: number) => (made[attempt] = new Deferred()).promise);
	return {made, fn};
}

describe('attempts', () => {
	test('start while earlier ones run, after delays that double', async () => {
		const {signal} = new PausableController();
		const {made, fn} = attempts();
		const promise = proactiveRetry(signal, fn, {baseMs: 100});
		expect(fn).toHaveBeenCalledTimes(1);
		await time.advance(99);
		expect(fn).toHaveBeenCalledTimes(1);
		await time.advance(1);
		expect(fn).toHaveBeenCalledTimes(2);
		await time.advance(199);
		expect(fn).toHaveBeenCalledTimes(2);
		await time.advance(1);
		expect(fn.mock.calls.map(([, attempt]) => attempt)).toEqual([0, 1, 2]);
		made[1]?.resolve('the second');
		expect(await promise).toBe('the second');
		expect(leftOn(signal)).toEqual(nothing);
	});

	test('the first value counts, at once, and aborts the others', async () => {
		const {signal} = new PausableController();
		let reason: unknown;
		const promise = proactiveRetry(
			signal,
			async (inner, attempt) => {
				if (attempt === 1) return 'quick';
				await forever(inner).catch((error: unknown) => {
					reason = error;
				});
				return new Promise<string>(() => {});
			},
			{baseMs: 10},
		);
		await time.advance(10);
		expect(await promise).toBe('quick');
		expect(isAbortError(reason)).toBe(true);
	});

	test('are maxAttempts at most, and the last one to fail gives the error', async () => {
		const {signal} = new PausableController();
		const {made, fn} = attempts();
		const onError = jest.fn();
		const seen = watched(proactiveRetry(signal, fn, {baseMs: 10, maxAttempts: 2, onError}));
		await time.advance(10);
		await time.advance(1000);
		expect(fn).toHaveBeenCalledTimes(2);
		made[1]?.reject(busy);
		await flush();
		expect(seen.state).toBe('pending');
		const last = new Error('last');
		made[0]?.reject(last);
		await flush();
		expect(seen).toEqual({state: 'rejected', reason: last});
		expect(onError.mock.calls).toEqual([[busy, 1]]);
		expect(leftOn(signal)).toEqual(nothing);
	});

	test.each([
		['throws', () => fail()],
		['rejects', async () => fail()],
	])('a single attempt that %s gives its error', async (_how, fn) => {
		const {signal} = new PausableController();
		expect(await rejectionOf(proactiveRetry(signal, fn, {maxAttempts: 1}))).toBe(busy);
		expect(leftOn(signal)).toEqual(nothing);
	});

	test('an attempt that fails does not hasten the next', async () => {
		const {signal} = new PausableController();
		const fn = jest.fn(async (_signal: PausableSignal, attempt: number) =>
			attempt === 0 ? fail() : 'second',
		);
		const promise = proactiveRetry(signal, fn, {baseMs: 100});
		await time.advance(99);
		expect(fn).toHaveBeenCalledTimes(1);
		await time.advance(1);
		expect(await promise).toBe('second');
	});
});

describe('onError', () => {
	test.each([
		['throws', () => failAgain()],
		['rejects', async () => failAgain()],
	])('ends the retrying when it %s, and aborts the other attempts', async (_how, onError) => {
		const {signal} = new PausableController();
		const reasons: unknown[] = [];
		const promise = proactiveRetry(
			signal,
			async (inner, attempt) => {
				if (attempt === 1) fail();
				await forever(inner).catch((reason: unknown) => reasons.push(reason));
			},
			{baseMs: 10, onError},
		);
		const rejection = rejectionOf(promise);
		await time.advance(10);
		expect(await rejection).toMatchObject({message: 'no more'});
		expect(reasons).toEqual([expect.objectContaining({name: 'AbortError'})]);
		expect(leftOn(signal)).toEqual(nothing);
	});

	test('is not called for attempts that are aborted, by success or from outside', async () => {
		const controller = new PausableController();
		const onError = jest.fn();
		const slow = (signal: PausableSignal): Promise<string> => forever(signal);
		const won = proactiveRetry(
			controller.signal,
			async (inner, attempt) => (attempt === 1 ? 'quick' : slow(inner)),
			{baseMs: 10, onError},
		);
		await time.advance(10);
		await won;
		const aborted = proactiveRetry(controller.signal, slow, {onError});
		controller.abort('enough');
		await rejectionOf(aborted);
		await flush();
		expect(onError).not.toHaveBeenCalled();
	});

	test('is not called for the AbortError of another signal', async () => {
		const {signal} = new PausableController();
		const onError = jest.fn();
		const promise = proactiveRetry(
			signal,
			async (_inner, attempt) => {
				if (attempt === 0) throw new DOMException("somebody else's", 'AbortError');
				return 'second';
			},
			{baseMs: 10, onError},
		);
		await time.advance(10);
		expect(await promise).toBe('second');
		expect(onError).not.toHaveBeenCalled();
	});
});

describe('pause', () => {
	test('the first attempt waits for the resume', async () => {
		const controller = new PausableController();
		controller.pause();
		const {made, fn} = attempts();
		const promise = proactiveRetry(controller.signal, fn);
		await flush();
		expect(fn).not.toHaveBeenCalled();
		controller.resume();
		await flush();
		made[0]?.resolve('value');
		expect(await promise).toBe('value');
		expect(leftOn(controller.signal)).toEqual(nothing);
	});

	test('stops the clock, and pauses the attempts', async () => {
		const controller = new PausableController();
		const {made, fn} = attempts();
		const promise = proactiveRetry(controller.signal, fn, {baseMs: 100});
		await time.advance(60);
		controller.pause();
		expect(fn.mock.calls[0]?.[0].paused).toBe(true);
		await time.advance(1000);
		expect(fn).toHaveBeenCalledTimes(1);
		controller.resume();
		await time.advance(40);
		expect(fn).toHaveBeenCalledTimes(2);
		made[0]?.resolve('value');
		await promise;
	});
});

describe('abort', () => {
	test('rejects at once, with the same reason that the attempts get', async () => {
		const controller = new PausableController();
		const {made, fn} = attempts();
		const promise = proactiveRetry(controller.signal, fn);
		controller.abort('enough');
		expect(await rejectionOf(promise)).toBe('enough');
		expect(fn.mock.calls[0]?.[0].reason).toBe('enough');
		expect(time.pending).toBe(0);
		made[0]?.reject(busy);
		await flush();
	});

	test('an abort before the call keeps the function from being called', async () => {
		const controller = new PausableController();
		controller.abort('early');
		const {fn} = attempts();
		expect(await rejectionOf(proactiveRetry(controller.signal, fn))).toBe('early');
		expect(fn).not.toHaveBeenCalled();
	});
});

describe('bad options', () => {
	test.each<[unknown, string]>([
		[null, 'TypeError: options: expected an object such as {maxAttempts}, got null'],
		[{baseMs: -1}, 'RangeError: baseMs: expected a number of milliseconds, 0 or more, got -1 (number)'],
		[{maxAttempts: 0}, 'RangeError: maxAttempts: expected a whole number, 1 or more, got 0 (number)'],
		[{onError: 1}, 'TypeError: onError: expected a function, got 1 (number)'],
	])('%p', async (options, message) => {
		const {fn} = attempts();
		const error = await rejectionOf(proactiveRetry(new PausableController().signal, fn, options as never));
		expect(String(error)).toBe(message);
		expect(fn).not.toHaveBeenCalled();
	});
});

function fail(): never {
	throw busy;
}

function failAgain(): never {
	throw new Error('no more');
}
