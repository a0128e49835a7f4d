import {describe, expect, test} from '@jest/globals';
import {createOwnWork, detach, PausableController, PausableSignal} from '../../src/core/index.ts';

describe('a signal for work of the library', () => {
	test('is paused and aborted with those above', () => {
		const above = new PausableController();
		const other = new AbortController();
		const work = createOwnWork([above.signal, other.signal], 'work');
		above.pause('why');
		expect(work.signal.pauseReason).toBe('why');
		above.resume();
		expect(work.signal.paused).toBe(false);
		other.abort('enough');
		expect(work.signal.reason).toBe('enough');
		expect(above.signal.aborted).toBe(false);
	});

	test('hears of an abort after its last waiter has left', async () => {
		const above = new PausableController();
		const work = createOwnWork(above.signal);
		above.pause();
		const waits = work.signal.checkpoint();
		above.resume();
		await waits;
		above.abort('enough');
		expect(work.signal.reason).toBe('enough');
	});

	test('follows nobody once it is detached', () => {
		const above = new PausableController();
		const work = createOwnWork(above.signal);
		detach(work.signal);
		above.pause();
		above.abort('enough');
		expect(work.signal.paused).toBe(false);
		expect(work.signal.aborted).toBe(false);
	});

	test('aborts what follows it, an any() included', () => {
		const work = createOwnWork(new PausableController().signal);
		const composite = PausableSignal.any([work.signal]);
		work.abort('done');
		expect(composite.reason).toBe('done');
	});

	test('is aborted at once below a signal that is aborted', () => {
		expect(createOwnWork(AbortSignal.abort('before')).signal.reason).toBe('before');
	});
});
