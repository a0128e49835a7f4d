import {describe, expect, jest, test} from '@jest/globals';
import {getEventListeners} from 'node:events';
import {
	all,
	delay,
	forever,
	isAbortError,
	isAbortOf,
	PausableController,
	type PausableSignal,
} from 'pausable-signal';
import {Deferred, flush, leftOn, nothing, rejectionOf, thenable, watched} from './kit.ts';

const boom = new Error('boom');
const {signal} = new PausableController();

/** Runs `all` and hands out its inner signal, too. */
function allOf<T>(
	outer: AbortSignal,
	start: (inner: PausableSignal) => Iterable<T>,
): {inner: PausableSignal; promise: Promise<unknown>} {
	let inner: PausableSignal | undefined;
	const promise = all(outer, (innerSignal) => start((inner = innerSignal)));
	return {inner: inner!, promise};
}

describe('values', () => {
	test('come in the order of the entries, not of their ends', async () => {
		const first = new Deferred<string>();
		const promise = all(signal, () => [first.promise, Promise.resolve(2)]);
		await flush();
		first.resolve('one');
		expect(await promise).toEqual(['one', 2]);
		expect(leftOn(signal)).toEqual(nothing);
	});

	test('plain values and thenables are entries, too', async () => {
		const odd = thenable<string>((resolve) => resolve('thenable'));
		expect(await all(signal, () => ['plain', undefined, Promise.resolve(3), odd])).toEqual([
			'plain',
			undefined,
			3,
			'thenable',
		]);
	});

	test('any iterable will do', async () => {
		expect(await all(signal, () => new Set([Promise.resolve(1), Promise.resolve(2)]))).toEqual([1, 2]);
		expect(
			await all(signal, function* () {
				yield 1;
				yield Promise.resolve(2);
			}),
		).toEqual([1, 2]);
	});

	test('no entries give an empty result', async () => {
		expect(await all(signal, () => [])).toEqual([]);
		expect(leftOn(signal)).toEqual(nothing);
	});

	test('work that ends in spite of the abort gives its value', async () => {
		const controller = new PausableController();
		const work = new Deferred<string>();
		const promise = all(controller.signal, () => [work.promise]);
		controller.abort();
		work.resolve('done all the same');
		expect(await promise).toEqual(['done all the same']);
	});
});

describe('the inner signal', () => {
	test('is paused and resumed with the outer one', () => {
		const controller = new PausableController();
		const {inner, promise} = allOf(controller.signal, (s) => [forever(s)]);
		promise.catch(() => {});
		expect(inner.paused).toBe(false);
		controller.pause('lunch');
		expect([inner.paused, inner.pauseReason]).toEqual([true, 'lunch']);
		controller.resume();
		expect(inner.paused).toBe(false);
		controller.abort();
	});

	test('is born paused under a paused one, and the executor is called at once', async () => {
		const controller = new PausableController();
		controller.pause();
		const {inner, promise} = allOf(controller.signal, (s) => [s.checkpoint().then(() => 'went on')]);
		expect(inner.paused).toBe(true);
		const seen = watched(promise);
		await flush();
		expect(seen.state).toBe('pending');
		controller.resume();
		expect(await promise).toEqual(['went on']);
		expect(leftOn(controller.signal)).toEqual(nothing);
	});

	test('is aborted with the outer one, before its entries see the abort', async () => {
		const controller = new PausableController();
		const {inner, promise} = allOf(controller.signal, (s) => [forever(s)]);
		controller.abort('enough');
		expect(inner.reason).toBe('enough');
		expect(await rejectionOf(promise)).toBe('enough');
	});

	test('is not aborted by success', async () => {
		const {inner, promise} = allOf(signal, () => [1]);
		await promise;
		expect(inner.aborted).toBe(false);
	});

	test('works under a plain AbortSignal', async () => {
		const controller = new AbortController();
		const {inner, promise} = allOf(controller.signal, (s) => [delay(s, 0)]);
		expect(inner.paused).toBe(false);
		expect(leftOn(controller.signal).listeners).toBe(1);
		await promise;
		expect(leftOn(controller.signal)).toEqual(nothing);
	});
});

