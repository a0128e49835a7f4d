// What a pause of a set does to slots, tasks and signals.
import {describe, expect, test} from '@jest/globals';
import type {QueueTaskContext} from 'pausable-signal/queue';
import {createQueue, Deferred, flush, leftOn, macrotask, nothing, parkOnce} from './kit.ts';

test.each(['pause', 'hold'] as const)(
	'%s() of a set in a pause of the queue gives the slots of its parked tasks to others at the resume',
	async (how) => {
		const log: string[] = [];
		const queue = createQueue({concurrency: 1});
		const set = queue.taskSet('set');
		const parked = set.add(parkOnce(log, 'parked'));
		void queue.add(() => log.push('other'));
		await queue.pause();
		const hold = set.hold('429');
		if (how === 'pause') {
			hold.release();
			void set.pause();
		}
		queue.resume();
		await macrotask();
		expect(log).toEqual(['other']);
		if (how === 'pause') set.resume();
		else hold.release();
		await parked;
	},
);

test('a second pause() with a time keeps the set paused, and its report tells what moves', async () => {
	const queue = createQueue();
	const set = queue.taskSet('set');
	const end = new Deferred<void>();
	const running = set.add(() => end.promise, {id: 'a'});
	void set.pause('429', {until: 60_000});
	const report = set.pause('429', {until: 120_000});
	expect([set.isPaused, set.holds.length]).toEqual([true, 1]);
	end.resolve();
	expect(await report).toEqual({parked: [], running: []});
	await running;
	set.resume();
});

// C1
test('a set without tasks follows no signal, whether it is held or aborted', () => {
	const queue = createQueue();
	const set = queue.taskSet('set');
	const before = leftOn(queue.signal);
	const hold = set.hold('429');
	expect([leftOn(set.signal), leftOn(queue.signal)]).toEqual([nothing, before]);
	hold.release();
	void set.pause();
	expect([leftOn(set.signal), leftOn(queue.signal)]).toEqual([nothing, before]);
	set.abort();
	expect([leftOn(set.signal), leftOn(queue.signal)]).toEqual([nothing, before]);
});

// D2
test('a clear() in a listener of an abort() fires the events of both once, at the end of the abort', async () => {
	const log: string[] = [];
	const queue = createQueue({concurrency: 2});
	const set = queue.taskSet('set');
	const addRunning = (aborted: () => void): void => {
		const run = ({signal}: QueueTaskContext): Promise<never> => {
			signal.addEventListener('abort', aborted);
			return new Promise(() => {});
		};
		set.add(run).catch(() => {});
	};
	addRunning(() => void log.push(`cleared ${queue.clear().length}`));
	addRunning(() => void log.push('aborted'));
	for (const _waiting of [1, 2]) queue.add(() => {}).catch(() => {});
	for (const type of ['next', 'empty', 'active'] as const) queue.addEventListener(type, () => log.push(type));
	set.abort();
	expect(log).toEqual(['cleared 2', 'aborted', 'empty', 'next']);
});

describe('a task that waits in a held set starts when the hold ends', () => {
	test.each([
		['while none runs', false],
		['while another moves', true],
	])('after another that waited there was aborted, %s', async (_when, hasMoving) => {
		const log: string[] = [];
		const end = new Deferred<void>();
		const queue = createQueue();
		const set = queue.taskSet('set');
		if (hasMoving) void set.add(() => end.promise);
		const hold = set.hold('429');
		const controller = new AbortController();
		set.add(() => log.push('aborted'), {signal: controller.signal}).catch(() => {});
		void set.add(() => log.push('starts'));
		controller.abort();
		await flush();
		hold.release();
		expect(log).toEqual(['starts']);
		end.resolve();
		await queue.onIdle();
	});
});
