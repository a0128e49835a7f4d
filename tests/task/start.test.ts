// How a task begins: at once, on resume, or never.
import {expect, test} from '@jest/globals';
import {PausableController} from 'pausable-signal';
import {start} from './kit.ts';

// Every microtask between the resume and the call of the function, and some more.
test.each([0, 1, 2, 3, 4, 5, 6])(
	'started paused, resumed, aborted %i microtasks later: the function never sees an aborted signal',
	async (microtasks) => {
		const parent = new PausableController();
		parent.pause();
		const seen: boolean[] = [];
		const task = start(({signal}) => seen.push(signal.aborted), {signal: parent.signal});
		await Promise.resolve();
		parent.resume();
		for (let turn = 0; turn < microtasks; turn++) await Promise.resolve();
		parent.abort();
		await task.join();
		expect(seen).not.toContain(true);
		if (seen.length === 0) expect(task.state).toBe('stopped');
	},
);
