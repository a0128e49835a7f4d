import {afterEach, beforeEach, expect, jest} from '@jest/globals';
import {flush} from './kit.ts';

/** Has every test of a file run on fake timers, with back-offs at their longest, and leave no timer. */
export function useFakeTime(): void {
	beforeEach(() => {
		jest.useFakeTimers();
		jest.spyOn(Math, 'random').mockReturnValue(1);
	});
	afterEach(() => {
		const left = jest.getTimerCount();
		jest.useRealTimers();
		jest.restoreAllMocks();
		expect(left).toBe(0);
	});
}

/** Lets that much time pass, and what follows from it happen. */
export async function pass(ms: number): Promise<void> {
	await flush();
	jest.advanceTimersByTime(ms);
	await flush();
}