describe('a failure', () => {
	test('aborts the others, with an AbortError that tells why', async () => {
		const {inner, promise} = allOf(signal, (s) => [Promise.reject(boom), forever(s)]);
		expect(await rejectionOf(promise)).toBe(boom);
		expect(isAbortError(inner.reason)).toBe(true);
		expect(inner.reason).toMatchObject({message: 'Aborted because a part of all() failed', cause: boom});
		expect(leftOn(signal)).toEqual(nothing);
	});

	test('rejects after the others have cleaned up', async () => {
		const cleanup = new Deferred<void>();
		const seen = watched(all(signal, (s) => [Promise.reject(boom), forever(s).catch(() => cleanup.promise)]));
		await flush();
		expect(seen.state).toBe('pending');
		cleanup.resolve();
		await flush();
		expect(seen).toEqual({state: 'rejected', reason: boom});
	});

	test('all() rejects with the first of several failures', async () => {
		const second = new Deferred<never>();
		const promise = all(signal, () => [second.promise, Promise.reject(boom)]);
		await flush();
		second.reject(new Error('too late'));
		expect(await rejectionOf(promise)).toBe(boom);
	});

	test('in the cleanup after an abort beats the abort', async () => {
		const controller = new PausableController();
		const promise = all(controller.signal, (s) => [
			forever(s),
			forever(s).catch(() => {
				throw boom;
			}),
		]);
		controller.abort('enough');
		expect(await rejectionOf(promise)).toBe(boom);
	});

	test('of any kind is a failure, as long as it is no abort of these signals', async () => {
		const abort = new DOMException("somebody else's", 'AbortError');
		for (const error of [undefined, null, 'text', abort])
			expect(await rejectionOf(all(signal, (s) => [Promise.reject(error), forever(s)]))).toBe(error);
	});

	test('an entry that rejects with an AbortError of its own counts as the abort, with the outer reason', async () => {
		const controller = new PausableController();
		const promise = all(controller.signal, (s) => [
			forever(s).catch(() => {
				throw new DOMException('made by a library', 'AbortError');
			}),
		]);
		controller.abort('enough');
		expect(await rejectionOf(promise)).toBe('enough');
	});

	test('an entry that sees the abort before the inner signal does is aborted all the same', async () => {
		const outer = Object.assign(new EventTarget(), {aborted: false});
		const entry = new Deferred<never>();
		const promise = all(outer as unknown as AbortSignal, () => [entry.promise]);
		Object.assign(outer, {aborted: true, reason: 'enough'});
		entry.reject(new DOMException('made by a library', 'AbortError'));
		expect(await rejectionOf(promise)).toBe('enough');
		expect(getEventListeners(outer, 'abort')).toEqual([]);
	});

	test('an all() inside another is aborted with the outer one', async () => {
		let reason: unknown;
		const promise = all(signal, (outer) => [
			all(outer, (inner) => [forever(inner)]).catch((error: unknown) => {
				reason = error;
				expect(isAbortOf(outer, error)).toBe(true);
				throw error;
			}),
			Promise.reject(boom),
		]);
		expect(await rejectionOf(promise)).toBe(boom);
		expect(reason).toMatchObject({name: 'AbortError', cause: boom});
	});
});

describe('the executor', () => {
	test('is not called when the signal is aborted', async () => {
		const controller = new PausableController();
		controller.abort('early');
		const executor = jest.fn(() => []);
		expect(await rejectionOf(all(controller.signal, executor))).toBe('early');
		expect(executor).not.toHaveBeenCalled();
	});

	test('may abort, and its entries see the abort', async () => {
		const controller = new PausableController();
		const promise = all(controller.signal, (s) => {
			controller.abort('within');
			return [forever(s)];
		});
		expect(await rejectionOf(promise)).toBe('within');
	});

	test('that throws aborts the work that it has started', async () => {
		const child: PausableController[] = [];
		const {inner, promise} = allOf(signal, (s) => {
			child.push(new PausableController({signal: s}));
			throw boom;
		});
		expect(await rejectionOf(promise)).toBe(boom);
		expect(inner.reason).toMatchObject({name: 'AbortError', cause: boom});
		expect(child[0]?.signal.aborted).toBe(true);
		expect(leftOn(signal)).toEqual(nothing);
	});

	test('that throws the abort is aborted', async () => {
		const controller = new PausableController();
		const promise = all(controller.signal, (s): number[] => {
			controller.abort('within');
			s.throwIfAborted();
			return [];
		});
		expect(await rejectionOf(promise)).toBe('within');
	});

	test('that fails between two entries leaves none of them behind', async () => {
		const log: string[] = [];
		const promise = all(signal, function* (s) {
			yield forever(s).catch(() => log.push('cleaned up'));
			throw boom;
		});
		expect(await rejectionOf(promise)).toBe(boom);
		expect(log).toEqual(['cleaned up']);
	});

	test.each([undefined, null, 7, Promise.resolve([])])('that returns no iterable: %s', async (result) => {
		const error = await rejectionOf(all(signal, () => result as never));
		expect(error).toBeInstanceOf(TypeError);
		expect((error as Error).message).toMatch(
			/^what the executor returns: expected an array or another iterable/,
		);
		expect(leftOn(signal)).toEqual(nothing);
	});
});
