// How a task begins: at once, on resume, or never.
import {describe, expect, jest, test} from '@jest/globals';
import {PausableController, Task, type TaskContext} from 'pausable-signal';
import {leftOn, nothing, reasons, thenable} from '../flow/kit.ts';
import {flush, start, statesOf, watched} from './kit.ts';

describe('the function', () => {
	test('is called at once, with a signal, a way to report and the name', async () => {
		const fn = jest.fn((_context: TaskContext) => 'value');
		const task = start(fn, {name: 'crawl'});
		expect(fn).toHaveBeenCalledTimes(1);
		expect(fn).toHaveBeenCalledWith({signal: task.signal, name: 'crawl', report: expect.any(Function)});
		expect([task.name, task.signal.name, task.state]).toEqual(['crawl', 'crawl', 'running']);
		expect(await task.result).toBe('value');
	});

	test('may throw at once, which rejects result', async () => {
		const task = start(() => {
			throw new Error('at once');
		});
		await expect(task.result).rejects.toThrow('at once');
		expect(task.state).toBe('failed');
	});

	test('may return any thenable', async () => {
		const task = start(() => thenable<string>((resolve) => resolve('value')));
		expect(await task.result).toBe('value');
	});
});

describe('under a signal that is paused', () => {
	test('it is called on resume, once; until then the task is paused', async () => {
		const outer = new PausableController();
		outer.pause();
		const fn = jest.fn(() => 'value');
		const task = start(fn, {signal: outer.signal});
		expect(task.state).toBe('pausing');
		const states = statesOf(task);
		await flush();
		expect([fn.mock.calls.length, states]).toEqual([0, ['paused']]);
		outer.resume();
		expect(await task.result).toBe('value');
		expect(fn).toHaveBeenCalledTimes(1);
		expect(states).toEqual(['paused', 'running', 'completed']);
	});

	test('it is not called by a resume and a pause in one tick', async () => {
		const outer = new PausableController();
		outer.pause();
		const fn = jest.fn();
		const task = start(fn, {signal: outer.signal});
		await flush();
		outer.resume();
		outer.pause();
		await flush();
		expect([fn.mock.calls.length, task.state]).toEqual([0, 'paused']);
	});

	test('it is never called if the signal aborts first', async () => {
		const outer = new PausableController();
		outer.pause();
		const fn = jest.fn();
		const task = start(fn, {signal: outer.signal});
		outer.abort('enough');
		await expect(task.result).rejects.toBe('enough');
		expect([fn.mock.calls.length, task.state]).toEqual([0, 'stopped']);
		expect(leftOn(outer.signal)).toEqual(nothing);
	});
});

describe.each([
	['pausable', new PausableController()],
	['plain', new AbortController()],
])('under a %s signal that is aborted', (_kind, outer) => {
	outer.abort('enough');

	test('it is never called, and the task is stopped', async () => {
		const fn = jest.fn();
		const task = start(fn, {signal: outer.signal});
		expect(task.state).toBe('stopping');
		const states = statesOf(task);
		await expect(task.result).rejects.toBe('enough');
		expect([fn.mock.calls.length, states]).toEqual([0, ['stopped']]);
	});

	test('nobody needs to handle the result', async () => {
		start(() => 'value', {signal: outer.signal});
		await flush();
	});
});

test.each(reasons)(
	'under a signal aborted with %s, result rejects with the very reason',
	async (_kind, given) => {
		const outer = new PausableController();
		outer.abort(given);
		const result = watched(start(() => 'value', {signal: outer.signal}).result);
		await flush();
		expect(Object.is(result.reason, outer.signal.reason)).toBe(true);
	},
);

test('under several signals: aborted by any, paused while one of them is', async () => {
	const [first, second] = [new PausableController(), new AbortController()];
	const task = start(({signal}) => signal.checkpoint().then(() => new Promise(() => {})), {
		signal: [first.signal, second.signal],
	});
	first.pause();
	expect(task.state).toBe('pausing');
	first.resume();
	second.abort('second');
	expect([task.state, task.signal.reason]).toEqual(['stopping', 'second']);
});

describe('bad input throws at once, with an error that names the option', () => {
	const fn = (): void => {};
	test.each<[string, () => unknown, string, string]>([
		['no function', () => Task.start('x' as never), 'TypeError', "fn: expected a function, got 'x' (string)"],
		[
			'options',
			() => Task.start(fn, 5 as never),
			'TypeError',
			'options: expected an object such as {signal}, got 5 (number)',
		],
		['signal', () => Task.start(fn, {signal: {} as never}), 'TypeError', 'signal: expected an AbortSignal'],
		[
			'name',
			() => Task.start(fn, {name: 5 as never}),
			'TypeError',
			'name: expected a string, got 5 (number)',
		],
		[
			'keepAlive',
			() => Task.start(fn, {keepAlive: 1 as never}),
			'TypeError',
			'keepAlive: expected a boolean, got 1',
		],
		[
			'grace',
			() => Task.start(fn, {grace: -1}),
			'RangeError',
			'grace: expected a number of milliseconds, 0 or more',
		],
	])('%s', (_what, call, name, message) => {
		expect(call).toThrow(expect.objectContaining({name, message: expect.stringContaining(message)}));
	});

	test('in the verbs it rejects, and changes nothing', async () => {
		const task = start(({signal}) => signal.checkpoint().then(() => new Promise(() => {})));
		const calls = [
			task.pause('', {timeout: -1}),
			task.pause('', 5 as never),
			task.join({timeout: '5' as never}),
			task.stop('', {grace: NaN}),
			task.stop('', 5 as never),
		];
		const outcomes = await Promise.allSettled(calls);
		expect(outcomes.map((outcome) => String((outcome as PromiseRejectedResult).reason))).toEqual([
			'RangeError: timeout: expected a number of milliseconds, 0 or more, got -1 (number)',
			'TypeError: options: expected an object such as {timeout}, got 5 (number)',
			"TypeError: timeout: expected a number of milliseconds, 0 or more, got '5' (string)",
			'RangeError: grace: expected a number of milliseconds, 0 or more, got NaN (number)',
			'TypeError: options: expected an object such as {grace}, got 5 (number)',
		]);
		expect([task.state, task.signal.aborted]).toEqual(['running', false]);
	});
});

// Every microtask between the resume and the call of the function, and some more.
test.each([0, 1, 2, 3, 4, 5, 6])(
	'started paused, resumed, aborted %i microtasks later: the function never sees an aborted signal',
	async (microtasks) => {
		const parent = new PausableController();
		parent.pause();
		const seen: boolean[] = [];
		const task = start(({signal}) => seen.push(signal.aborted), {signal: parent.signal});
		await Promise.resolve();
		parent.resume();
		for (let turn = 0; turn < microtasks; turn++) await Promise.resolve();
		parent.abort();
		await task.join();
		expect(seen).not.toContain(true);
		if (seen.length === 0) expect(task.state).toBe('stopped');
	},
);
