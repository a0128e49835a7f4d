import {expect} from '@jest/globals';
import {leftOn, nothing} from '../flow/kit.ts';
import {time} from '../support/virtual-time.ts';

/** Expects that neither a timer nor anything on the signal is left. */
export function expectNothing(signal: AbortSignal): void {
	expect(time.pending).toBe(0);
	expect(leftOn(signal)).toEqual(nothing);
}
