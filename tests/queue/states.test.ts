// The events `statechange`, `progress`, `idle` and `empty`, and the states themselves.
import {describe, expect, test} from '@jest/globals';
import type {PausableQueue, TaskSet} from 'pausable-signal/queue';
import {createQueue, Deferred, flush, macrotask} from './kit.ts';

function statesOf(group: PausableQueue | TaskSet): string[] {
	const states: string[] = [];
	group.addEventListener('statechange', () => states.push(group.state));
	return states;
}

describe('statechange', () => {
	test('fires on a set for every pause of the queue, and not only for the first', async () => {
		const queue = createQueue();
		const states = statesOf(queue.taskSet('set'));
		for (const change of ['pause', 'resume', 'pause', 'resume'] as const) {
			void queue[change]();
			await flush();
		}
		expect(states).toEqual(['paused', 'running', 'paused', 'running']);
	});

	test('still fires on a set after its abort', async () => {
		const queue = createQueue();
		const set = queue.taskSet('set');
		const states = statesOf(set);
		set.abort();
		void queue.pause();
		await flush();
		expect(states).toEqual(['paused']);
	});

	test('does not fire for the state in which its first listener found the queue', async () => {
		const queue = createQueue({autoStart: false});
		queue.addEventListener('progress', () => {});
		queue.add(() => 1).catch(() => {});
		await flush();
		const states = statesOf(queue);
		queue.add(() => 2).catch(() => {});
		await flush();
		expect(states).toEqual([]);
		queue.resume();
		await flush();
		expect(states).toEqual(['running']);
	});

	test('still fires on a set after listeners of other events came and went', async () => {
		const queue = createQueue();
		const set = queue.taskSet('set');
		const states = statesOf(set);
		const listener = (): void => {};
		set.addEventListener('progress', listener);
		set.removeEventListener('progress', listener);
		void queue.pause();
		await flush();
		expect(states).toEqual(['paused']);
	});

	test.each(['stop', 'shutdown'] as const)('fires at the end of %s()', async (how) => {
		const queue = createQueue();
		const states = statesOf(queue);
		const end = new Deferred<void>();
		queue.add(() => end.promise).catch(() => {});
		const ended = queue[how]();
		await flush();
		end.resolve();
		await ended;
		await flush();
		expect(states).toEqual(['stopping', 'stopped']);
	});
});

test('progress fires for added tasks that wait', async () => {
	const queue = createQueue({autoStart: false});
	const seen: number[] = [];
	queue.addEventListener('progress', () => seen.push(queue.progress.waiting));
	await flush();
	seen.length = 0;
	void queue.add(() => 1);
	void queue.add(() => 2);
	await flush();
	expect(seen).toEqual([2]);
	queue.start();
});

test('idle and empty fire after the abort of the last task that waits in a held set', async () => {
	const log: string[] = [];
	const queue = createQueue();
	for (const type of ['empty', 'idle'] as const) queue.addEventListener(type, () => log.push(type));
	const set = queue.taskSet('set');
	set.hold('back-off');
	const controller = new AbortController();
	set.add(() => 1, {signal: controller.signal}).catch(() => {});
	controller.abort();
	await macrotask();
	expect(log).toEqual(['empty', 'idle']);
});
