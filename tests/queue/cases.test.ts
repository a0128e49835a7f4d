// Inputs that once went wrong, each with its neighbours.
import {getEventListeners} from 'node:events';
import {describe, expect, test} from '@jest/globals';
import PQueue from 'p-queue';
import {PausableController, waitForEvent} from 'pausable-signal';
import {
	PausableQueue,
	type Queue,
	type QueueAddOptions,
	type RunFunction,
	type TaskSet,
} from 'pausable-signal/queue';
import {
	collectGarbage,
	createQueue,
	Deferred,
	flush,
	macrotask,
	parkOnce,
	runScript,
	watched,
} from './kit.ts';

/** A script that a process of its own runs; it prints what it came to. */
type Script = readonly [name: string, script: string, output: string];

describe('A2: a map() that is paused keeps the process alive until it has its results', () => {
	const scripts: readonly Script[] = [
		[
			'a set that its own task holds',
			`const queue = new PausableQueue();
			const set = queue.taskSet('host');
			let isHeld = false;
			for await (const result of set.map([1, 2, 3], async (item) => {
				if (!isHeld) set.hold('429', {until: 40});
				isHeld = true;
				return item;
			}, {concurrency: 1})) console.log(result);`,
			'1\n2\n3',
		],
		[
			'a queue that is paused before the loop',
			`const queue = new PausableQueue();
			void queue.pause('night', {until: 40});
			for await (const result of queue.map([1, 2], (item) => item)) console.log(result);`,
			'1\n2',
		],
		[
			'a signal of the loop that is paused',
			`const {PausableController} = await import('./src/index.ts');
			const controller = new PausableController();
			controller.pause();
			setTimeout(() => controller.resume(), 40).unref();
			const queue = new PausableQueue();
			for await (const result of queue.map([1], (item) => item, {signal: controller.signal})) console.log(result);`,
			'1',
		],
		[
			'not a queue that was told not to',
			`const queue = new PausableQueue({keepAlive: false});
			void queue.pause('night', {until: 60_000});
			process.once('exit', () => { console.log('gone'); process.exitCode = 0; });
			for await (const result of queue.map([1], (item) => item)) console.log(result);`,
			'gone',
		],
		[
			'not a map() that nobody reads',
			`const queue = new PausableQueue();
			void queue.pause('night', {until: 60_000});
			const results = queue.map([1], (item) => item);
			setTimeout(() => console.log('too long'), 30_000).unref();`,
			'',
		],
		[
			'not one that was left',
			`const queue = new PausableQueue();
			void queue.pause('night', {until: 60_000});
			const results = queue.map([1], (item) => item);
			const next = results.next();
			await results.return();
			await next;
			setTimeout(() => console.log('too long'), 30_000).unref();`,
			'',
		],
	];
	test.each(scripts)('%s', async (_name, script, output) => {
		expect(await runScript(script)).toBe(output);
	});
});

describe('B1: no rejection that clear(), abort() and stop() cause is unhandled', () => {
	const ends: Readonly<Record<string, (queue: PausableQueue) => unknown>> = {
		'clear()': (queue) => queue.clear(),
		'stop()': (queue) => queue.stop(),
		'a set that is aborted': (queue) => queue.taskSet('set').abort(),
		'await using': (queue) => queue[Symbol.asyncDispose](),
	};
	test.each(Object.entries(ends))('%s', async (_name, end) => {
		const queue = createQueue({concurrency: 1});
		const sleeps = ({signal}: {signal: AbortSignal}): Promise<void> =>
			new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
		// Nobody handles what these return.
		void queue.addAll([sleeps, sleeps, () => 1]);
		void queue.addAll([sleeps, sleeps], {set: 'set'});
		void queue.add(sleeps, {set: 'set'});
		await macrotask();
		await end(queue);
		await macrotask();
		expect(queue.size === 0 || queue.pending > 0).toBe(true);
		void queue.stop();
	});

	test('the end of the signal that the queue was made with', async () => {
		const controller = new PausableController();
		const queue = new PausableQueue({signal: controller.signal, concurrency: 1});
		void queue.addAll([() => macrotask(), () => 1]);
		controller.abort(new Error('the application ends'));
		await macrotask();
		expect(queue.state).toBe('stopped');
	});

	test('a failure of one of the functions still rejects addAll()', async () => {
		const queue = createQueue({concurrency: 1});
		const failure = new Error('no');
		const all = watched(
			queue.addAll([
				() => {
					throw failure;
				},
				() => 1,
			]),
		);
		await macrotask();
		expect(all).toEqual({state: 'rejected', reason: failure});
	});
});

