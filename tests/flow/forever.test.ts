import {expect, test} from '@jest/globals';
import {forever, PausableController, Task} from 'pausable-signal';
import {leftOn, nothing, rejectionOf} from './kit.ts';

test('forever() ends only with the abort', async () => {
	const controller = new PausableController();
	const promise = forever(controller.signal);
	controller.abort('enough');
	expect(await rejectionOf(promise)).toBe('enough');
	expect(leftOn(controller.signal)).toEqual(nothing);
});

test('a task that waits forever stands still while paused', async () => {
	const task = Task.start(({signal}) => forever(signal));
	expect(await task.pause()).toBe(true);
	expect(task.state).toBe('paused');
	expect(task.resume()).toBe(true);
	expect(task.state).toBe('running');
	await task.stop();
});
