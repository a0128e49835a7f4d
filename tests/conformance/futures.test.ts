// The truth table of CPython's concurrent.futures: Lib/test/test_concurrent_futures/test_future.py and util.py (as read
// at 028c70d and 0529f16), for a Task. Its states are a future's:
//
//	PENDING                 not called yet, as it stands under a signal that is paused
//	RUNNING                 running, pausing, paused, stopping
//	CANCELLED (_NOTIFIED)   stopped
//	FINISHED                completed (a result) or failed (an exception)
//
// cancel() is stop(), which can do more: a running task is asked to end. A timeout is one of join(). result() and
// exception() are the promise `result`.
import {afterEach, describe, expect, test} from '@jest/globals';
import {execFileSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {PausableController, type PausableSignal, Task, type TaskState} from 'pausable-signal';
import {Deferred, flush, rejectionOf, watched} from './kit.ts';

class OSError extends Error {}

/** A task whose function answers when it is told to, and ends at an abort. */
interface Future {
	readonly task: Task<number>;
	readonly answer: Deferred<number>;
	/** How often the function was called. */
	readonly calls: () => number;
	/** Lets a pending one begin. */
	readonly begin: () => void;
}

const tasks = new Set<Task<number>>();

// A paused task keeps its process alive, and a test that failed leaves it paused.
afterEach(() => {
	for (const task of tasks) task.stop('the test is over').catch(() => {});
	tasks.clear();
});

function createFuture(isPending = false): Future {
	const controller = new PausableController();
	if (isPending) controller.pause('not yet');
	const answer = new Deferred<number>();
	let calls = 0;
	const run = ({signal}: {signal: PausableSignal}): Promise<number> => {
		calls++;
		signal.addEventListener('abort', () => answer.reject(signal.reason));
		return answer.promise;
	};
	const task = Task.start(run, {signal: controller.signal});
	tasks.add(task);
	task.result.catch(() => {});
	return {task, answer, calls: () => calls, begin: () => void controller.resume()};
}

const cause = new OSError('disk full');

const makers: Readonly<Record<string, () => Promise<Future>>> = {
	async PENDING() {
		const future = createFuture(true);
		await flush();
		return future;
	},
	async RUNNING() {
		const future = createFuture();
		await flush();
		return future;
	},
	async 'CANCELLED before it began'() {
		const future = createFuture(true);
		await future.task.stop('cancelled');
		return future;
	},
	async 'CANCELLED while it ran'() {
		const future = createFuture();
		await future.task.stop('cancelled');
		return future;
	},
	async EXCEPTION() {
		const future = createFuture();
		future.answer.reject(cause);
		await flush();
		return future;
	},
	async SUCCESSFUL() {
		const future = createFuture();
		future.answer.resolve(42);
		await flush();
		return future;
	},
};

interface Row {
	readonly state: TaskState;
	readonly running: boolean;
	readonly cancelled: boolean;
	readonly done: boolean;
	readonly result: object;
	/** After stop(). */
	readonly stopped: TaskState;
}

const pending = {state: 'pending'};
const cancelled = {state: 'rejected', reason: 'cancelled'};

const table: readonly (readonly [string, Row])[] = [
	[
		'PENDING',
		{
			state: 'paused',
			running: false,
			cancelled: false,
			done: false,
			result: pending,
			stopped: 'stopped',
		},
	],
	[
		'RUNNING',
		{
			state: 'running',
			running: true,
			cancelled: false,
			done: false,
			result: pending,
			stopped: 'stopped',
		},
	],
	[
		'CANCELLED before it began',
		{
			state: 'stopped',
			running: false,
			cancelled: true,
			done: true,
			result: cancelled,
			stopped: 'stopped',
		},
	],
	[
		'CANCELLED while it ran',
		{
			state: 'stopped',
			running: false,
			cancelled: true,
			done: true,
			result: cancelled,
			stopped: 'stopped',
		},
	],
	[
		'EXCEPTION',
		{
			state: 'failed',
			running: false,
			cancelled: false,
			done: true,
			result: {state: 'rejected', reason: cause},
			stopped: 'failed',
		},
	],
	[
		'SUCCESSFUL',
		{
			state: 'completed',
			running: false,
			cancelled: false,
			done: true,
			result: {state: 'resolved', value: 42},
			stopped: 'completed',
		},
	],
];

describe.each(table)('%s', (name, row) => {
	const make = makers[name] as () => Promise<Future>;

	test(`is ${row.state}`, async () => {
		expect((await make()).task.state).toBe(row.state);
	});

	test(`test_running: ${row.running}`, async () => {
		expect((await make()).task.state === 'running').toBe(row.running);
	});

	test(`test_cancelled: ${row.cancelled}`, async () => {
		expect((await make()).task.state === 'stopped').toBe(row.cancelled);
	});

	test(`test_done: ${row.done}`, async () => {
		expect((await make()).task.isEnded).toBe(row.done);
	});

	test(`test_result_with_timeout: join({timeout: 0}) is ${row.done}`, async () => {
		const {task} = await make();
		await expect(task.join({timeout: 0})).resolves.toBe(row.done);
	});

	test('test_result_with_timeout, test_exception_with_timeout: what result is then', async () => {
		const result = watched((await make()).task.result);
		await flush();
		expect(result).toEqual(row.result);
	});

	test(`test_cancel: it is ${row.stopped} afterwards`, async () => {
		const {task} = await make();
		await expect(task.stop('cancelled')).resolves.toBe(undefined);
		expect(task.state).toBe(row.stopped);
	});

	test('test_cancel: a second one changes nothing', async () => {
		const {task} = await make();
		await task.stop('cancelled');
		await expect(task.stop('again')).resolves.toBe(undefined);
		expect(task.state).toBe(row.stopped);
		const result = watched(task.result);
		await flush();
		expect(result).toEqual(row.done ? row.result : cancelled);
	});
});

test.each(table.filter(([, {done}]) => done))(
	'a pause changes nothing of what is done: %s',
	async (name, {state}) => {
		const {task} = await (makers[name] as () => Promise<Future>)();
		await expect(task.pause()).resolves.toBe(true);
		expect([task.resume(), task.state]).toEqual([false, state]);
	},
);

describe('test_cancel', () => {
	test('what was cancelled before it began is never called', async () => {
		const {task, calls, begin} = createFuture(true);
		await task.stop();
		begin();
		await flush();
		expect(calls()).toBe(0);
	});

	test('what began after all is called once', async () => {
		const {task, answer, calls, begin} = createFuture(true);
		await flush();
		expect(calls()).toBe(0);
		begin();
		await flush();
		answer.resolve(42);
		await expect(task.result).resolves.toBe(42);
		expect([calls(), task.state]).toEqual([1, 'completed']);
	});

	test('what runs is asked to end, and is stopped only when it has', async () => {
		const cleanup = new Deferred<void>();
		const task = Task.start(async ({signal}) => {
			await new Promise((resolve) => signal.addEventListener('abort', resolve));
			await cleanup.promise;
			throw signal.reason;
		});
		const stop = watched(task.stop('cancelled'));
		await flush();
		expect([task.state, task.isEnded, stop.state]).toEqual(['stopping', false, 'pending']);
		cleanup.resolve();
		await flush();
		expect([task.state, task.isEnded, stop.state]).toEqual(['stopped', true, 'resolved']);
		expect(await rejectionOf(task.result)).toBe('cancelled');
	});

	test('the first reason counts', async () => {
		const {task} = createFuture();
		await Promise.all([task.stop('first'), task.stop('second')]);
		expect(await rejectionOf(task.result)).toBe('first');
	});

	test('without a reason it is an AbortError, as CancelledError is one of its own', async () => {
		const {task} = createFuture();
		await task.stop();
		expect(await rejectionOf(task.result)).toMatchObject({name: 'AbortError', code: 20});
	});
});

describe('waiting for the end', () => {
	test('test_result_with_success: who waits is told', async () => {
		const {task, answer} = createFuture();
		const waits = [task.result, task.join()].map((wait) => watched<unknown>(wait));
		await flush();
		expect(waits).toEqual([pending, pending]);
		answer.resolve(42);
		await flush();
		expect(waits).toEqual([
			{state: 'resolved', value: 42},
			{state: 'resolved', value: true},
		]);
	});

	test('test_result_with_cancel: who waits is told', async () => {
		const {task} = createFuture();
		const waits = [task.result, task.join()].map((wait) => watched<unknown>(wait));
		await flush();
		await task.stop('cancelled');
		await flush();
		expect(waits).toEqual([cancelled, {state: 'resolved', value: true}]);
	});

	test('test_exception_with_success: who waits is told', async () => {
		const {task, answer} = createFuture();
		const waits = [task.result, task.join()].map((wait) => watched<unknown>(wait));
		await flush();
		answer.reject(cause);
		await flush();
		expect(waits).toEqual([
			{state: 'rejected', reason: cause},
			{state: 'resolved', value: true},
		]);
	});

	test('a timeout does not end the task', async () => {
		const {task, answer} = createFuture();
		await expect(task.join({timeout: 1})).resolves.toBe(false);
		answer.resolve(42);
		await expect(task.result).resolves.toBe(42);
	});
});

describe('add_done_callback: a listener for statechange', () => {
	/** The states that a task tells of; the last one is the end. */
	function statesOf(task: Task<number>): TaskState[] {
		const states: TaskState[] = [];
		task.addEventListener('statechange', () => states.push(task.state));
		return states;
	}

	test('test_done_callback_with_result', async () => {
		const {task, answer} = createFuture();
		const states = statesOf(task);
		answer.resolve(5);
		await flush();
		expect(states).toEqual(['completed']);
	});

	test('test_done_callback_with_exception', async () => {
		const {task, answer} = createFuture();
		const states = statesOf(task);
		answer.reject(cause);
		await flush();
		expect(states).toEqual(['failed']);
	});

	test('test_done_callback_with_cancel', async () => {
		const {task} = createFuture();
		const states = statesOf(task);
		await task.stop();
		expect(states).toEqual(['stopping', 'stopped']);
	});

	test.each(['SUCCESSFUL', 'EXCEPTION', 'CANCELLED while it ran'])(
		'test_done_callback_already_…: who comes after the end asks the promise: %s',
		async (name) => {
			const {task} = await (makers[name] as () => Promise<Future>)();
			const states = statesOf(task);
			let calls = 0;
			const count = (): unknown => calls++;
			task.result.then(count, count);
			await flush();
			expect([states, calls]).toEqual([[], 1]);
		},
	);

	test('test_done_callback_raises: the others are called, the task goes on, and it is reported', () => {
		const fixture = fileURLToPath(new URL('fixtures/raising-callback.ts', import.meta.url));
		const output = execFileSync(process.execPath, ['--import', 'tsx', fixture], {encoding: 'utf8'});
		expect(JSON.parse(output)).toEqual({log: ['raising', 'other'], reported: ['doh!'], result: 5});
	});
});

describe('test_multiple_set_result: a task ends once', () => {
	test('what settles first counts', async () => {
		const {task, answer} = createFuture();
		answer.resolve(1);
		answer.resolve(2);
		answer.reject(cause);
		await expect(task.result).resolves.toBe(1);
		expect(task.state).toBe('completed');
	});

	test('an abort after the end is too late', async () => {
		const parent = new PausableController();
		const task = Task.start(() => 1, {signal: parent.signal});
		await task.join();
		parent.abort('too late');
		await expect(task.result).resolves.toBe(1);
		expect(task.state).toBe('completed');
	});
});

describe('test_get_snapshot: what belongs together changes together', () => {
	test.each([
		['completed', 'resolve', 42],
		['failed', 'reject', cause],
	] as const)('whoever hears of the end finds it %s', async (state, verb, value) => {
		const {task, answer} = createFuture();
		const seen: unknown[] = [];
		task.addEventListener('statechange', () => seen.push(['event', task.state, task.isEnded]));
		const look = (settled: unknown): unknown => seen.push(['result', task.state, task.isEnded, settled]);
		task.result.then(look, look);
		void task.join().then((isEnded) => seen.push(['join', task.state, isEnded]));
		answer[verb](value as never);
		await flush();
		expect(new Set(seen)).toEqual(
			new Set([
				['event', state, true],
				['result', state, true, value],
				['join', state, true],
			]),
		);
	});
});
