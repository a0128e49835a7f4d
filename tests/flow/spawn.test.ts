import {describe, expect, jest, test} from '@jest/globals';
import {
	forever,
	type ForkTask,
	isAbortError,
	PausableController,
	type PausableSignal,
	spawn,
	Task,
} from 'pausable-signal';
import {Deferred, flush, leftOn, nothing, reasons, rejectionOf, watched} from './kit.ts';

const boom = new Error('boom');
const {signal} = new PausableController();

describe('the spawned function', () => {
	test('gives its value', async () => {
		expect(await spawn(signal, async () => 'value')).toBe('value');
		expect(await spawn(signal, () => 'plain')).toBe('plain');
		expect(leftOn(signal)).toEqual(nothing);
	});

	test.each([
		['throws', () => fail()],
		['rejects', async () => fail()],
	])('gives its error: %s', async (_how, fn) => {
		expect(await rejectionOf(spawn(signal, fn))).toBe(boom);
		expect(leftOn(signal)).toEqual(nothing);
	});

	test('is called at once, its signal paused as the outer one', async () => {
		const controller = new PausableController();
		controller.pause('lunch');
		const fn = jest.fn(async (inner: PausableSignal) => {
			expect(inner.pauseReason).toBe('lunch');
			await inner.checkpoint();
			return 'went on';
		});
		const promise = spawn(controller.signal, fn);
		expect(fn).toHaveBeenCalledTimes(1);
		await flush();
		controller.resume();
		expect(await promise).toBe('went on');
		expect(leftOn(controller.signal)).toEqual(nothing);
	});

	test('is not called when the signal is aborted', async () => {
		const controller = new PausableController();
		controller.abort('early');
		const fn = jest.fn(async () => {});
		expect(await rejectionOf(spawn(controller.signal, fn))).toBe('early');
		expect(fn).not.toHaveBeenCalled();
	});

	test('that returns after an abort gives its value', async () => {
		const controller = new PausableController();
		const promise = spawn(controller.signal, (inner) => forever(inner).catch(() => 'saved'));
		controller.abort();
		expect(await promise).toBe('saved');
	});
});

describe('forks', () => {
	test('run beside it and can be joined', async () => {
		const result = await spawn(signal, async (_inner, {fork}) => {
			const one = fork(async () => 1);
			const two = fork(() => 2);
			return [await one.join(), await two.join()];
		});
		expect(result).toEqual([1, 2]);
		expect(leftOn(signal)).toEqual(nothing);
	});

	test('are aborted when it ends, and waited for', async () => {
		const log: string[] = [];
		await spawn(signal, async (_inner, {fork}) => {
			fork(async (forkSignal) => {
				await forever(forkSignal).catch((reason: unknown) => log.push(`aborted: ${isAbortError(reason)}`));
				await flush();
				log.push('fork ended');
			});
			log.push('main ended');
		});
		expect(log).toEqual(['main ended', 'aborted: true', 'fork ended']);
	});

	test.each(reasons)('get the same reason of an abort: %s', async (_kind, given) => {
		const controller = new PausableController();
		const seen: unknown[] = [];
		const promise = spawn(controller.signal, async (inner, {fork}) => {
			fork((forkSignal) => forever(forkSignal).catch((reason: unknown) => seen.push(reason)));
			await forever(inner);
		});
		controller.abort(given);
		const reason = await rejectionOf(promise);
		expect(Object.is(reason, controller.signal.reason)).toBe(true);
		expect(Object.is(seen[0], reason)).toBe(true);
	});

	test('are paused with the outer signal', async () => {
		const controller = new PausableController();
		let forkSignal: PausableSignal | undefined;
		const promise = spawn(controller.signal, async (inner, {fork}) => {
			fork((s) => forever((forkSignal = s)));
			await inner.checkpoint();
			await flush();
			await inner.checkpoint();
		});
		await Promise.resolve();
		controller.pause();
		expect(forkSignal?.paused).toBe(true);
		await flush();
		controller.resume();
		await promise;
		expect(leftOn(controller.signal)).toEqual(nothing);
	});

	test.each([
		['throws', () => fail()],
		['rejects', async () => fail()],
	])('one that %s aborts all the rest', async (_how, broken) => {
		const seen: unknown[] = [];
		const promise = spawn(signal, async (inner, {fork}) => {
			fork((s) => forever(s).catch((reason: unknown) => seen.push(reason)));
			fork(broken);
			await forever(inner);
		});
		expect(await rejectionOf(promise)).toBe(boom);
		expect(seen).toEqual([expect.objectContaining({name: 'AbortError', cause: boom})]);
		expect(leftOn(signal)).toEqual(nothing);
	});

	test('the first real error counts, wherever it comes from', async () => {
		const promise = spawn(signal, async (inner, {fork}) => {
			fork(async () => fail());
			await forever(inner).catch(() => {
				throw new Error('while cleaning up');
			});
		});
		expect(await rejectionOf(promise)).toBe(boom);
	});

	test('make spawn() reject if one fails during its cleanup', async () => {
		const promise = spawn(signal, async (_inner, {fork}) => {
			fork((s) => forever(s).catch(fail));
			return 'value';
		});
		expect(await rejectionOf(promise)).toBe(boom);
	});

	test('can be aborted alone, with a reason', async () => {
		let task: ForkTask<never> | undefined;
		const result = await spawn(signal, async (inner, {fork}) => {
			task = fork((s) => forever(s));
			const other = fork((s) => forever(s));
			task.abort('not needed');
			expect(await rejectionOf(task.join())).toBe('not needed');
			await flush();
			expect(inner.aborted).toBe(false);
			expect(watched(other.join()).state).toBe('pending');
			return 'value';
		});
		expect(result).toBe('value');
	});

	test('do not fail the rest if one ends with another signal’s AbortError', async () => {
		const result = await spawn(signal, async (_inner, {fork}) => {
			const task = fork(async () => {
				throw new DOMException("somebody else's", 'AbortError');
			});
			await rejectionOf(task.join());
			return 'value';
		});
		expect(result).toBe('value');
	});

	test('that nobody joins are no unhandled rejection', async () => {
		await spawn(signal, async (_inner, {fork}) => {
			fork((s) => forever(s));
			await flush();
		});
		await flush();
	});

	test('do not start after the abort', async () => {
		const controller = new PausableController();
		const fn = jest.fn();
		const promise = spawn(controller.signal, async (inner, {fork}) => {
			await forever(inner).catch(() => {});
			const task = fork(fn);
			task.abort();
			return rejectionOf(task.join());
		});
		controller.abort('enough');
		expect(await promise).toBe('enough');
		expect(fn).not.toHaveBeenCalled();
	});

	test('a fork that has ended leaves nothing, while the rest continues', async () => {
		let inner: PausableSignal | undefined;
		const main = new Deferred<void>();
		const promise = spawn(signal, async (s, {fork}) => {
			inner = s;
			await fork(() => {}).join();
			await main.promise;
		});
		await flush();
		expect(leftOn(inner!)).toEqual(nothing);
		main.resolve();
		await promise;
	});
});

