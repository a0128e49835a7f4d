// `stuck`: a task that has been aborted, and does not end.
import {subscribe, unsubscribe} from 'node:diagnostics_channel';
import {afterEach, beforeEach, describe, expect, jest, test} from '@jest/globals';
import type {PausableQueueOptions, StuckTask} from 'pausable-signal/queue';
import {createQueue, Deferred, flush} from './kit.ts';

/** A queue, and the `stuck` events that it has fired. */
function watchedQueue(options: PausableQueueOptions) {
	const queue = createQueue(options);
	const seen: StuckTask[] = [];
	queue.addEventListener('stuck', ({detail}) => void seen.push(detail));
	return {queue, seen};
}

describe('a task that does not end after its abort', () => {
	beforeEach(() => void jest.useFakeTimers());
	afterEach(() => void jest.useRealTimers());

	test('is reported once, `stuckAfter` milliseconds later, with its id, its sets and the place of its add()', async () => {
		const {queue, seen} = watchedQueue({stuckAfter: 100});
		const set = queue.taskSet('outer').taskSet('inner');
		const end = new Deferred<void>();
		function addHere(): void {
			set.add(() => end.promise, {id: 'a'}).catch(() => {});
		}
		addHere();
		await flush();
		set.abort();
		jest.advanceTimersByTime(99);
		expect(seen).toEqual([]);
		jest.advanceTimersByTime(1);
		expect(seen).toEqual([
			{id: 'a', set: 'outer/inner', origin: expect.stringMatching(/^Error: added here\n[^]*addHere/)},
		]);
		jest.advanceTimersByTime(1000);
		end.resolve();
		await flush();
		expect([seen.length, queue.pending, jest.getTimerCount()]).toEqual([1, 0, 0]);
	});

	test('is published on its diagnostics channel', async () => {
		const messages: unknown[] = [];
		const hear = (message: unknown): void => void messages.push(message);
		subscribe('pausable-signal:task:stuck', hear);
		try {
			const queue = createQueue({stuckAfter: 100, name: 'pages'});
			queue
				.taskSet('set')
				.add(() => new Promise(() => {}), {id: 'a'})
				.catch(() => {});
			await flush();
			queue.taskSet('set').abort();
			jest.advanceTimersByTime(100);
		} finally {
			unsubscribe('pausable-signal:task:stuck', hear);
		}
		expect(messages).toStrictEqual([{queue: 'pages', id: 'a', set: 'set'}]);
	});

	test('is not reported if it ends in time, and leaves no timer then', async () => {
		const {queue, seen} = watchedQueue({stuckAfter: 100});
		const ends = [new Deferred<void>(), new Deferred<void>()];
		for (const end of ends) queue.add(() => end.promise).catch(() => {});
		await flush();
		queue.stop().catch(() => {});
		expect(jest.getTimerCount()).toBe(2);
		ends[0]?.resolve();
		await flush();
		expect(jest.getTimerCount()).toBe(1);
		jest.advanceTimersByTime(100);
		expect(seen.map(({id}) => id)).toEqual(['2']);
	});

	test('is not reported without `stuckAfter`, and there is no timer', async () => {
		const {queue, seen} = watchedQueue({});
		queue.add(() => new Promise(() => {})).catch(() => {});
		await flush();
		queue.stop().catch(() => {});
		expect(jest.getTimerCount()).toBe(0);
		jest.advanceTimersByTime(2 ** 32);
		expect(seen).toEqual([]);
	});
});

test('a wait for a stuck task does not keep the process alive', async () => {
	const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
	const queue = createQueue({stuckAfter: 60_000});
	const end = new Deferred<void>();
	queue.add(() => end.promise).catch(() => {});
	await flush();
	const before = timers();
	queue.stop().catch(() => {});
	expect(timers()).toBe(before);
	end.resolve();
	await flush();
});
