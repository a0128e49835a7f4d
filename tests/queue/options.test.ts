// What the queue says to a bad option: which one, what was expected, and what it got.
import {describe, expect, test} from '@jest/globals';
import {BackOff, PausableQueue, type RunFunction, TaskSet} from 'pausable-signal/queue';

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
	['name of a set', () => new PausableQueue().taskSet(''), "name: expected a name, got '' (string)"],
	['name of a set', () => new PausableQueue().taskSet(7 as never), 'name: expected a name, got 7 (number)'],
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
	['fn', () => new PausableQueue().add(7 as never), 'fn: expected a function, got 7 (number)'],
	['set', () => add({set: 7}), 'set: expected a TaskSet or a name, got 7 (number)'],
	['set', () => add({set: {}}), 'set: expected a TaskSet or a name, got Object (object)'],
	[
		'set',
		() => add({set: new PausableQueue().taskSet('a')}),
		'set: expected a TaskSet of this queue, got one of another queue',
	],
	[
		'pause()',
		() => new PausableQueue().pause('why', 7 as never),
		'options: expected an object such as {timeout}, got 7 (number)',
	],
	[
		'onIdle()',
		() => new PausableQueue().onIdle(7 as never),
		'options: expected an object such as {signal}, got 7 (number)',
	],
	[
		'onIdle()',
		() => new PausableQueue().onIdle({signal: {}} as never),
		'signal: expected an AbortSignal, got Object (object)',
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

describe('a wrong kind of options is refused by name', () => {
	const queue = new PausableQueue();
	const limited = queue.taskSet('limited', {concurrency: 2});
	const such = (example: string): string => `expected an object such as ${example}, got 7 (number)`;
	test.each<[string, () => unknown, string]>([
		['a queue', () => new PausableQueue(7 as never), `options: ${such('{signal}')}`],
		['a new set', () => queue.taskSet('a', 7 as never), `options: ${such('{concurrency}')}`],
		['an old set', () => queue.taskSet('limited', 7 as never), `options: ${such('{concurrency}')}`],
		['a back-off', () => new BackOff(limited, 7 as never), `options: ${such('{baseMs}')}`],
		['refused()', () => new BackOff(limited).refused(7 as never), `refusal: ${such('{until}')}`],
		['map()', () => queue.map([], (item) => item, 7 as never), `options: ${such('{signal}')}`],
		[
			'`maxMs`',
			() => new BackOff(limited, {maxMs: 'x' as never}),
			"maxMs: expected a number of milliseconds, 0 or more, got 'x' (string)",
		],
		[
			'`interval` of a set',
			() => queue.taskSet('b', {interval: 'x' as never}),
			"interval: expected a number of milliseconds, 0 or more, got 'x' (string)",
		],
		[
			'`whilePaused` of a set',
			() => queue.taskSet('b', {whilePaused: 'x' as never}),
			"whilePaused: expected 'hold' or 'release', got 'x' (string)",
		],
		[
			'`whilePaused` of a queue',
			() => new PausableQueue({whilePaused: 'x' as never}),
			"whilePaused: expected 'hold' or 'release', got 'x' (string)",
		],
		[
			'setPriority()',
			() => queue.setPriority('a', Infinity),
			'priority: expected a finite number, got Infinity (number)',
		],
		[
			'setPriority() of an unknown id',
			() => queue.setPriority('a', 1),
			"id: expected the id of a task that waits, got 'a'",
		],
		[
			'new TaskSet()',
			() => new TaskSet({} as never, {} as never),
			'Illegal constructor: taskSet() makes task sets',
		],
	])('%s', (_name, call, message) => {
		expect(call).toThrow(message);
	});

	test.each<[string, () => Promise<unknown>, string]>([
		['add()', () => queue.add(() => 1, 7 as never), `options: ${such('{signal}')}`],
		['stop()', () => queue.stop('why', 7 as never), `options: ${such('{grace}')}`],
		[
			'`grace` of stop()',
			() => queue.stop('why', {grace: 'x' as never}),
			"grace: expected a number of milliseconds, 0 or more, got 'x' (string)",
		],
	])('%s', async (_name, call, message) => {
		await expect(call()).rejects.toThrow(message);
		expect(queue.state).toBe('running');
	});
});

test('an interval may be as long as a timer can wait', () => {
	expect(() => queueWith({interval: longest, intervalCap: 1})).not.toThrow();
});

describe('a queueClass', () => {
	/** First in, first out; notes the calls that it gets. */
	class Noting {
		static calls: unknown[] = [];
		static count = 0;
		constructor() {
			Noting.count++;
		}
		items: {run: RunFunction; id: string | undefined}[] = [];
		get size(): number {
			return this.items.length;
		}
		enqueue(run: RunFunction, options?: {readonly id?: string | undefined}): void {
			Noting.calls.push(['enqueue', typeof run, options?.id]);
			this.items.push({run, id: options?.id});
		}
		dequeue(): RunFunction | undefined {
			return this.items.shift()?.run;
		}
		filter(): RunFunction[] {
			return [];
		}
		setPriority(id: string, priority: number): void {
			Noting.calls.push(['setPriority', id, priority]);
		}
		remove(id: string): void {
			Noting.calls.push(['remove', id]);
			this.items = this.items.filter((item) => item.id !== id);
		}
	}
	const methods = ['enqueue', 'dequeue', 'filter', 'setPriority', 'remove'] as const;

	test('gets a function to run, and the id of a task that is removed or changes its priority', async () => {
		Noting.calls = [];
		const queue = new PausableQueue({queueClass: Noting, autoStart: false});
		const controller = new AbortController();
		const removed = queue.add(() => 1, {id: 'a', signal: controller.signal});
		const kept = queue.add(() => 2, {id: 'b'});
		queue.setPriority('b', 3);
		controller.abort('enough');
		await expect(removed).rejects.toBe('enough');
		expect(Noting.calls).toEqual([
			['enqueue', 'function', 'a'],
			['enqueue', 'function', 'b'],
			['setPriority', 'b', 3],
			['remove', 'a'],
		]);
		queue.start();
		expect(await kept).toBe(2);
	});

	test('is made once for a queue, and once for each set, as in p-queue', () => {
		Noting.count = 0;
		const queue = queueWith({queueClass: Noting});
		const counts = [Noting.count];
		queue.taskSet('set');
		expect([...counts, Noting.count]).toEqual([1, 2]);
	});

	test.each(methods)('that lacks only %s() is refused', (missing) => {
		class Lacking extends Noting {}
		Object.defineProperty(Lacking.prototype, missing, {value: undefined});
		expect(() => queueWith({queueClass: Lacking})).toThrow(TypeError);
	});

	test.each(methods)('may have its constructor assign %s()', async (assigned) => {
		class Assigning extends Noting {}
		const method = Noting.prototype[assigned];
		class Assigned extends Assigning {
			constructor() {
				super();
				Object.defineProperty(this, assigned, {value: method});
			}
		}
		Object.defineProperty(Assigning.prototype, assigned, {value: undefined});
		const queue = queueWith({queueClass: Assigned});
		expect(await queue.add(() => 'ran')).toBe('ran');
	});

	test('may be a bound class, which has no prototype', async () => {
		const queue = queueWith({queueClass: Noting.bind(null)});
		expect(await queue.add(() => 'ran')).toBe('ran');
	});
});

test('an abort without a reason says what was aborted', async () => {
	const queue = new PausableQueue({autoStart: false});
	const set = queue.taskSet('set');
	const inSet = set.add(() => 1);
	const cleared = queue.add(() => 1);
	set.abort();
	await expect(inSet).rejects.toMatchObject({name: 'AbortError', message: 'The task set was aborted'});
	queue.clear();
	await expect(cleared).rejects.toMatchObject({name: 'AbortError', message: 'The queue was cleared'});
	const stopped = queue.add(() => 1);
	await queue.stop();
	await expect(stopped).rejects.toMatchObject({name: 'AbortError', message: 'The queue was stopped'});
});

test.each([
	[undefined, 3, "The queue has 3 running ('1', '2', '3') that have not stopped within 0 ms", 'queue'],
	[
		undefined,
		4,
		"The queue has 4 running ('1', '2', '3' and 1 more) that have not stopped within 0 ms",
		'queue',
	],
	['crawl', 1, "Queue 'crawl' has 1 running ('1') that have not stopped within 0 ms", 'crawl'],
])('the error of stop() of a queue named %p with %p tasks', async (name, count, message, task) => {
	const queue = new PausableQueue({name});
	let end = (): void => {};
	const ended = new Promise<void>((resolve) => (end = resolve));
	for (let index = 0; index < count; index++) queue.add(() => ended).catch(() => {});
	const error: unknown = await queue.stop('quit', {grace: 0}).catch((reason: unknown) => reason);
	expect(error).toMatchObject({message: expect.stringContaining(message), task, grace: 0});
	end();
});

test('the error of dispose() is an InvalidStateError that counts the tasks', async () => {
	const queue = new PausableQueue({concurrency: 1});
	const set = queue.taskSet('outer').taskSet('inner');
	const tasks = set.addAll([() => 1, () => 2, () => 3]);
	let error: unknown;
	try {
		set.dispose();
	} catch (thrown) {
		error = thrown;
	}
	expect(error).toMatchObject({
		name: 'InvalidStateError',
		message: "Task set 'outer/inner' has 2 tasks that wait and 1 that run: it cannot be disposed",
	});
	await tasks;
});