describe('deferred functions', () => {
	test('run one after the other, the last one first, after all forks', async () => {
		const log: string[] = [];
		const first = new Deferred<void>();
		const promise = spawn(signal, async (_inner, {fork, defer}) => {
			defer(() => void log.push('first'));
			defer(async () => {
				log.push('second begins');
				await first.promise;
				log.push('second ends');
			});
			fork((s) =>
				forever(s)
					.catch(() => flush())
					.then(() => log.push('fork ended')),
			);
		});
		await flush();
		await flush();
		expect(log).toEqual(['fork ended', 'second begins']);
		first.resolve();
		await promise;
		expect(log).toEqual(['fork ended', 'second begins', 'second ends', 'first']);
	});

	test('run after an error and after an abort', async () => {
		const controller = new PausableController();
		const log: string[] = [];
		const failed = spawn(signal, async (_inner, {defer}) => {
			defer(() => void log.push('after the error'));
			fail();
		});
		expect(await rejectionOf(failed)).toBe(boom);
		const aborted = spawn(controller.signal, async (inner, {defer}) => {
			defer(() => void log.push('after the abort'));
			await forever(inner);
		});
		controller.abort('enough');
		expect(await rejectionOf(aborted)).toBe('enough');
		expect(log).toEqual(['after the error', 'after the abort']);
	});

	test('one that fails rejects it, and the others run all the same', async () => {
		const log: string[] = [];
		const promise = spawn(signal, async (_inner, {defer}) => {
			defer(() => void log.push('first'));
			defer(() => fail());
			return 'value';
		});
		expect(await rejectionOf(promise)).toBe(boom);
		expect(log).toEqual(['first']);
	});

	test('one that fails after an error does not hide it, but beats an abort', async () => {
		const later = new Error('later');
		const failing = async (): Promise<never> => {
			throw later;
		};
		const failed = spawn(signal, async (_inner, {defer}) => {
			defer(failing);
			fail();
		});
		expect(await rejectionOf(failed)).toBe(boom);
		const controller = new PausableController();
		const aborted = spawn(controller.signal, async (inner, {defer}) => {
			defer(failing);
			await forever(inner);
		});
		controller.abort('enough');
		expect(await rejectionOf(aborted)).toBe(later);
	});

	test('one that is stopped by the signal that is aborted by then fails nothing', async () => {
		const result = await spawn(signal, async (inner, {defer}) => {
			defer(() => forever(inner));
			return 'value';
		});
		expect(result).toBe('value');
	});

	test('may defer more', async () => {
		const log: string[] = [];
		await spawn(signal, async (_inner, {defer}) => {
			defer(() => {
				defer(() => void log.push('inner'));
				log.push('outer');
			});
		});
		expect(log).toEqual(['outer', 'inner']);
	});

	test('cannot be added after the end', async () => {
		let late: ((fn: () => void) => void) | undefined;
		await spawn(signal, async (_inner, {defer}) => {
			late = defer;
		});
		expect(() => late?.(() => {})).toThrow(/^defer: spawn\(\) has ended/);
	});

	test('must be functions, as forks must', async () => {
		await spawn(signal, (_inner, {defer, fork}) => {
			expect(() => defer('x' as never)).toThrow(/^fn: expected a function/);
			expect(() => fork('x' as never)).toThrow(/^fn: expected a function/);
		});
	});
});

test('a task with forks is paused when all of it stands still', async () => {
	const fork = new Deferred<void>();
	const task = Task.start(({signal: taskSignal}) =>
		spawn(taskSignal, async (inner, effects) => {
			effects.fork(async (forkSignal) => {
				await forkSignal.checkpoint();
				await fork.promise;
				await forkSignal.checkpoint();
				await forever(forkSignal);
			});
			await forever(inner);
		}),
	);
	await flush();
	const pause = watched(task.pause());
	await flush();
	expect(pause.state).toBe('pending');
	fork.resolve();
	await flush();
	expect(pause).toEqual({state: 'resolved', value: true});
	await task.stop();
});

function fail(): never {
	throw boom;
}
