/**
 * What differs from p-queue in small things, shown on both: one test for each row of the second table
 * in docs/from-p-queue.md. The rows of the first are in tests/examples/queue-examples.test.ts.
 */
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from '@jest/globals';
import PQueue from 'p-queue';
import type {PausableQueue, PausableQueueOptions} from 'pausable-signal/queue';
import {createQueue, flush, watched} from './kit.ts';

type Queue = PQueue | PausableQueue;

/** What a scenario gives on p-queue and on ours. */
async function onBoth<T>(
	scenario: (queue: PQueue) => T | PromiseLike<T>,
	options: PausableQueueOptions = {},
): Promise<{theirs: T; ours: T}> {
	const theirs = await scenario(new PQueue(options));
	const ours = await scenario(createQueue(options) as Queue as PQueue);
	return {theirs, ours};
}

/** The names of the rows that a test was written for. */
const shown = new Set<string>();

function row(name: string, show: () => Promise<void>): void {
	shown.add(name);
	test(name, show);
}

row('a task that returns or awaits `pause()`', async () => {
	const {theirs, ours} = await onBoth(async (queue) => {
		const task = watched(queue.add(async () => (queue.pause() as unknown) ?? 'went on'));
		await flush();
		const {state} = task;
		queue.start();
		await flush();
		return {state, after: task.state};
	});
	expect(theirs).toEqual({state: 'resolved', after: 'resolved'});
	// It waits for itself, until somebody else resumes.
	expect(ours).toEqual({state: 'pending', after: 'resolved'});
});

row('tasks that end within one tick', async () => {
	const {theirs, ours} = await onBoth(
		async (queue) => {
			const log: string[] = [];
			const {signal} = new AbortController();
			// p-queue wraps a task that has a signal, which takes it some ticks more.
			void queue.add(() => 1, {signal}).then(() => log.push('with a signal'));
			void queue.add(() => 2).then(() => log.push('without'));
			await flush();
			return log;
		},
		{concurrency: 2},
	);
	expect(theirs).toEqual(['without', 'with a signal']);
	expect(ours).toEqual(['with a signal', 'without']);
});

row('the `signal` of a task that was added with one', async () => {
	const same = await onBoth((queue) => {
		const {signal} = new AbortController();
		return queue.add((context) => context.signal === signal, {signal});
	});
	expect(same).toEqual({theirs: true, ours: false});
});

row('the message of an error for a bad option', async () => {
	const {theirs, ours} = await onBoth((queue) => {
		try {
			queue.concurrency = 0;
			return undefined;
		} catch (error) {
			return {isTypeError: error instanceof TypeError, message: (error as Error).message};
		}
	});
	expect([theirs?.isTypeError, ours?.isTypeError]).toEqual([true, true]);
	expect(ours?.message).toBe('concurrency: expected a whole number from 1 on, or Infinity, got 0 (number)');
});

row('`add()` of what is no function', async () => {
	const {theirs, ours} = await onBoth(async (queue) => {
		let events = 0;
		queue.addEventListener('error', () => events++);
		const wrong = queue.add('x' as never);
		const error: unknown = await wrong.catch((reason: unknown) => reason);
		return {isTypeError: error instanceof TypeError, events};
	});
	expect(theirs).toEqual({isTypeError: true, events: 1});
	expect(ours).toEqual({isTypeError: true, events: 0});
});

test('each row of the table is shown', () => {
	const page = readFileSync(path.join(import.meta.dirname, '../../docs/from-p-queue.md'), 'utf8');
	const [, after = ''] = page.split('| in small |');
	const [small = ''] = after.split('\n\n');
	const rows = [...small.matchAll(/^\| ([^|]+?) \|/gm)].map(([, first]) => first);
	expect(rows).toEqual([...shown]);
});
