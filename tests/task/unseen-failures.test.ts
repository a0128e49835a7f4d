// A failure of a task that nobody looks at stays visible: it is an unhandled rejection. A sweep finds those.
import {expect, test} from '@jest/globals';
import {delay, StopTimeoutError, Task} from 'pausable-signal';
import {type SweepContext, sweep} from 'pausable-signal/testing';
import {errorOf} from '../testing/faults.ts';

const failure = new Error('cleanup failed');

/** Ignores its abort for a while, and fails then. */
async function failLate(): Promise<void> {
	await new Promise((resolve) => setTimeout(resolve, 50));
	throw failure;
}

/** What the program leaves unhandled, when nobody interrupts it. */
async function unhandledIn(program: (context: SweepContext) => unknown): Promise<unknown> {
	const {faults} = await errorOf(sweep(program, {actions: []}));
	expect(faults.map(({kind}) => kind)).toEqual(['leaves a rejection unhandled']);
	return faults[0]?.cause;
}

test('a task that fails on its own', async () => {
	expect(
		await unhandledIn(async ({signal}) => {
			Task.start(failLate);
			await delay(signal, 100);
		}),
	).toBe(failure);
});

test('a stop that is waiting reports the failure, and nothing else has to', async () => {
	const {runs} = await sweep(
		async () => {
			const task = Task.start(failLate);
			await expect(task.stop()).rejects.toBe(failure);
			expect(task.state).toBe('failed');
		},
		{actions: []},
	);
	expect(runs).toBe(0);
});

test('a task that fails after the stop has given up', async () => {
	expect(
		await unhandledIn(async ({signal}) => {
			const task = Task.start(failLate);
			await expect(task.stop('enough', {grace: 10})).rejects.toThrow(StopTimeoutError);
			await delay(signal, 100);
		}),
	).toBe(failure);
});
