// What the queue and the idle clock of a transfer read: how much of a countdown is left.
import {expect, jest, test} from '@jest/globals';
import {PausableController} from 'pausable-signal';
import {Countdown} from '../../src/time/index.ts';
import {time, useVirtualTime} from '../support/virtual-time.ts';
import {expectNothing} from './kit.ts';

useVirtualTime();

test('a countdown shows the rest of its active time, also while it is paused', async () => {
	const controller = new PausableController();
	const end = jest.fn();
	const countdown = new Countdown(controller.signal, 100, {end});
	await time.advance(30);
	expect(countdown.remaining).toBe(70);
	controller.pause();
	await time.advance(500);
	expect(countdown.remaining).toBe(70);
	controller.resume();
	await time.advance(20);
	expect(countdown.remaining).toBe(50);
	await time.advance(49);
	expect(end).not.toHaveBeenCalled();
	await time.advance(1);
	expect(end).toHaveBeenCalledTimes(1);
	expectNothing(controller.signal);
});
