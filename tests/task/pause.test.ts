// What pause() answers, and when.
import {describe, expect, test} from '@jest/globals';
import {forever, PausableController} from 'pausable-signal';
import {Deferred, flush, start, watched} from './kit.ts';

describe("in a listener of the parent's abort", () => {
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
