// What a task leaves behind once it is over, or once nobody can reach it any more: nothing.
import {describe, expect, test} from '@jest/globals';
import {delay, PausableController, Task} from 'pausable-signal';
import {collectGarbage} from '../core/support.ts';
import {leftOn, nothing} from '../flow/kit.ts';

/** How many of 100 tasks are collected after nobody holds on to them. */
async function countCollected(make: () => Task<void> | Promise<Task<void>>): Promise<number> {
	let collected = 0;
	const registry = new FinalizationRegistry(() => collected++);
	const makeOne = async (): Promise<void> => registry.register(await make(), undefined);
	for (let i = 0; i < 100; i++) await makeOne();
	await collectGarbage();
	return collected;
}

async function ended(task: Task<void>): Promise<Task<void>> {
	await task.result;
	return task;
}

describe('a task that nobody refers to is collected', () => {
	test('after it ended', async () => {
		const make = (): Promise<Task<void>> => ended(Task.start(({signal}) => signal.checkpoint()));
		expect(await countCollected(make)).toBeGreaterThan(90);
	});

	test('after it ended, and left a listener on its own signal', async () => {
		const make = (): Promise<Task<void>> =>
			ended(
				Task.start(async ({signal}) => {
					await signal.checkpoint();
					signal.addEventListener('abort', () => {});
				}),
			);
		expect(await countCollected(make)).toBeGreaterThan(90);
	});

	test('after it ended, and left a child of its signal', async () => {
		const make = (): Promise<Task<void>> =>
			ended(
				Task.start(async ({signal}) => {
					await delay(new PausableController({signal}).signal, 0);
					await signal.checkpoint();
				}),
			);
		expect(await countCollected(make)).toBeGreaterThan(90);
	});

	test('while it is paused, and keeps no process alive', async () => {
		const make = async (): Promise<Task<void>> => {
			const parent = new PausableController();
			parent.pause();
			return Task.start(({signal}) => signal.checkpoint(), {signal: parent.signal, keepAlive: false});
		};
		expect(await countCollected(make)).toBeGreaterThan(90);
	});
});

describe('on the parent signal', () => {
	// task.ts, invariant 4
	test('an ended task leaves nothing, even if its function left a listener on its own signal', async () => {
		const parent = new PausableController();
		const task = Task.start(({signal}) => signal.addEventListener('abort', () => {}), {
			signal: parent.signal,
		});
		await task.result;
		expect(leftOn(parent.signal)).toEqual(nothing);
	});
});
