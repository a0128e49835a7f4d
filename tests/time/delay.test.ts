import {expect, test} from '@jest/globals';
import {delay} from 'pausable-signal';
import {leftOn, nothing} from '../flow/kit.ts';

test.each([
	['active', 0, undefined],
	['wall', 0, {clock: 'wall'}],
	['a Date', new Date(0), undefined],
] as const)('nothing is left on a plain AbortSignal: %s', async (_name, due, options) => {
	const {signal} = new AbortController();
	await delay(signal, due, options);
	expect(leftOn(signal)).toEqual(nothing);
});