test('B2: a set that has reached its rate limit lets the process end with its last task', async () => {
	const script = `const queue = new PausableQueue();
		const set = queue.taskSet('set', {interval: 60_000, intervalCap: 2});
		await set.add(() => console.log('one'));
		await set.add(() => console.log('two'));
		const inner = set.taskSet('inner', {interval: 60_000, intervalCap: 1});
		setTimeout(() => console.log('too long'), 30_000).unref();`;
	expect(await runScript(script)).toBe('one\ntwo');
});

describe('B3: the context of a task is a plain object', () => {
	test('that can be spread, copied, proxied and printed', async () => {
		const queue = createQueue();
		await queue.add(
			(context) => {
				expect(Object.keys(context).toSorted()).toEqual(['id', 'report', 'set', 'signal']);
				expect(Object.getPrototypeOf(context)).toBe(Object.prototype);
				const {signal} = context;
				for (const copy of [
					{...context},
					Object.assign({}, context),
					new Proxy(context, {}),
					Object.create(context),
				])
					expect((copy as typeof context).signal).toBe(signal);
				expect(JSON.parse(JSON.stringify(context))).toMatchObject({id: 'a'});
				expect(context.report).toBe(context.report);
			},
			{id: 'a', set: 'set'},
		);
	});

	test('whose copy makes the signal, once', async () => {
		const queue = createQueue();
		await queue.add((context) => {
			const copy = {...context};
			expect(copy.signal).toBe(context.signal);
		});
	});
});

describe('B4: a set is collected once its listeners are removed', () => {
	const ways: Readonly<Record<string, (set: TaskSet) => unknown>> = {
		removed(set) {
			const listener = (): void => {};
			set.addEventListener('progress', listener);
			set.addEventListener('progress', listener);
			set.removeEventListener('progress', listener);
		},
		'removed, of both phases'(set) {
			const listener = {handleEvent: (): void => {}};
			set.addEventListener('statechange', listener, true);
			set.addEventListener('statechange', listener);
			set.removeEventListener('statechange', listener, {capture: true});
			set.removeEventListener('statechange', listener);
		},
		'called once'(set) {
			set.addEventListener('mine', () => {}, {once: true});
			set.dispatchEvent(new Event('mine'));
		},
		'ended by their signal'(set) {
			const controller = new AbortController();
			set.addEventListener('progress', () => {}, {signal: controller.signal});
			controller.abort();
		},
		'that never were'(set) {
			set.addEventListener('progress', null);
			set.addEventListener('progress', () => {}, {signal: AbortSignal.abort()});
			const never = (): void => {};
			set.removeEventListener('progress', never);
		},
	};
	test('in every way of removing them', async () => {
		const queue = createQueue();
		for (const [name, leave] of Object.entries(ways))
			for (let index = 0; index < 100; index++) leave(queue.taskSet(`${name} ${index}`));
		const left = (): string[] => queue.inspect().sets.map((set) => set.name ?? '');
		await collectGarbage(() => left().length < 20);
		expect(left().length).toBeLessThan(20);
	});

	test('but not while another listener is left', async () => {
		const queue = createQueue();
		const seen: string[] = [];
		const add = (): void => {
			const set = queue.taskSet('kept');
			const listener = (): void => {};
			set.addEventListener('progress', listener);
			// Kept from being called, it stays.
			set.addEventListener('mine', (event) => event.stopImmediatePropagation());
			set.addEventListener('mine', () => seen.push('called'), {once: true});
			set.dispatchEvent(new Event('mine'));
			set.removeEventListener('progress', listener);
		};
		add();
		await collectGarbage();
		expect(queue.inspect().sets.map((set) => set.name)).toEqual(['kept']);
		expect(seen).toEqual([]);
	});
});

test('B4: a listener that captures is removed by a plain true, also before Node 26', () => {
	const queue = createQueue();
	let calls = 0;
	const listener = (): void => void calls++;
	queue.addEventListener('mine', listener, true);
	queue.removeEventListener('mine', listener, true);
	queue.dispatchEvent(new Event('mine'));
	expect(calls).toBe(0);
});

