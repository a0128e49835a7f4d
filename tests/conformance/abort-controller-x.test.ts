// The cases of abort-controller-x: deeplay-io/abort-controller-x, src/*.test.ts (as read at 68a1b6f, which is 0.4.3,
// and in the published 0.5.0), for our functions of the same names; abort-controller-x itself runs beside them as a
// control. retry, proactiveRetry, run and delay have no suites there: their cases are what their docstrings promise.
// Where we differ on purpose (docs/design.md, "Differences from abort-controller-x"), the case is in the second part.
import {afterEach, beforeEach, describe, expect, jest, test} from '@jest/globals';
import * as acx from 'abort-controller-x';
import {EventEmitter} from 'node:events';
import * as pausable from 'pausable-signal';
import {PausableController} from 'pausable-signal';
import {Deferred, flush, listenersOn, reasons, rejectionOf, watched} from './kit.ts';

type Library = Pick<typeof acx, keyof typeof acx & keyof typeof pausable>;

/** What `all` and `race` have in common. */
type Group = (
	signal: AbortSignal,
	executor: (innerSignal: pausable.PausableSignal) => readonly unknown[],
) => Promise<unknown>;

const original: Library = acx;
const ours = pausable as unknown as Library;
const groups: Readonly<Record<'all' | 'race', Group>> = {
	all: pausable.all as Group,
	race: pausable.race as Group,
};

const abortError = expect.objectContaining({name: 'AbortError'});
const boom = new Error('boom');
const reason = new Error('my reason');

/** A library, and the kind of signals that it is given. */
const kinds: readonly (readonly [string, Library, () => AbortController])[] = [
	['ours, with a pausable signal', ours, () => new PausableController()],
	['ours, with a plain signal', ours, () => new AbortController()],
	['abort-controller-x', original, () => new AbortController()],
];

