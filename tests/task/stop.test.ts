// How a task ends: stop(), join() and result.
import {describe, expect, test} from '@jest/globals';
import {
	delay,
	forever,
	PausableController,
	StopTimeoutError,
	type Task,
	type TaskContext,
	type TaskState,
} from 'pausable-signal';
import {leftOn, nothing, reasons} from '../flow/kit.ts';
import {time, useVirtualTime} from '../support/virtual-time.ts';
import {Deferred, flush, start, watched} from './kit.ts';

useVirtualTime();

const cleanupFailed = new Error('cannot close');

/** A task that waits, and whose cleanup takes until it is told to end. */
function withCleanup(): {task: Task<unknown>; cleanup: Deferred<void>} {
	const cleanup = new Deferred<void>();
	const task = start(async ({signal}) => {
		try {
			await forever(signal);
		} finally {
			await cleanup.promise;
		}
	});
	return {task, cleanup};
}

describe('stop()', () => {
	test.each([false, true])(
		'resolves when the function has ended, cleanup included; paused: %s',
		async (isPaused) => {
			const {task, cleanup} = withCleanup();
			if (isPaused) await task.pause();
			const stopped = watched(task.stop('enough'));
			await flush();
			expect([stopped.state, task.state]).toEqual(['pending', 'stopping']);
			cleanup.resolve();
			await flush();
			expect([stopped, task.state]).toEqual([{state: 'resolved', value: undefined}, 'stopped']);
			await expect(task.result).rejects.toBe('enough');
		},
	);

	test('resolves for every caller, and the first reason counts', async () => {
		const {task, cleanup} = withCleanup();
		const stops = [watched(task.stop('first')), watched(task.stop('second'))];
		cleanup.resolve();
		await flush();
		expect(stops).toEqual([
			{state: 'resolved', value: undefined},
			{state: 'resolved', value: undefined},
		]);
		await expect(task.result).rejects.toBe('first');
	});

	test.each(reasons)('with %s: result rejects with the same reason', async (_kind, given) => {
		const task = start(({signal}) => forever(signal));
		await task.stop(given);
		const result = watched(task.result);
		await flush();
		expect(Object.is(result.reason, task.signal.reason)).toBe(true);
		if (given !== undefined) expect(Object.is(result.reason, given)).toBe(true);
	});

	test('rejects with the error of a cleanup that failed, for every caller', async () => {
		const {task, cleanup} = withCleanup();
		const stops = [watched(task.stop()), watched(task.stop())];
		cleanup.reject(cleanupFailed);
		await flush();
		const failed = {state: 'rejected', reason: cleanupFailed};
		expect([stops, task.state]).toEqual([[failed, failed], 'failed']);
		await expect(task.result).rejects.toBe(cleanupFailed);
	});

	test('of a task aborted from above rejects with the error of a failed cleanup, too', async () => {
		const outer = new PausableController();
		const cleanup = new Deferred<void>();
		const work = async ({signal}: TaskContext): Promise<void> => {
			try {
				await forever(signal);
			} finally {
				await cleanup.promise;
			}
		};
		const task = start(work, {signal: outer.signal});
		outer.abort('above');
		const stopped = watched(task.stop('too late'));
		cleanup.reject(cleanupFailed);
		await flush();
		expect(stopped).toEqual({state: 'rejected', reason: cleanupFailed});
	});

	test('works in a listener of the task’s end', async () => {
		const task = start(() => 'value');
		const stops: unknown[] = [];
		task.addEventListener('statechange', () => stops.push(watched(task.stop())));
		await task.result;
		await flush();
		expect(stops).toEqual([{state: 'resolved', value: undefined}]);
	});

	test('in the function itself, not awaited, is an end like any other', async () => {
		const task: Task<string> = start(async ({signal}) => {
			await Promise.resolve();
			void task.stop('done with it');
			return signal.aborted ? 'aborted' : 'not aborted';
		});
		expect(await task.result).toBe('aborted');
		expect(task.state).toBe('stopped');
	});
});

describe('grace', () => {
	const deaf = () => new Promise<never>(() => {});

	test('a function that ignores the abort makes stop() reject, and the error names the task', async () => {
		const task = start(deaf, {name: 'deaf'});
		const stopped = watched(task.stop('enough', {grace: 100}));
		await time.advance(99);
		expect(stopped.state).toBe('pending');
		await time.advance(1);
		expect(stopped.reason).toBeInstanceOf(StopTimeoutError);
		expect(stopped.reason).toMatchObject({
			name: 'StopTimeoutError',
			message: "Task 'deaf' has not stopped within 100 ms after it was aborted",
			task: 'deaf',
			grace: 100,
		});
		expect([task.state, task.isEnded]).toEqual(['stopping', false]);
	});

	test('its error has its name where native errors have theirs, so that it can be given another', () => {
		const own = Object.getOwnPropertyDescriptor(StopTimeoutError.prototype, 'name');
		const native = Object.getOwnPropertyDescriptor(RangeError.prototype, 'name');
		expect(own).toEqual({...native, value: 'StopTimeoutError'});
	});

	test('of the task counts if stop() has none of its own; a task without a name is unnamed', async () => {
		const task = start(deaf, {grace: 50});
		const stops = [
			watched(task.stop()),
			watched(task.stop('', {grace: 10})),
			watched(task.stop('', {grace: Infinity})),
		];
		await time.advance(50);
		expect(stops).toMatchObject([
			{reason: {task: 'unnamed', grace: 50}},
			{reason: {task: 'unnamed', grace: 10}},
			{state: 'pending'},
		]);
	});

	test('of 0 waits for one turn', async () => {
		const task = start(deaf);
		const stopped = watched(task.stop('', {grace: 0}));
		await time.advance(0);
		expect(stopped.reason).toBeInstanceOf(StopTimeoutError);
	});

	test('that suffices leaves no timer', async () => {
		const {task, cleanup} = withCleanup();
		const stopped = watched(task.stop('', {grace: 1000}));
		await flush();
		cleanup.resolve();
		await flush();
		expect(stopped.state).toBe('resolved');
		expect(time.pending).toBe(0);
	});

	test('that passed does not end the task: its end comes later, and another stop() waits for that', async () => {
		const {task, cleanup} = withCleanup();
		const first = watched(task.stop('enough', {grace: 10}));
		await time.advance(10);
		expect(first.state).toBe('rejected');
		const second = watched(task.stop());
		const joined = watched(task.join());
		cleanup.resolve();
		await flush();
		expect([second, joined]).toEqual([
			{state: 'resolved', value: undefined},
			{state: 'resolved', value: true},
		]);
		expect(task.state).toBe('stopped');
	});

	test('runs on during a pause', async () => {
		const {task} = withCleanup();
		await task.pause();
		const stopped = watched(task.stop('', {grace: 10}));
		await time.advance(10);
		expect(stopped.reason).toBeInstanceOf(StopTimeoutError);
	});
});

