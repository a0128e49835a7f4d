// What the queue says to a bad option: which one, what was expected, and what it got.
import {expect, test} from '@jest/globals';
import {BackOff, PausableQueue} from 'pausable-signal/queue';

const queueWith = (options: object): PausableQueue => new PausableQueue(options);
const add = (options: unknown): Promise<unknown> => new PausableQueue().add(() => 1, options as never);
const set = (options: object): unknown => new PausableQueue().taskSet('a', options);

const limit = 'expected a whole number from 1 on, or Infinity, got';
const longest = 2 ** 31 - 1;

test.each<[string, () => unknown, string]>([
	['concurrency', () => queueWith({concurrency: 1.5}), `concurrency: ${limit} 1.5 (number)`],
	['concurrency', () => queueWith({concurrency: '2'}), `concurrency: ${limit} '2' (string)`],
	['intervalCap', () => queueWith({intervalCap: 0}), `intervalCap: ${limit} 0 (number)`],
	[
		'interval',
		() => queueWith({interval: Infinity}),
		'interval: expected a finite number of milliseconds, 0 or more, got Infinity (number)',
	],
	[
		'interval',
		() => queueWith({interval: -1}),
		'interval: expected a finite number of milliseconds, 0 or more, got -1 (number)',
	],
	[
		'interval',
		() => queueWith({interval: longest + 1, intervalCap: 1}),
		`interval: expected at most ${longest} with an \`intervalCap\`, got ${longest + 1} (number)`,
	],
	[
		'strict',
		() => queueWith({strict: true, intervalCap: 1}),
		'interval: expected more than 0 with `strict`, got 0 (number)',
	],
	[
		'strict',
		() => queueWith({strict: true, interval: 5}),
		'intervalCap: expected a finite number with `strict`, got Infinity (number)',
	],
	['concurrency of a set', () => set({concurrency: 0}), `concurrency: ${limit} 0 (number)`],
	['intervalCap of a set', () => set({intervalCap: -1}), `intervalCap: ${limit} -1 (number)`],
	[
		'interval of a set',
		() => set({interval: Infinity}),
		'interval: expected a finite number of milliseconds, got Infinity (number)',
	],
	['strict of a set', () => set({strict: 1}), 'strict: expected a boolean, got 1 (number)'],
	['priority of a set', () => set({priority: Number.NaN}), 'priority: expected a number, got NaN (number)'],
	['the set of a back-off', () => new BackOff({} as never), 'set: expected a TaskSet, got Object (object)'],
	[
		'the set of a back-off without a limit',
		() => new BackOff(new PausableQueue().taskSet('a')),
		'set: expected one with a `concurrency`, got Infinity (number)',
	],
])('%s', (_option, call, message) => {
	expect(call).toThrow(message);
});

test.each<[string, () => Promise<unknown>, string]>([
	['id', () => add({id: 7}), 'id: expected a string, got 7 (number)'],
	['priority', () => add({priority: 'high'}), "priority: expected a number, got 'high' (string)"],
	['signal', () => add({signal: {}}), 'signal: expected an AbortSignal, got Object (object)'],
	[
		'timeout',
		() => add({timeout: 0}),
		'timeout: expected a finite number of milliseconds above 0, got 0 (number)',
	],
	[
		'timeout',
		() => add({timeout: Infinity}),
		'timeout: expected a finite number of milliseconds above 0, got Infinity (number)',
	],
	['limit', () => new PausableQueue().onSizeLessThan(0), 'limit: expected a number above 0, got 0 (number)'],
])('%s of a call rejects', async (_option, call, message) => {
	await expect(call()).rejects.toThrow(message);
});

test('a set that is asked for with other options says which one differs, and how', () => {
	const queue = new PausableQueue();
	queue.taskSet('a', {concurrency: 2, priority: 1});
	queue.taskSet('a', {concurrency: 2, interval: undefined});
	expect(() => queue.taskSet('a', {concurrency: 3})).toThrow(
		"concurrency: task set 'a' exists with 2, got 3",
	);
	expect(() => queue.taskSet('a', {concurrency: 2, priority: 0})).toThrow(
		"priority: task set 'a' exists with 1, got 0",
	);
});