test('B4: any number of listeners leaves one listener on the signal that removes them, and none after it', () => {
	const queue = createQueue();
	const controller = new AbortController();
	const {signal} = controller;
	let calls = 0;
	for (let index = 0; index < 3; index++)
		queue.addEventListener('mine', () => calls++, {signal, once: index === 1});
	expect(getEventListeners(signal, 'abort')).toHaveLength(1);
	controller.abort();
	queue.dispatchEvent(new Event('mine'));
	expect(calls).toBe(0);
	expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('B5: resuming held sets one by one costs the same for each, however many there are', async () => {
	/** What the resuming of one set takes, in microseconds of the processor. */
	const measure = async (count: number): Promise<number> => {
		const queue = createQueue();
		const sets = Array.from({length: count}, (_, index) => queue.taskSet(`set ${index}`));
		for (const set of sets) void set.add(parkOnce([], 'task'));
		await Promise.all(sets.map((set) => set.pause()));
		const start = process.cpuUsage();
		for (const set of sets) set.resume();
		const time = process.cpuUsage(start).user;
		await queue.onIdle();
		return time / count;
	};
	await measure(500);
	// It would be 16 at each try if each looked at all others; a busy machine disturbs some of the tries.
	const limit = 6;
	let least = Infinity;
	for (let tries = 0; tries < 8 && least >= limit; tries++) {
		const few = Math.min(await measure(500), await measure(500), await measure(500));
		least = Math.min(least, (await measure(8_000)) / few);
	}
	expect(least).toBeLessThan(limit);
});

test('B6: the error of a stop() names the queue, how many tasks run and the first few', async () => {
	const end = new Deferred<void>();
	const queue = new PausableQueue({name: 'crawl'});
	const added = queue.addAll(Array.from({length: 1000}, () => () => end.promise)).catch(() => {});
	await expect(queue.stop('quit', {grace: 1})).rejects.toThrow(
		"Queue 'crawl' has 1000 running ('1', '2', '3' and 997 more) that have not stopped within 1 ms after it was aborted",
	);
	end.resolve();
	await added;
});

describe('C5: bad input', () => {
	test.each([
		[undefined, 'got undefined'],
		[NaN, 'got NaN (number)'],
		['five', "got 'five' (string)"],
		[0, 'got 0 (number)'],
		[-1, 'got -1 (number)'],
	])('onSizeLessThan(%p) rejects', async (limit, got) => {
		const queue = createQueue();
		const waiting = queue.onSizeLessThan(limit as number);
		await expect(waiting).rejects.toThrow(`limit: expected a number above 0, ${got}`);
		await expect(waiting).rejects.toBeInstanceOf(TypeError);
	});

	test.each([[undefined], [null], [3], [() => 1], ['ab']])('addAll(%p) rejects', async (functions) => {
		await expect(createQueue().addAll(functions as never)).rejects.toThrow(
			'functions: expected an array of functions, got',
		);
	});

	test.each([[() => {}], [3], [{}], [class {}], [Map]])('queueClass: %p is refused', (queueClass) => {
		expect(() => new PausableQueue({queueClass: queueClass as never})).toThrow(
			'queueClass: expected a class with size, enqueue, dequeue, filter, setPriority, remove, got',
		);
	});
});

/** First in, first out, as a user might write it. */
class Fifo implements Queue<RunFunction, QueueAddOptions> {
	items: {run: RunFunction; id: string | undefined}[] = [];
	get size(): number {
		return this.items.length;
	}
	enqueue(run: RunFunction, options?: Partial<QueueAddOptions>): void {
		this.items.push({run, id: options?.id});
	}
	dequeue(): RunFunction | undefined {
		return this.items.shift()?.run;
	}
	filter(): RunFunction[] {
		return [];
	}
	setPriority(): void {}
	remove(id: string): void {
		this.items = this.items.filter((item) => item.id !== id);
	}
}

describe('C6: an object of the caller that throws or repeats itself breaks only its own call', () => {
	test('an enqueue() of a queueClass: add() rejects with it, and nothing is left', async () => {
		const failure = new Error('full');
		class Full extends Fifo {
			override enqueue(): void {
				throw failure;
			}
		}
		const queue = new PausableQueue({queueClass: Full});
		await expect(queue.add(() => 1)).rejects.toBe(failure);
		expect([queue.size, queue.pending]).toEqual([0, 0]);
		await queue.onIdle();
	});

	test('a queueClass that cannot be made anew: clear() throws it, and the queue goes on', async () => {
		let isBroken = false;
		class Breaking extends Fifo {
			constructor() {
				super();
				if (isBroken) throw new Error('broken');
			}
		}
		const queue = createQueue({queueClass: Breaking, autoStart: false});
		const task = queue.add(() => 'ran');
		isBroken = true;
		expect(() => queue.clear()).toThrow('broken');
		isBroken = false;
		queue.start();
		await expect(task).resolves.toBe('ran');
	});

	test('two tasks of one id in a queueClass: an abort takes out its own alone', async () => {
		const queue = createQueue({queueClass: Fifo, concurrency: 1, autoStart: false});
		const controller = new AbortController();
		const aborted = watched(queue.add(() => 'aborted', {id: 'same', signal: controller.signal}));
		const other = watched(queue.add(() => 'other', {id: 'same'}));
		controller.abort('enough');
		queue.start();
		await queue.onIdle();
		await flush();
		expect([aborted, other]).toEqual([
			{state: 'rejected', reason: 'enough'},
			{state: 'resolved', value: 'other'},
		]);
	});

	test('an off() of the target of waitForEvent()', async () => {
		const failure = new Error('no off');
		let listener: ((value: unknown) => void) | undefined;
		const target = {
			on: (_name: string, added: (value: unknown) => void) => (listener = added),
			off() {
				throw failure;
			},
		};
		const controller = new PausableController();
		const heard = watched(waitForEvent(controller.signal, target as never, 'news'));
		listener?.(1);
		const aborted = watched(waitForEvent(controller.signal, target as never, 'news'));
		controller.abort('enough');
		await flush();
		expect([heard, aborted]).toEqual([
			{state: 'rejected', reason: failure},
			{state: 'rejected', reason: failure},
		]);
		expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
	});
});

test('C7: an EventTarget that Node does not know is no obstacle', async () => {
	const output = await runScript(`const {setMaxListeners} = await import('node:events');
		// As jsdom's: Node's setMaxListeners() refuses it.
		const Native = globalThis.EventTarget;
		class Foreign { #real = new Native(); addEventListener(...args) { this.#real.addEventListener(...args); }
			removeEventListener(...args) { this.#real.removeEventListener(...args); }
			dispatchEvent(event) { return this.#real.dispatchEvent(event); } }
		globalThis.EventTarget = Foreign;
		try { setMaxListeners(1, new Foreign()); console.log('Node knows it'); } catch {}
		const {PausableQueue: Queue} = await import('./src/queue/index.ts?foreign');
		const queue = new Queue();
		queue.addEventListener('idle', () => console.log('idle'));
		console.log(await queue.add(() => 'ran'));`);
	expect(output).toBe('idle\nran');
});

describe("F3: waits end in p-queue's order, whether anybody listens or not", () => {
	const bothOf = async <T>(scenario: (queue: PQueue) => Promise<T>, options: object): Promise<[T, T]> => [
		await scenario(new PQueue(options)),
		await scenario(createQueue(options) as unknown as PQueue),
	];

	test('F3: after onEmpty(), as many tasks still run as in p-queue', async () => {
		const [theirs, ours] = await bothOf(
			async (queue) => {
				const seen: number[] = [];
				for (let turn = 0; turn < 3; turn++) {
					void queue.add(async () => turn);
					void queue.add(async () => turn);
					await queue.onEmpty();
					seen.push(queue.pending);
				}
				return seen;
			},
			{concurrency: 1},
		);
		expect(ours).toEqual(theirs);
	});

	test.each(['clear', 'start'] as const)(
		'F5: %s() resolves the waits in the order in which p-queue does',
		async (verb) => {
			const [theirs, ours] = await bothOf(
				async (queue) => {
					const log: string[] = [];
					for (let task = 0; task < 3; task++) queue.add(() => task).catch(() => {});
					void queue.onSizeLessThan(1).then(() => log.push('less'));
					void queue.onEmpty().then(() => log.push('empty'));
					void queue.onIdle().then(() => log.push('idle'));
					void queue.onPendingZero().then(() => log.push('zero'));
					await flush();
					queue[verb]();
					await flush();
					return log;
				},
				{autoStart: false, concurrency: 1},
			);
			expect(ours).toEqual(theirs);
			expect(theirs.length).toBe(4);
		},
	);
});