describe.each(kinds)('%s', (kind, library, createController) => {
	let controller: AbortController;
	let signal: AbortSignal;

	beforeEach(() => {
		controller = createController();
		({signal} = controller);
	});

	/** Every case ends with this: nothing is left on the signal. */
	afterEach(() => {
		expect(listenersOn(signal)).toBe(0);
	});

	/** On a plain signal there is one listener while something waits; a pausable one needs none. */
	const whileWaiting = kind.includes('pausable') ? 0 : 1;

	describe('AbortError', () => {
		const {AbortError, catchAbortError, isAbortError, rethrowAbortError, throwIfAborted} = library;

		test.each([[{}], [undefined], [null], ['AbortError'], [new Error('AbortError')]])(
			'isAbortError(%p) is false',
			(value) => {
				expect(isAbortError(value)).toBe(false);
			},
		);

		test('isAbortError knows its own and the platform’s', () => {
			controller.abort();
			expect([isAbortError(new AbortError()), isAbortError(signal.reason)]).toEqual([true, true]);
		});

		test('has a message and a name', () => {
			expect(new AbortError()).toMatchObject({
				message: 'The operation has been aborted',
				name: 'AbortError',
			});
			expect(new AbortError('Custom').message).toBe('Custom');
		});

		test('is an Error, with a stack unless told otherwise', () => {
			expect(new AbortError('Custom', true).stack).toContain('abort-controller-x.test.ts');
			expect(new AbortError('Custom', false).stack).toBe('');
			expect(new AbortError()).toBeInstanceOf(AbortError);
		});

		test('throwIfAborted throws when aborted, and only then', () => {
			expect(() => throwIfAborted(signal)).not.toThrow();
			controller.abort();
			expect(() => throwIfAborted(signal)).toThrow(abortError);
		});

		test('rethrowAbortError throws an AbortError alone', () => {
			expect(() => rethrowAbortError(new AbortError())).toThrow(abortError);
			expect(() => rethrowAbortError(boom)).not.toThrow();
		});

		test('catchAbortError throws anything else', () => {
			expect(() => catchAbortError(new AbortError())).not.toThrow();
			expect(() => catchAbortError(boom)).toThrow(boom);
		});
	});

	describe('execute', () => {
		/** Starts one, with what it is settled by and a callback that counts. */
		function start(callback: (reason?: unknown) => void | PromiseLike<void> = () => {}): {
			resolve: (value: string) => void;
			reject: (error: unknown) => void;
			seen: ReturnType<typeof watched<string>>;
			callback: jest.Mock<typeof callback>;
		} {
			const spy = jest.fn(callback);
			let settle: {resolve: (value: string) => void; reject: (error: unknown) => void} | undefined;
			const seen = watched(
				library.execute<string>(signal, (resolve, reject) => {
					settle = {resolve, reject};
					return spy;
				}),
			);
			if (settle === undefined) throw new Error('the executor was not called at once');
			return {...settle, seen, callback: spy};
		}

		test.each(['resolve', 'reject'] as const)('%s immediately', async (verb) => {
			const callback = jest.fn(() => {});
			const seen = watched(
				library.execute<string>(signal, (resolve, reject) => {
					({resolve, reject})[verb]('test');
					expect(listenersOn(signal)).toBe(0);
					return callback;
				}),
			);
			await flush();
			expect([seen.value, seen.reason]).toContain('test');
			expect(seen.state).toBe(verb === 'resolve' ? 'resolved' : 'rejected');
			controller.abort();
			await flush();
			expect(callback).not.toHaveBeenCalled();
		});

		test('resolve before abort', async () => {
			const {resolve, seen, callback} = start();
			expect(listenersOn(signal)).toBe(whileWaiting);
			resolve('test');
			controller.abort();
			await flush();
			expect(callback).not.toHaveBeenCalled();
			expect(seen).toEqual({state: 'resolved', value: 'test'});
		});

		test('reject before abort', async () => {
			const {reject, seen, callback} = start();
			reject('test');
			controller.abort();
			await flush();
			expect(callback).not.toHaveBeenCalled();
			expect(seen).toEqual({state: 'rejected', reason: 'test'});
		});

		test.each(['resolve', 'reject'] as const)('abort before %s', async (verb) => {
			const started = start();
			controller.abort();
			started[verb]('test');
			await flush();
			expect(started.callback).toHaveBeenCalledTimes(1);
			expect(started.seen).toEqual({state: 'rejected', reason: abortError});
		});

		test('abort before execute: the executor is not called', async () => {
			controller.abort(reason);
			const executor = jest.fn(() => () => {});
			expect(await rejectionOf(library.execute(signal, executor))).toBe(reason);
			expect(executor).not.toHaveBeenCalled();
		});

		test('async abort callback: is waited for', async () => {
			const cleanup = new Deferred<void>();
			const {seen, callback} = start(() => cleanup.promise);
			controller.abort();
			await flush();
			expect(seen.state).toBe('pending');
			cleanup.resolve();
			await flush();
			expect(seen).toEqual({state: 'rejected', reason: abortError});
			expect(callback).toHaveBeenCalledTimes(1);
		});

		test('async abort callback rejection: its error counts', async () => {
			const {seen} = start(() => Promise.reject(boom));
			controller.abort();
			await flush();
			expect(seen).toEqual({state: 'rejected', reason: boom});
		});

		test('abort with custom reason: callback and caller get it', async () => {
			const {seen, callback} = start();
			controller.abort(reason);
			await flush();
			expect(callback.mock.calls).toEqual([[reason]]);
			expect(seen.reason).toBe(reason);
		});

		test('async abort callback with custom reason', async () => {
			const cleanup = new Deferred<void>();
			const {seen, callback} = start(() => cleanup.promise);
			controller.abort(reason);
			cleanup.resolve();
			await flush();
			expect(callback.mock.calls).toEqual([[reason]]);
			expect(seen.reason).toBe(reason);
		});
	});

	describe('abortable', () => {
		test('endless promise', async () => {
			const seen = watched(library.abortable(signal, new Promise<void>(() => {})));
			await flush();
			expect([seen.state, listenersOn(signal)]).toEqual(['pending', whileWaiting]);
			controller.abort();
			await flush();
			expect(seen).toEqual({state: 'rejected', reason: abortError});
		});

		test('abort before reject', async () => {
			controller.abort(reason);
			const seen = watched(library.abortable(signal, Promise.reject(boom)));
			await flush();
			expect(seen).toEqual({state: 'rejected', reason});
		});

		test('settles as the promise does', async () => {
			await expect(library.abortable(signal, Promise.resolve(7))).resolves.toBe(7);
			expect(await rejectionOf(library.abortable(signal, Promise.reject(boom)))).toBe(boom);
		});
	});

	describe('forever', () => {
		test('until the abort', async () => {
			const seen = watched(library.forever(signal));
			await flush();
			expect([seen.state, listenersOn(signal)]).toEqual(['pending', whileWaiting]);
			controller.abort(reason);
			await flush();
			expect(seen).toEqual({state: 'rejected', reason});
		});
	});

	describe('waitForEvent', () => {
		const targets: readonly (readonly [string, () => {target: never; fire(): void; count(): number}])[] = [
			['an EventTarget', eventTarget],
			['an EventEmitter', eventEmitter],
		];

		function eventTarget(): {target: never; fire(): void; count(): number} {
			const other = new AbortController();
			return {
				target: other.signal as never,
				fire: () => other.abort(),
				count: () => listenersOn(other.signal),
			};
		}

		function eventEmitter(): {target: never; fire(): void; count(): number} {
			const emitter = new EventEmitter();
			return {
				target: emitter as never,
				fire: () => emitter.emit('abort', {type: 'abort'}),
				count: () => emitter.listenerCount('abort'),
			};
		}

		test.each(targets)('external abort: %s', async (_name, create) => {
			const {target, count} = create();
			const seen = watched(library.waitForEvent(signal, target, 'abort'));
			await flush();
			expect([seen.state, count(), listenersOn(signal)]).toEqual(['pending', 1, whileWaiting]);
			controller.abort();
			await flush();
			expect(seen).toEqual({state: 'rejected', reason: abortError});
			expect(count()).toBe(0);
		});

		test.each(targets)('fulfill: %s', async (_name, create) => {
			const {target, fire, count} = create();
			const seen = watched(library.waitForEvent<Event>(signal, target, 'abort'));
			await flush();
			fire();
			await flush();
			expect([seen.state, seen.value?.type, count()]).toEqual(['resolved', 'abort', 0]);
		});
	});

	describe.each(['all', 'race'] as const)('%s', (name) => {
		const group = library[name] as unknown as Group;

		/** Starts it over two promises. */
		function start(): {
			one: Deferred<string>;
			two: Deferred<string>;
			inner: () => AbortSignal;
			seen: ReturnType<typeof watched<unknown>>;
		} {
			const [one, two] = [new Deferred<string>(), new Deferred<string>()];
			let inner: AbortSignal | undefined;
			const seen = watched(
				group(signal, (innerSignal) => {
					inner = innerSignal;
					return [one.promise, two.promise];
				}),
			);
			return {one, two, inner: () => inner as AbortSignal, seen};
		}

		test('external abort: waits for all', async () => {
			const {one, two, inner, seen} = start();
			expect(listenersOn(signal)).toBe(whileWaiting);
			controller.abort();
			expect(inner().aborted).toBe(true);
			await flush();
			one.reject(inner().reason);
			await flush();
			expect(seen.state).toBe('pending');
			two.reject(inner().reason);
			await flush();
			expect(seen).toEqual({state: 'rejected', reason: abortError});
		});

		test('external abort: the inner signal has the very reason', async () => {
			const {one, two, inner} = start();
			controller.abort(reason);
			expect(inner().reason).toBe(reason);
			one.resolve('one');
			two.resolve('two');
			await flush();
		});

		test('reject: aborts the other, and waits for it', async () => {
			const {one, two, inner, seen} = start();
			await flush();
			expect(inner().aborted).toBe(false);
			one.reject(boom);
			await flush();
			expect([seen.state, inner().aborted]).toEqual(['pending', true]);
			expect(inner().reason).toEqual(abortError);
			two.reject(inner().reason);
			await flush();
			expect(seen).toEqual({state: 'rejected', reason: boom});
		});

		test('reject during cleanup: the error counts, and not the abort', async () => {
			const {one, two, inner, seen} = start();
			controller.abort();
			one.reject(inner().reason);
			await flush();
			expect(seen.state).toBe('pending');
			two.reject(boom);
			await flush();
			expect(seen).toEqual({state: 'rejected', reason: boom});
		});

		test('abort before: the executor is not called', async () => {
			controller.abort(reason);
			const executor = jest.fn(() => [Promise.resolve('test')]);
			expect(await rejectionOf(group(signal, executor))).toBe(reason);
			expect(executor).not.toHaveBeenCalled();
		});
	});

	describe('all', () => {
		test('fulfill: the values in order, whoever was first', async () => {
			const [one, two] = [new Deferred<string>(), new Deferred<number>()];
			let inner: AbortSignal | undefined;
			const seen = watched(
				library.all(signal, (innerSignal) => {
					inner = innerSignal;
					return [one.promise, two.promise] as const;
				}),
			);
			two.resolve(42);
			await flush();
			expect(seen.state).toBe('pending');
			one.resolve('test');
			await flush();
			expect(seen).toEqual({state: 'resolved', value: ['test', 42]});
			expect(inner?.aborted).toBe(false);
		});

		test('empty', async () => {
			await expect(library.all(signal, () => [])).resolves.toEqual([]);
		});
	});

	describe('race', () => {
		test('fulfill: aborts the other, and waits for it', async () => {
			const [one, two] = [new Deferred<string>(), new Deferred<string>()];
			let inner: AbortSignal | undefined;
			const seen = watched(
				library.race(signal, (innerSignal) => {
					inner = innerSignal;
					return [one.promise, two.promise];
				}),
			);
			one.resolve('test');
			await flush();
			expect([seen.state, inner?.aborted]).toEqual(['pending', true]);
			expect(inner?.reason).toEqual(abortError);
			two.reject(inner?.reason);
			await flush();
			expect(seen).toEqual({state: 'resolved', value: 'test'});
		});
	});

	describe('spawn', () => {
		const {delay, forever, spawn} = library;
		let actions: string[];

		beforeEach(() => {
			actions = [];
		});

		async function waiting(forkSignal: AbortSignal): Promise<void> {
			actions.push('fork start');
			try {
				await forever(forkSignal);
			} catch (error) {
				expect(error).toEqual(abortError);
				actions.push('fork abort');
			}
		}

		test('fork manual abort', async () => {
			await spawn(signal, async (inner, {fork}) => {
				const task = fork(waiting);
				actions.push('post fork');
				await delay(inner, 0);
				actions.push('pre task abort');
				task.abort();
				await delay(inner, 0);
				actions.push('post task abort');
			});
			expect(actions).toEqual(['fork start', 'post fork', 'pre task abort', 'fork abort', 'post task abort']);
		});

		test('fork abort on spawn finish', async () => {
			let seen: AbortSignal | undefined;
			await spawn(signal, async (inner, {fork}) => {
				seen = inner;
				fork(waiting);
				actions.push('post fork');
				await delay(inner, 0);
				actions.push('spawn finish');
			});
			expect(actions).toEqual(['fork start', 'post fork', 'spawn finish', 'fork abort']);
			expect(seen?.aborted).toBe(true);
		});

		test('fork abort on spawn error', async () => {
			let seen: AbortSignal | undefined;
			const promise = spawn(signal, async (inner, {fork}) => {
				seen = inner;
				fork(waiting);
				await delay(inner, 0);
				actions.push('spawn finish');
				throw boom;
			});
			expect(await rejectionOf(promise)).toBe(boom);
			expect(actions).toEqual(['fork start', 'spawn finish', 'fork abort']);
			expect(seen?.aborted).toBe(true);
		});

		test('error thrown from fork', async () => {
			let seen: AbortSignal | undefined;
			const promise = spawn(signal, async (inner, {fork}) => {
				seen = inner;
				fork(async (forkSignal) => {
					actions.push('fork start');
					await delay(forkSignal, 0);
					actions.push('fork finish');
					throw boom;
				});
				actions.push('post fork');
				try {
					await forever(inner);
				} catch (error) {
					expect(error).toEqual(abortError);
					actions.push('spawn abort');
					throw error;
				}
			});
			expect(await rejectionOf(promise)).toBe(boom);
			expect(actions).toEqual(['fork start', 'post fork', 'fork finish', 'spawn abort']);
			expect(seen?.aborted).toBe(true);
		});

		test('async defer, last in first out, after everything else', async () => {
			await spawn(signal, async (inner, {defer, fork}) => {
				defer(() => void actions.push('first defer'));
				fork(waiting);
				await delay(inner, 0);
				defer(async () => {
					await flush();
					actions.push('second defer');
				});
			});
			expect(actions).toEqual(['fork start', 'fork abort', 'second defer', 'first defer']);
		});

		test('abort before spawn', async () => {
			controller.abort();
			const executor = jest.fn(async () => {});
			expect(await rejectionOf(spawn(signal, executor))).toEqual(abortError);
			expect(executor).not.toHaveBeenCalled();
		});

		test('abort during spawn execution reaches function and forks', async () => {
			const promise = spawn(signal, async (inner, {fork}) => {
				fork(waiting);
				await delay(inner, 0);
				actions.push('pre abort');
				controller.abort();
				await delay(inner, 0);
				actions.push('never');
			});
			expect(await rejectionOf(promise)).toEqual(abortError);
			expect(actions).toEqual(['fork start', 'pre abort', 'fork abort']);
		});

		test('join gives what the fork came to', async () => {
			await spawn(signal, async (_inner, {fork}) => {
				const good = fork(async () => 7);
				await expect(good.join()).resolves.toBe(7);
			});
		});
	});

	describe('on fake time', () => {
		beforeEach(() => {
			jest.useFakeTimers();
			// Back-offs at their longest.
			jest.spyOn(Math, 'random').mockReturnValue(1);
		});

		afterEach(() => {
			const left = jest.getTimerCount();
			jest.useRealTimers();
			jest.restoreAllMocks();
			expect(left).toBe(0);
		});

		async function pass(ms: number): Promise<void> {
			await flush();
			jest.advanceTimersByTime(ms);
			await flush();
		}

		describe('delay', () => {
			test('resolves when due, not before', async () => {
				const seen = watched(library.delay(signal, 1000));
				await pass(999);
				expect(seen.state).toBe('pending');
				await pass(1);
				expect(seen.state).toBe('resolved');
			});

			test('until a Date', async () => {
				const seen = watched(library.delay(signal, new Date(Date.now() + 1000)));
				await pass(999);
				expect(seen.state).toBe('pending');
				await pass(1);
				expect(seen.state).toBe('resolved');
			});

			test('rejects at the abort, and leaves no timer', async () => {
				const seen = watched(library.delay(signal, 1000));
				await pass(500);
				controller.abort(reason);
				await flush();
				expect(seen).toEqual({state: 'rejected', reason});
				expect(jest.getTimerCount()).toBe(0);
			});
		});

		describe('retry', () => {
			test('resolves with the first value', async () => {
				const seen = watched(library.retry(signal, async (_signal, attempt) => attempt));
				await flush();
				expect(seen).toEqual({state: 'resolved', value: 0});
			});

			test('tries again after growing delays, at most maxDelayMs', async () => {
				const fn = jest.fn(async (_signal: AbortSignal, attempt: number) => {
					if (attempt < 4) throw boom;
					return attempt;
				});
				const seen = watched(library.retry(signal, fn, {baseMs: 100, maxDelayMs: 300}));
				for (const [calls, ms] of [100, 200, 300, 300].entries()) {
					await pass(ms - 1);
					expect(fn).toHaveBeenCalledTimes(calls + 1);
					await pass(1);
					expect(fn).toHaveBeenCalledTimes(calls + 2);
				}
				expect(seen).toEqual({state: 'resolved', value: 4});
			});

			test('onError is told of each failure, and ends it by throwing', async () => {
				const onError = jest.fn((error: unknown, attempt: number) => {
					if (attempt === 1) throw error;
				});
				const seen = watched(library.retry(signal, () => Promise.reject(boom), {baseMs: 100, onError}));
				await pass(100);
				expect(onError.mock.calls).toEqual([
					[boom, 0, 100],
					[boom, 1, 200],
				]);
				expect(seen).toEqual({state: 'rejected', reason: boom});
			});

			test('an AbortError is not retried', async () => {
				const error = new library.AbortError();
				const fn = jest.fn(() => Promise.reject(error));
				expect(await rejectionOf(library.retry(signal, fn))).toBe(error);
				expect(fn).toHaveBeenCalledTimes(1);
			});

			test('an abort ends the delay', async () => {
				const seen = watched(library.retry(signal, () => Promise.reject(boom)));
				await pass(500);
				controller.abort(reason);
				await flush();
				expect(seen).toEqual({state: 'rejected', reason});
				expect(jest.getTimerCount()).toBe(0);
			});

			test('reset() makes the next attempt number 0, without a delay', async () => {
				const attempts: number[] = [];
				const seen = watched(
					library.retry(
						signal,
						async (_signal, attempt, reset) => {
							attempts.push(attempt);
							if (attempts.length === 2) reset();
							if (attempts.length < 4) throw boom;
						},
						{baseMs: 100},
					),
				);
				await pass(100);
				expect(attempts).toEqual([0, 1, 0]);
				await pass(100);
				expect(attempts).toEqual([0, 1, 0, 1]);
				expect(seen.state).toBe('resolved');
			});
		});

		describe('proactiveRetry', () => {
			test('starts another call while one runs, and takes the first value', async () => {
				const signals: AbortSignal[] = [];
				const second = new Deferred<string>();
				const seen = watched(
					library.proactiveRetry<string>(
						signal,
						(inner, attempt) => {
							signals.push(inner);
							return attempt === 1 ? second.promise : library.forever(inner);
						},
						{baseMs: 100},
					),
				);
				await pass(99);
				expect(signals).toHaveLength(1);
				await pass(1);
				expect(signals).toHaveLength(2);
				await pass(200);
				expect(signals).toHaveLength(3);
				second.resolve('second');
				await flush();
				expect(seen).toEqual({state: 'resolved', value: 'second'});
				expect(signals.map(({aborted}) => aborted)).toEqual([true, true, true]);
				expect(jest.getTimerCount()).toBe(0);
			});

			test('maxAttempts calls at most; the last error counts', async () => {
				const fn = jest.fn((_inner: AbortSignal, attempt: number) =>
					Promise.reject(new Error(`failed ${attempt}`)),
				);
				const onError = jest.fn();
				const seen = watched(library.proactiveRetry(signal, fn, {baseMs: 100, maxAttempts: 2, onError}));
				await pass(100);
				expect(fn).toHaveBeenCalledTimes(2);
				expect(seen.reason).toMatchObject({message: 'failed 1'});
				expect(onError.mock.calls).toEqual([[expect.objectContaining({message: 'failed 0'}), 0]]);
			});

			test('onError ends it by throwing', async () => {
				const seen = watched(
					library.proactiveRetry(signal, () => Promise.reject(boom), {
						onError(error) {
							throw error;
						},
					}),
				);
				await flush();
				expect(seen).toEqual({state: 'rejected', reason: boom});
				expect(jest.getTimerCount()).toBe(0);
			});

			test('an abort ends it at once, and all calls', async () => {
				const inners: AbortSignal[] = [];
				const seen = watched(
					library.proactiveRetry(
						signal,
						(inner) => {
							inners.push(inner);
							return library.forever(inner);
						},
						{baseMs: 100},
					),
				);
				await pass(100);
				controller.abort();
				await flush();
				expect(seen).toEqual({state: 'rejected', reason: abortError});
				expect(inners.map(({aborted}) => aborted)).toEqual([true, true]);
				expect(jest.getTimerCount()).toBe(0);
			});
		});
	});

	describe('run', () => {
		test('stop() aborts and waits for the cleanup', async () => {
			const cleanup = new Deferred<void>();
			const log: string[] = [];
			const stop = library.run(async (inner) => {
				log.push('started');
				try {
					await library.forever(inner);
				} finally {
					await cleanup.promise;
					log.push('cleaned up');
				}
			});
			expect(log).toEqual(['started']);
			const stopped = watched(stop());
			await flush();
			expect(stopped.state).toBe('pending');
			cleanup.resolve();
			await flush();
			expect(stopped.state).toBe('resolved');
			expect(log).toEqual(['started', 'cleaned up']);
		});

		test('stop() tells of an error of the cleanup', async () => {
			const stop = library.run((inner) =>
				library.forever(inner).catch(() => {
					throw boom;
				}),
			);
			expect(await rejectionOf(stop())).toBe(boom);
		});
	});
});

