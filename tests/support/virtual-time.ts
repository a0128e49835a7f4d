import {afterEach, beforeEach, expect, jest} from '@jest/globals';
import {type VirtualTime, virtualTime} from 'pausable-signal/testing';

/** The time of the test that runs. */
export let time: VirtualTime;

/** Has every test of a file run in virtual time, with back-offs at their longest, and leave no timer. */
export function useVirtualTime(): void {
	beforeEach(() => {
		time = virtualTime();
		jest.spyOn(Math, 'random').mockReturnValue(1);
	});
	afterEach(() => {
		const left = time.pending;
		time.dispose();
		jest.restoreAllMocks();
		expect(left).toBe(0);
	});
}
