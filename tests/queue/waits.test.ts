// Waits that take `{signal}`.
import {expect, test} from '@jest/globals';
import {PausableController} from 'pausable-signal';
import {createQueue, Deferred, flush, leftOn, nothing, type Watched, watched} from './kit.ts';

test('onError() with an aborted signal rejects with its reason', async () => {
	const seen = watched(createQueue().onError({signal: AbortSignal.abort('over')}));
	await flush();
	expect(seen).toEqual({state: 'rejected', reason: 'over'});
});

test('onError() leaves nothing on its signal after an error', async () => {
	const {signal} = new PausableController();
	const queue = createQueue();
	const failed = queue.onError({signal});
	queue.add(() => Promise.reject(new Error('failed'))).catch(() => {});
	await expect(failed).rejects.toThrow('failed');
	expect(leftOn(signal)).toEqual(nothing);
});

test.each(['onIdle', 'onEmpty', 'onPendingZero'] as const)(
	'%s() with an aborted signal rejects with its reason, even if the queue is idle',
	async (wait) => {
		const seen = watched(createQueue()[wait]({signal: AbortSignal.abort('over')}));
		await flush();
		expect(seen).toEqual({state: 'rejected', reason: 'over'});
	},
);

// It starts without an `empty`, as nothing waited before it.
test('onEmpty() in a listener of `add` resolves when the task starts, however long it runs', async () => {
	const queue = createQueue();
	const end = new Deferred<void>();
	let seen: Watched<void> | undefined;
	queue.addEventListener('add', () => (seen = watched(queue.onEmpty())));
	const task = queue.add(() => end.promise);
	await flush();
	expect([seen?.state, queue.pending]).toEqual(['resolved', 1]);
	end.resolve();
	await task;
});