describe('where we differ', () => {
	const {all, delay, execute, forever, proactiveRetry, race, retry, run, spawn, throwIfAborted} = pausable;

	const inUse: readonly (readonly [string, (signal: AbortSignal) => Promise<unknown>])[] = [
		['execute', (signal) => execute(signal, () => () => {})],
		['abortable', (signal) => pausable.abortable(signal, new Promise(() => {}))],
		['forever', forever],
		['waitForEvent', (signal) => pausable.waitForEvent(signal, new EventEmitter() as never, 'event')],
		['delay', (signal) => delay(signal, 1e6)],
		['all', (signal) => all(signal, (inner) => [forever(inner), forever(inner)])],
		['race', (signal) => race(signal, (inner) => [forever(inner), forever(inner)])],
		['retry', (signal) => retry(signal, forever)],
		['retry, between two attempts', (signal) => retry(signal, () => Promise.reject(boom), {baseMs: 1e6})],
		['proactiveRetry', (signal) => proactiveRetry(signal, forever, {baseMs: 1e6})],
		['spawn', (signal) => spawn(signal, forever)],
		['spawn, with a fork', (signal) => spawn(signal, (inner, {fork}) => fork(forever) && forever(inner))],
		['spawn, in a fork', (signal) => spawn(signal, (_inner, {fork}) => fork(forever).join())],
	];

	describe.each(inUse)('%s', (_name, start) => {
		test.each(reasons)('rejects with the very reason of the signal: %s', async (_kind, given) => {
			const controller = new PausableController();
			const promise = start(controller.signal);
			promise.catch(() => {});
			await flush();
			controller.abort(given);
			expect(await rejectionOf(promise)).toBe(controller.signal.reason);
		});

		test.each(reasons)('… also when it is aborted before: %s', async (_kind, given) => {
			const {signal} = abortedController(given);
			expect(await rejectionOf(start(signal))).toBe(signal.reason);
		});
	});

	function abortedController(given?: unknown): PausableController {
		const controller = new PausableController();
		controller.abort(given);
		return controller;
	}

	const {signal: idle} = new PausableController();

	test('throwIfAborted throws the very reason', () => {
		expect(() => throwIfAborted(abortedController(reason).signal)).toThrow(reason);
	});

	test.each(['all', 'race'] as const)(
		'%s: errors of others that are AbortErrors do not hide the reason',
		async (name) => {
			const controller = new PausableController();
			const promise = groups[name](controller.signal, (inner) => [
				forever(inner).catch(() => {
					throw new acx.AbortError();
				}),
			]);
			controller.abort(reason);
			expect(await rejectionOf(promise)).toBe(reason);
		},
	);

	test('race of nothing rejects', async () => {
		expect(await rejectionOf(race(idle, () => []))).toBeInstanceOf(RangeError);
	});

	test.each([1, 2, 3])('retry({maxAttempts: %d}) calls so often', async (maxAttempts) => {
		const fn = jest.fn(() => Promise.reject(boom));
		expect(await rejectionOf(retry(idle, fn, {maxAttempts, baseMs: 0}))).toBe(boom);
		expect(fn).toHaveBeenCalledTimes(maxAttempts);
	});

	test('retry under an aborted signal calls nothing', async () => {
		const fn = jest.fn(async () => 'value');
		expect(await rejectionOf(retry(abortedController(reason).signal, fn))).toBe(reason);
		expect(fn).not.toHaveBeenCalled();
	});

	test('retry waits for an async onError', async () => {
		const told = new Deferred<void>();
		const fn = jest.fn(() => Promise.reject(boom));
		const seen = watched(retry(idle, fn, {maxAttempts: 2, baseMs: 0, onError: () => told.promise}));
		await flush();
		expect(fn).toHaveBeenCalledTimes(1);
		told.resolve();
		await flush();
		expect(fn).toHaveBeenCalledTimes(2);
		expect(seen.state).toBe('rejected');
	});

	test('proactiveRetry: a synchronous throw is a failed attempt', async () => {
		const promise = proactiveRetry(
			idle,
			() => {
				throw boom;
			},
			{maxAttempts: 1},
		);
		expect(await rejectionOf(promise)).toBe(boom);
	});

	test('execute: an abort callback that throws rejects with its error', async () => {
		const controller = new PausableController();
		const promise = execute(controller.signal, () => () => {
			throw boom;
		});
		controller.abort();
		expect(await rejectionOf(promise)).toBe(boom);
	});

	test('execute: no callback is an error at once', async () => {
		expect(await rejectionOf(execute(idle, (() => {}) as never))).toBeInstanceOf(TypeError);
	});

	test.each(['all', 'race'] as const)('%s: an executor that throws aborts what it started', async (name) => {
		let inner: AbortSignal | undefined;
		const promise = groups[name](idle, (innerSignal) => {
			inner = innerSignal;
			throw boom;
		});
		expect(await rejectionOf(promise)).toBe(boom);
		expect(inner?.aborted).toBe(true);
	});

	test.each(['all', 'race'] as const)('%s takes values', async (name) => {
		const values = await groups[name](idle, () => ['value']);
		expect(values).toEqual(name === 'all' ? ['value'] : 'value');
	});

	test.each(['all', 'race'] as const)(
		'%s: the reason inside after a failure has it as its cause',
		async (name) => {
			let inner: AbortSignal | undefined;
			const promise = groups[name](idle, (innerSignal) => {
				inner = innerSignal;
				return [Promise.reject(boom)];
			});
			await rejectionOf(promise);
			expect(inner?.reason).toMatchObject({name: 'AbortError', cause: boom});
		},
	);

	test('spawn: the fork sees the reason of an abort', async () => {
		const controller = new PausableController();
		const seen: unknown[] = [];
		const promise = spawn(controller.signal, (inner, {fork}) => {
			fork(async (signal) => seen.push(await rejectionOf(forever(signal))));
			return forever(inner);
		});
		controller.abort(reason);
		expect(await rejectionOf(promise)).toBe(reason);
		expect(seen).toEqual([reason]);
	});

	test('spawn: fork().abort(reason) gives the fork that reason', async () => {
		const seen: unknown[] = [];
		await spawn(idle, (_inner, {fork}) => {
			fork(async (signal) => seen.push(await rejectionOf(forever(signal)))).abort(reason);
		});
		expect(seen).toEqual([reason]);
	});

	test('spawn: the first error counts, not that of a deferred function', async () => {
		const promise = spawn(idle, (_inner, {defer}) => {
			defer(() => {
				throw new Error('later');
			});
			throw boom;
		});
		expect(await rejectionOf(promise)).toBe(boom);
	});

	test('spawn: defer after the end throws', async () => {
		let late: ((fn: () => void) => void) | undefined;
		await spawn(idle, (_inner, {defer}) => {
			late = defer;
		});
		expect(() => late?.(() => {})).toThrow('spawn() has ended');
	});

	test('run: a failure before stop() is told by stop(), and is no unhandled rejection', async () => {
		const unhandled: unknown[] = [];
		const listener = (error: unknown): unknown => unhandled.push(error);
		process.on('unhandledRejection', listener);
		const stop = run(() => Promise.reject(boom));
		await new Promise((resolve) => setImmediate(resolve));
		process.off('unhandledRejection', listener);
		expect(unhandled).toEqual([]);
		expect(await rejectionOf(stop())).toBe(boom);
	});

	test('a custom reason is known by its signal', () => {
		const {signal} = abortedController(reason);
		expect([pausable.isAbortError(reason), pausable.isAbortOf(signal, reason)]).toEqual([false, true]);
	});

	test.each([-1, new Date(NaN)])('delay(%s) is an error', async (due) => {
		expect(await rejectionOf(delay(idle, due))).toBeInstanceOf(RangeError);
	});

	test('waitForEvent on what has no events is a TypeError', async () => {
		expect(await rejectionOf(pausable.waitForEvent(idle, {} as never, 'event'))).toBeInstanceOf(TypeError);
	});

	test('fifty waits on one plain signal: one listener', async () => {
		const controller = new AbortController();
		const waits = Array.from({length: 50}, () => rejectionOf(forever(controller.signal)));
		expect(listenersOn(controller.signal)).toBe(1);
		controller.abort(reason);
		expect(new Set(await Promise.all(waits))).toEqual(new Set([reason]));
		expect(listenersOn(controller.signal)).toBe(0);
	});

	test('inner signals are paused with the outer one', async () => {
		const controller = new PausableController();
		const inners: pausable.PausableSignal[] = [];
		const keep = (inner: pausable.PausableSignal): Promise<never> => {
			inners.push(inner);
			return forever(inner);
		};
		const {signal} = controller;
		const promises = [
			all(signal, (inner) => [keep(inner)]),
			race(signal, (inner) => [keep(inner)]),
			retry(signal, keep),
			proactiveRetry(signal, keep),
			spawn(signal, (inner, {fork}) => fork(keep) && keep(inner)),
		].map(rejectionOf);
		await flush();
		expect(inners.map(({paused}) => paused)).toEqual(inners.map(() => false));
		controller.pause();
		expect(inners.map(({paused}) => paused)).toEqual(inners.map(() => true));
		controller.abort(reason);
		expect(await Promise.all(promises)).toEqual(promises.map(() => reason));
		expect(inners).toHaveLength(6);
	});
});
