// Task sets: collection, reuse after an abort.
import {expect, test} from '@jest/globals';
import {collectGarbage, createQueue, macrotask} from './kit.ts';

test('idle sets that were at their limit once are collected', async () => {
	const queue = createQueue();
	for (let host = 0; host < 1000; host++) {
		const set = queue.taskSet(`host ${host}`, {concurrency: 1});
		void set.add(macrotask);
		void set.add(macrotask);
	}
	await queue.onIdle();
	await collectGarbage();
	expect(queue.inspect().sets.length).toBeLessThan(100);
});

test('a task that is added in an abort listener of its set is not aborted with it', async () => {
	const queue = createQueue();
	const set = queue.taskSet('set');
	let next: Promise<string> | undefined;
	const aborted = set.add(async ({signal}) => {
		signal.addEventListener('abort', () => {
			next = set.add(async ({signal: another}) => {
				await macrotask();
				another.throwIfAborted();
				return 'done';
			});
		});
		await macrotask();
	});
	set.abort('over');
	await expect(aborted).rejects.toBe('over');
	await expect(next).resolves.toBe('done');
});
