// What keeps the process alive during a pause is nobody's timer: fake ones must neither see nor move it.
import {afterEach, beforeEach, describe, expect, jest, test} from '@jest/globals';
import {forever} from 'pausable-signal';
import {flush, start} from './kit.ts';

describe('under fake timers', () => {
	beforeEach(() => void jest.useFakeTimers());
	afterEach(() => void jest.useRealTimers());

	test('a paused task has no timer that they could run', async () => {
		const task = start(({signal}) => forever(signal));
		await flush();
		const before = Date.now();
		expect(await task.pause()).toBe(true);
		expect(jest.getTimerCount()).toBe(0);
		jest.runOnlyPendingTimers();
		expect(Date.now()).toBe(before);
	});
});