describe('join()', () => {
	test('resolves with true when the function has ended, with false when the time ran out', async () => {
		const {task, cleanup} = withCleanup();
		const joins = [
			watched(task.join()),
			watched(task.join({timeout: 10})),
			watched(task.join({timeout: 1000})),
		];
		await time.advance(10);
		expect(joins.map(({state, value}) => [state, value])).toEqual([
			['pending', undefined],
			['resolved', false],
			['pending', undefined],
		]);
		task.stop().catch(() => {});
		cleanup.reject(cleanupFailed);
		await flush();
		expect(joins.map(({value}) => value)).toEqual([true, false, true]);
		expect(time.pending).toBe(0);
	});

	test('does not ask for the end, and a pause does not stop its clock', async () => {
		const task = start(({signal}) => delay(signal, 100));
		void task.pause();
		const joined = watched(task.join({timeout: 200}));
		await time.advance(200);
		expect([joined.value, task.state]).toEqual([false, 'paused']);
	});
});

describe('result', () => {
	const ends: readonly (readonly [string, boolean, (signal: AbortSignal) => unknown, TaskState, object])[] = [
		['returns', false, () => 'value', 'completed', {state: 'resolved', value: 'value'}],
		['returns a promise', false, async () => 'value', 'completed', {state: 'resolved', value: 'value'}],
		['throws', false, fail, 'failed', {state: 'rejected', reason: cleanupFailed}],
		[
			'rejects with undefined',
			false,
			() => Promise.reject(undefined),
			'failed',
			{state: 'rejected', reason: undefined},
		],
		[
			"throws somebody else's abort",
			false,
			() => Promise.reject('of another'),
			'failed',
			{state: 'rejected', reason: 'of another'},
		],
		['returns after the abort', true, () => 'value', 'stopped', {state: 'resolved', value: 'value'}],
		[
			'throws the reason',
			true,
			(signal) => Promise.reject(signal.reason),
			'stopped',
			{state: 'rejected', reason: 'enough'},
		],
		[
			'throws an AbortError after the abort',
			true,
			() => Promise.reject(new DOMException('aborted', 'AbortError')),
			'stopped',
			{state: 'rejected', reason: 'enough'},
		],
		[
			'throws something else after the abort',
			true,
			fail,
			'failed',
			{state: 'rejected', reason: cleanupFailed},
		],
	];

	test.each(ends)('a function that %s (stopped: %s)', async (_how, isStopped, end, state, outcome) => {
		const outer = new PausableController();
		const order = new Deferred<void>();
		const task = start<unknown>(async ({signal}) => order.promise.then(() => end(signal)), {
			signal: outer.signal,
		});
		const result = watched(task.result);
		if (isStopped) task.stop('enough').catch(() => {});
		order.resolve();
		await flush();
		expect([result, task.state]).toEqual([outcome, state]);
		expect(leftOn(outer.signal)).toEqual(nothing);
	});

	test('settles after the event of the end', async () => {
		const log: string[] = [];
		const task = start(() => 'value');
		task.addEventListener('statechange', () => log.push(task.state));
		void task.join().then(() => log.push('joined'));
		await task.result.then(() => log.push('result'));
		await flush();
		expect(log[0]).toBe('completed');
		expect(log.toSorted()).toEqual(['completed', 'joined', 'result']);
	});
});

describe('await using', () => {
	test('stops the task at the end of the block, and waits for its cleanup', async () => {
		const log: string[] = [];
		{
			await using task = start(({signal}) => forever(signal).finally(() => log.push('cleaned up')));
			log.push(task.state);
		}
		log.push('after');
		expect(log).toEqual(['running', 'cleaned up', 'after']);
	});

	test('leaves an ended task alone, and rejects if a cleanup fails', async () => {
		await using done = start(() => 'value');
		await done.result;
		const block = async (): Promise<void> => {
			await using _task = start(({signal}) => forever(signal).catch(fail));
		};
		await expect(block()).rejects.toBe(cleanupFailed);
	});
});

function fail(): never {
	throw cleanupFailed;
}
