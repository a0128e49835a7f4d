import {expect, jest} from '@jest/globals';
import {leftOn, nothing} from '../flow/kit.ts';

/** Lets that much time pass at once: what follows from it is still to come. */
export function jump(ms: number): void {
	jest.advanceTimersByTime(ms);
}

/** Expects that neither a timer nor anything on the signal is left. */
export function expectNothing(signal: AbortSignal): void {
	expect(jest.getTimerCount()).toBe(0);
	expect(leftOn(signal)).toEqual(nothing);
}
