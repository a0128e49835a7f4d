// Waits that take `{signal}`.
import {expect, test} from '@jest/globals';
import {PausableController} from 'pausable-signal';
import {createQueue, flush, leftOn, nothing, watched} from './kit.ts';

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
