// What pause() answers, and when.
import {describe, expect, test} from '@jest/globals';
import {forever, PausableController, type Task, type TaskState} from 'pausable-signal';
import {time, useVirtualTime} from '../support/virtual-time.ts';
import {Deferred, flush, start, statesOf, watched} from './kit.ts';

/** A task that works until it is told to come to a checkpoint, again and again. */
function stepwise(): {task: Task<never>; finishWork: () => void} {
	let work = new Deferred<void>();
	const task = start<never>(async ({signal}) => {
		for (;;) {
			await work.promise;
			work = new Deferred();
			await signal.checkpoint();
		}
	});
	return {task, finishWork: () => work.resolve()};
}

describe('each request has its own answer', () => {
	test('true for all calls before it stood still, and for a call then', async () => {
		const {task, finishWork} = stepwise();
		const answers = [watched(task.pause('one')), watched(task.pause('two'))];
		await flush();
		expect(answers).toEqual([{state: 'pending'}, {state: 'pending'}]);
		finishWork();
		await flush();
		answers.push(watched(task.pause()));
		await flush();
		expect(answers.map(({value}) => value)).toEqual([true, true, true]);
		expect(task.signal.pauseReason).toBe('one');
	});

	test('a second pause after a resume is not satisfied by the first one', async () => {
		const {task, finishWork} = stepwise();
		const first = watched(task.pause());
		task.resume();
		const second = watched(task.pause());
		await flush();
		expect([first, second]).toEqual([{state: 'resolved', value: false}, {state: 'pending'}]);
		finishWork();
		await flush();
		expect(second).toEqual({state: 'resolved', value: true});
	});

	test('nor is it by a standstill from before the resume', async () => {
		const {task, finishWork} = stepwise();
		finishWork();
		expect(await task.pause()).toBe(true);
		task.resume();
		await flush();
		const second = watched(task.pause());
		await flush();
		expect([second.state, task.state]).toEqual(['pending', 'pausing']);
		finishWork();
		await flush();
		expect(second.value).toBe(true);
	});

	test('a resume and a pause in one tick leave it where it stands: true again', async () => {
		const {task, finishWork} = stepwise();
		finishWork();
		await task.pause();
		const states = statesOf(task);
		task.resume();
		expect(await task.pause()).toBe(true);
		expect(states).toEqual(['running', 'pausing', 'paused']);
	});

	test('false only when nothing keeps it paused: not by a resume() under a hold', async () => {
		const {task, finishWork} = stepwise();
		const hold = task.hold('held');
		const answer = watched(task.pause());
		task.resume();
		await flush();
		expect(answer.state).toBe('pending');
		finishWork();
		await flush();
		expect(answer.value).toBe(true);
		hold.release();
	});

	test('false when the hold that kept it paused ended as well', async () => {
		const {task} = stepwise();
		const hold = task.hold('held');
		const answer = watched(task.pause());
		task.resume();
		hold.release();
		await flush();
		expect(answer).toEqual({state: 'resolved', value: false});
	});
});

describe('timeout', () => {
	useVirtualTime();

	test('resolves with false when it passes first; the task still pauses', async () => {
		const {task, finishWork} = stepwise();
		const answers = [watched(task.pause('', {timeout: 10})), watched(task.pause('', {timeout: 1000}))];
		await time.advance(10);
		expect([answers.map(({value}) => value), task.state]).toEqual([[false, undefined], 'pausing']);
		finishWork();
		await flush();
		expect([answers.map(({value}) => value), task.state]).toEqual([[false, true], 'paused']);
		expect(time.pending).toBe(0);
	});

	test.each([
		['a resume', (task: Task<never>) => task.resume(), false],
		['the end', (task: Task<never>, finishWork: () => void) => (void task.stop(), finishWork()), true],
	] as const)('%s leaves no timer', async (_what, act, value) => {
		const {task, finishWork} = stepwise();
		const answer = watched(task.pause('', {timeout: 10}));
		act(task, finishWork);
		await flush();
		expect(answer).toEqual({state: 'resolved', value});
		expect(time.pending).toBe(0);
	});
});

// task.ts, invariant 3
describe('the end answers', () => {
	test.each([
		['a return', () => 'value'],
		['a failure', () => Promise.reject(new Error('it failed'))],
	])('%s: true, as nothing moves any more', async (_how, end) => {
		const order = new Deferred<void>();
		const task = start<unknown>(() => order.promise.then(end));
		task.result.catch(() => {});
		const answer = watched(task.pause());
		order.resolve();
		await flush();
		expect(answer).toEqual({state: 'resolved', value: true});
		expect(await task.pause()).toBe(true);
	});
});

test('a pause above is one as well', async () => {
	const outer = new PausableController();
	const task = start(({signal}) => forever(signal), {signal: outer.signal});
	outer.pause();
	expect(await task.pause()).toBe(true);
	task.resume();
	expect([task.state, task.signal.paused]).toEqual(['paused', true]);
});

test('pause() of a task that has ended pauses nothing', async () => {
	const task = start(() => 1);
	await task.result;
	expect(await task.pause('too late')).toBe(true);
	expect([task.signal.paused, task.signal.holds]).toEqual([false, []]);
});

describe("in a listener of the parent's abort", () => {
	test('the task is stopping, although the listener was there before the task', () => {
		const parent = new PausableController();
		const seen: TaskState[] = [];
		parent.signal.addEventListener('abort', () => seen.push(task.state));
		const task = start(({signal}) => forever(signal), {signal: parent.signal});
		parent.abort();
		expect(seen).toEqual(['stopping']);
	});

	test('pause() of a paused task is answered when the task has ended', async () => {
		const parent = new PausableController();
		const cleanup = new Deferred<void>();
		const task = start(
			async ({signal}) => {
				try {
					await forever(signal);
				} finally {
					await cleanup.promise;
				}
			},
			{signal: parent.signal},
		);
		await task.pause();
		let answer: ReturnType<typeof watched> | undefined;
		parent.signal.addEventListener('abort', () => {
			answer = watched(task.pause());
		});
		parent.abort();
		await flush();
		expect(answer).toEqual({state: 'pending'});
		cleanup.resolve();
		await flush();
		expect([answer, task.state]).toEqual([{state: 'resolved', value: true}, 'stopped']);
	});
});
