import {describe, expect, jest, test} from '@jest/globals';
import {execute, PausableController} from 'pausable-signal';
import {Deferred, flush, leftOn, nothing, rejectionOf, thenable, watched} from './kit.ts';

const boom = new Error('boom');

describe('without an abort', () => {
	test.each([
		['at once', (settle: () => void) => settle()],
		['later', (settle: () => void) => void Promise.resolve().then(settle)],
	])('settles as the executor decides, %s, and leaves nothing', async (_when, soon) => {
		const {signal} = new PausableController();
		const callback = jest.fn<() => void>();
		const resolved = execute<string>(signal, (resolve) => {
			soon(() => resolve('done'));
			return callback;
		});
		const rejected = execute(signal, (_resolve, reject) => {
			soon(() => reject(boom));
			return callback;
		});
		expect(await resolved).toBe('done');
		expect(await rejectionOf(rejected)).toBe(boom);
		expect(leftOn(signal)).toEqual(nothing);
		expect(callback).not.toHaveBeenCalled();
	});

	test('follows the signal only while it is pending', async () => {
		const {signal} = new PausableController();
		const work = new Deferred<void>();
		const promise = execute<void>(signal, (resolve) => {
			void work.promise.then(resolve);
			return () => {};
		});
		expect(leftOn(signal)).toEqual({...nothing, followers: 1, needs: 1});
		work.resolve();
		await promise;
		expect(leftOn(signal)).toEqual(nothing);
	});

	test('resolves with the value of a promise', async () => {
		const {signal} = new PausableController();
		expect(
			await execute<number>(signal, (resolve) => {
				resolve(Promise.resolve(7));
				return () => {};
			}),
		).toBe(7);
	});

	test('rejects with the executor’s error', async () => {
		const {signal} = new PausableController();
		const promise = execute(signal, () => {
			throw boom;
		});
		expect(await rejectionOf(promise)).toBe(boom);
		expect(leftOn(signal)).toEqual(nothing);
	});

	test.each([undefined, null, Promise.resolve()])(
		'an executor that returns no callback rejects at once: %s',
		async (result) => {
			const {signal} = new PausableController();
			const error = await rejectionOf(execute(signal, () => result as never));
			expect(error).toBeInstanceOf(TypeError);
			expect((error as Error).message).toMatch(/^what the executor returns: expected a function, got /);
			expect(leftOn(signal)).toEqual(nothing);
		},
	);

	test('an executor that has settled needs no callback', async () => {
		const {signal} = new PausableController();
		expect(
			await execute<number>(signal, (resolve) => {
				resolve(1);
				return undefined as never;
			}),
		).toBe(1);
	});
});

describe('on abort', () => {
	test('an abort before the call keeps the executor from being called', async () => {
		const controller = new PausableController();
		controller.abort('early');
		const executor = jest.fn(() => () => {});
		expect(await rejectionOf(execute(controller.signal, executor))).toBe('early');
		expect(executor).not.toHaveBeenCalled();
	});

	test('the callback is called once, at once, with the reason', () => {
		const controller = new PausableController();
		const callback = jest.fn<() => void>();
		execute(controller.signal, () => callback).catch(() => {});
		controller.abort('enough');
		controller.abort('again');
		expect(callback.mock.calls).toEqual([['enough']]);
	});

	test('an abort inside the executor calls the callback', async () => {
		const controller = new PausableController();
		const callback = jest.fn<() => void>();
		const promise = execute(controller.signal, () => {
			controller.abort('within');
			return callback;
		});
		expect(await rejectionOf(promise)).toBe('within');
		expect(callback.mock.calls).toEqual([['within']]);
	});

	test('an async callback is waited for', async () => {
		const controller = new PausableController();
		const cleanup = new Deferred<void>();
		const seen = watched(execute(controller.signal, () => () => cleanup.promise));
		controller.abort('enough');
		await flush();
		expect(seen.state).toBe('pending');
		cleanup.resolve();
		await flush();
		expect(seen).toEqual({state: 'rejected', reason: 'enough'});
	});

	test.each([
		['throws', () => fail()],
		['rejects', async () => fail()],
		['returns a thenable that throws', () => thenable(fail)],
	])('a callback that %s rejects with its error', async (_how, callback) => {
		const controller = new PausableController();
		const promise = execute(controller.signal, () => callback as () => Promise<void>);
		expect(() => controller.abort('enough')).not.toThrow();
		expect(await rejectionOf(promise)).toBe(boom);
		expect(leftOn(controller.signal)).toEqual(nothing);
	});

	test('a callback’s return value does not matter unless it is a promise', async () => {
		const controller = new PausableController();
		const promise = execute(controller.signal, () => () => true as unknown as void);
		controller.abort('enough');
		expect(await rejectionOf(promise)).toBe('enough');
	});

	test('a callback that resolves wins: the work was done after all', async () => {
		const controller = new PausableController();
		const promise = execute<string>(controller.signal, (resolve) => () => resolve('flushed'));
		controller.abort();
		expect(await promise).toBe('flushed');
	});

	test('an abort after it has settled does nothing', async () => {
		const controller = new PausableController();
		const callback = jest.fn<() => void>();
		const promise = execute<number>(controller.signal, (resolve) => {
			resolve(1);
			return callback;
		});
		controller.abort();
		expect(await promise).toBe(1);
		expect(callback).not.toHaveBeenCalled();
	});

	test('the signal is aborted and its children too when the callback runs', () => {
		const controller = new PausableController();
		const child = new PausableController({signal: controller.signal});
		const seen: boolean[] = [];
		execute(controller.signal, () => () => {
			seen.push(controller.signal.aborted, child.signal.aborted);
		}).catch(() => {});
		controller.abort();
		expect(seen).toEqual([true, true]);
	});

	test('a thousand calls at once add one listener to a plain signal', async () => {
		const controller = new AbortController();
		const promises = Array.from({length: 1000}, () => execute(controller.signal, () => () => {}));
		expect(leftOn(controller.signal)).toMatchObject({listeners: 1, followers: 1000});
		controller.abort('all of you');
		expect(new Set(await Promise.all(promises.map(rejectionOf)))).toEqual(new Set(['all of you']));
		expect(leftOn(controller.signal)).toEqual(nothing);
	});
});

function fail(): never {
	throw boom;
}
