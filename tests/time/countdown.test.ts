// What the queue and the idle clock of a transfer read: how much of a countdown is left.
import {afterEach, beforeEach, expect, jest, test} from '@jest/globals';
import {PausableController} from 'pausable-signal';
import {Countdown} from '../../src/time/index.ts';
import {expectNothing, jump} from './kit.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test('a countdown tells what is left of its active time, also while it is paused', () => {
	const controller = new PausableController();
	const end = jest.fn();
	const countdown = new Countdown(controller.signal, 100, {end});
	jump(30);
	expect(countdown.remaining).toBe(70);
	controller.pause();
	jump(500);
	expect(countdown.remaining).toBe(70);
	controller.resume();
	jump(20);
	expect(countdown.remaining).toBe(50);
	jump(49);
	expect(end).not.toHaveBeenCalled();
	jump(1);
	expect(end).toHaveBeenCalledTimes(1);
	expectNothing(controller.signal);
});
