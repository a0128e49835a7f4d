// What is collected, and that nothing is left on the signals of callers, queues and sets.
import {describe, expect, test} from '@jest/globals';
import {PausableController} from 'pausable-signal';
import {PausableQueue, type TaskSet} from 'pausable-signal/queue';
import {
	collectGarbage,
	createQueue,
	Deferred,
	type Leftovers,
	leftOn,
	macrotask,
	nothing,
	parkOnce,
	type Watched,
	watched,
} from './kit.ts';

describe('idle sets that nobody refers to', () => {
	// `STRESS_RUNS=1` for as many hosts as a large crawl meets.
	const hosts = process.env['STRESS_RUNS'] === undefined ? 5_000 : 100_000;

	const ways: Readonly<Record<string, (queue: PausableQueue, host: string) => unknown>> = {
		'named by their tasks': (queue, host) => queue.add(() => 1, {set: host}),
		'with options': (queue, host) => queue.taskSet(host, {concurrency: 2}).add(() => 1),
		'at their limit once': (queue, host) => {
			const set = queue.taskSet(host, {concurrency: 1});
			return Promise.all([set.add(macrotask), set.add(macrotask)]);
		},
		'held once': async (queue, host) => {
			const set = queue.taskSet(host);
			const hold = set.hold('429', {until: 3_600_000});
			const task = set.add(() => 1);
			hold.release();
			await task;
		},
		'held once, without a task': (queue, host) => queue.taskSet(host).hold('429').release(),
		'held once, while its tasks were cleared': (queue, host) => {
			const set = queue.taskSet(host);
			const hold = set.hold('429', {until: 3_600_000});
			set.add(() => 1).catch(() => {});
			set.clear();
			hold.release();
		},
		'paused until a time that has passed': async (queue, host) => {
			const set = queue.taskSet(host);
			void set.pause('429', {until: 1});
			await set.add(() => 1);
		},
		'whose tasks were parked': async (queue, host) => {
			const set = queue.taskSet(host);
			const task = set.add(parkOnce([], host));
			await set.pause();
			set.resume();
			await task;
		},
		aborted: (queue, host) => {
			const set = queue.taskSet(host);
			const task = set.add(({signal}) => signal.checkpoint());
			set.abort();
			return task.catch(() => {});
		},
		'with sets inside': (queue, host) =>
			queue
				.taskSet(host)
				.taskSet('images')
				.add(() => 1),
		'whose progress was read': async (queue, host) => {
			const set = queue.taskSet(host);
			await set.add(() => 1);
			return set.progress.rate;
		},
	};
	// All at once: it is the collecting that takes its time.
	test('are collected, whatever their past', async () => {
		const queues = new Map(Object.keys(ways).map((name) => [name, createQueue({concurrency: 100})]));
		for (const [name, queue] of queues) {
			const used: unknown[] = [];
			for (let host = 0; host < hosts / 25; host++) used.push(ways[name]?.(queue, `host ${host}`));
			await Promise.all(used);
		}
		await collectGarbage();
		const many = [...queues].filter(([, queue]) => queue.inspect().sets.length > hosts / 250);
		expect(many.map(([name]) => name)).toEqual([]);
	}, 60_000);

	test('are collected while the queue works: their number stays small', async () => {
		const queue = createQueue({concurrency: 10});
		let most = 0;
		for (let host = 0; host < hosts; host++) {
			void queue.add(() => 1, {set: `host ${host}`});
			if (host % (hosts / 2) > 0) continue;
			await queue.onIdle();
			await collectGarbage();
			most = Math.max(most, queue.inspect().sets.length);
		}
		expect(most).toBeLessThan(hosts / 4);
		await queue.onIdle();
	}, 60_000);

	const reasons: Readonly<Record<string, (set: TaskSet, queue: PausableQueue) => unknown>> = {
		'that are held': (set) => set.hold('429'),
		'that are paused': (set) => set.pause(),
		'in which a task waits': (set, queue) => {
			void queue.pause();
			return set.add(() => 1);
		},
		'in which a task runs': (set) => set.add(() => new Promise(() => {})),
		'in which as many tasks run as wait': (set) =>
			set.addAll([() => new Promise(() => {}), () => 1]).catch(() => {}),
		'with a rate to remember': (set) => set.add(() => 1),
		'in whose sets something is held': (set) => set.taskSet('inner').hold('429'),
		'that somebody listens to': (set) => set.addEventListener('progress', () => {}),
	};
	// L2
	test('are kept while they have something to lose', async () => {
		const queues = Object.entries(reasons).map(([name, give]) => {
			const queue = createQueue();
			const rate = name.includes('rate') ? {interval: 60_000, intervalCap: 5} : {};
			const options = {...rate, ...(name.includes('as wait') ? {concurrency: 1} : {})};
			void give(queue.taskSet('kept', options), queue);
			queue.taskSet('dropped');
			return [name, queue] as const;
		});
		await collectGarbage();
		const left = queues.map(([name, queue]) => [name, queue.inspect().sets.map((set) => set.name)]);
		expect(left).toEqual(queues.map(([name]) => [name, ['kept']]));
	});
});

describe('a new set with the name of a collected one', () => {
	const options = {
		concurrency: 2,
		interval: 10,
		intervalCap: 3,
		strict: true,
		priority: 4,
		whilePaused: 'hold',
	} as const;

	/** Makes sets, has them collected, and gives back their queue. */
	async function collected(): Promise<PausableQueue> {
		const queue = createQueue();
		const make = (): void => {
			queue.taskSet('shop', options).taskSet('images', {concurrency: 1});
			queue.taskSet('plain');
		};
		make();
		await collectGarbage();
		expect(queue.inspect().sets).toEqual([]);
		return queue;
	}

	test('has the options of the first, if asked for by name only', async () => {
		const queue = await collected();
		queue.taskSet('shop');
		for (const key of Object.keys(options) as (keyof typeof options)[])
			expect(() => queue.taskSet('shop', {[key]: options[key]})).not.toThrow();
		expect(() => queue.taskSet('shop', {concurrency: 3})).toThrow("task set 'shop' exists with 2, got 3");
	});

	test('has them for a task that names it, too', async () => {
		const queue = await collected();
		let running = 0;
		let most = 0;
		const work = async (): Promise<void> => {
			most = Math.max(most, ++running);
			await macrotask();
			running--;
		};
		const images = queue.taskSet('shop').taskSet('images');
		await Promise.all([images.add(work), images.add(work), images.add(work)]);
		expect(most).toBe(1);
	});

	test('throws a RangeError for other options, as if it had not been collected', async () => {
		const queue = await collected();
		expect(() => queue.taskSet('shop', {...options, concurrency: 3})).toThrow(RangeError);
		expect(queue.taskSet('shop', options).name).toBe('shop');
	});

	test('does not share names with the sets inside', async () => {
		const queue = await collected();
		expect(queue.taskSet('images', {concurrency: 7}).path).toBe('images');
		expect(queue.taskSet('plain', {concurrency: 7}).path).toBe('plain');
	});
});

test('an option of `undefined` is as if it were not there', () => {
	const queue = createQueue();
	const set = queue.taskSet('set', {concurrency: 2});
	expect(queue.taskSet('set', {concurrency: undefined, priority: undefined})).toBe(set);
});

describe('a queue under a long-lived signal', () => {
	const uses: Readonly<Record<string, (queue: PausableQueue) => unknown>> = {
		'that was never used': () => {},
		'that has done its tasks': (queue) => queue.add(({signal}) => signal.checkpoint()),
		'with a set': (queue) => queue.add(() => 1, {set: 'set'}),
		'that was waited for': (queue) => Promise.all([queue.add(() => 1), queue.onIdle()]),
		'with listeners': (queue) => queue.addEventListener('error', () => {}),
		'whose progress was read': (queue) => queue.progress,
		'that was shut down': (queue) => queue.shutdown(),
		'that was stopped': (queue) => queue.stop(),
		'that is paused': (queue) => queue.pause(),
		'with a set that is held for an hour': (queue) => {
			queue.taskSet('set').hold('429', {until: 3_600_000});
		},
		'that was cleared while paused': (queue) => {
			void queue.pause();
			void queue.add(() => 1);
			void queue.pause();
			queue.clear();
		},
		'with a set that was aborted while paused': (queue) => {
			const set = queue.taskSet('set');
			void set.pause();
			void set.taskSet('inner').add(() => 1);
			set.abort();
		},
	};
	test('is collected when nobody refers to it, whatever its past', async () => {
		const signals = Object.keys(uses).map((name) => [name, new PausableController().signal] as const);
		const collected = new Map<string, number>();
		const registry = new FinalizationRegistry<string>((name) => {
			collected.set(name, (collected.get(name) ?? 0) + 1);
		});
		const using: unknown[] = [];
		const make = (name: string, signal: AbortSignal): void => {
			const queue = new PausableQueue({signal});
			registry.register(queue, name);
			using.push(Promise.resolve(uses[name]?.(queue)).then(() => {}));
		};
		for (const [name, signal] of signals) for (let count = 0; count < 50; count++) make(name, signal);
		await Promise.all(using.splice(0));
		await collectGarbage();
		// What follows for a queue goes after the queue.
		await collectGarbage();
		const kept = signals.filter(([name]) => (collected.get(name) ?? 0) < 45);
		const left = signals.filter(([, signal]) => leftOn(signal).needs + leftOn(signal).watches > 10);
		expect({kept: kept.map(([name]) => name), left: left.map(([name]) => name)}).toEqual({
			kept: [],
			left: [],
		});
	});

	test.each([0, 1])('still hears of its abort while a task runs and %p wait', async (waiting) => {
		const controller = new PausableController();
		const {signal} = controller;
		const tasks: Watched<unknown>[] = [];
		const make = (): void => {
			const queue = new PausableQueue({signal, concurrency: 1});
			for (let task = 0; task <= waiting; task++) tasks.push(watched(queue.add(() => new Promise(() => {}))));
		};
		make();
		await collectGarbage();
		controller.abort('enough');
		await macrotask();
		expect(tasks).toEqual(tasks.map(() => ({state: 'rejected', reason: 'enough'})));
	});

	test('is kept while it has tasks, which nobody else knows', async () => {
		const controller = new PausableController();
		const {signal} = controller;
		controller.pause();
		const add = (): Promise<number> => new PausableQueue({signal, keepAlive: false}).add(() => 7);
		const task = add();
		await collectGarbage();
		controller.resume();
		await expect(task).resolves.toBe(7);
	});
});

describe('nothing is left on the signals', () => {
	interface Scene {
		readonly queue: PausableQueue;
		readonly set: TaskSet;
		readonly own: PausableController;
		readonly signal: AbortSignal;
	}
	const scenes: Readonly<Record<string, (scene: Scene) => Promise<unknown>>> = {
		completed: ({set, signal}) => set.add(() => 1, {signal}),
		'completed, with its signal read': ({set, signal}) =>
			set.add((context) => context.signal.checkpoint(), {signal}),
		failed: ({set, signal}) => set.add(() => Promise.reject(new Error('no')), {signal}),
		'timed out': ({set, signal}) =>
			set.add(
				(context) => new Promise((_resolve, reject) => context.signal.addEventListener('abort', reject)),
				{
					signal,
					timeout: 1,
				},
			),
		cleared: ({queue, set, signal}) => {
			void queue.pause();
			const task = set.add(() => 1, {signal});
			queue.clear();
			queue.resume();
			return task;
		},
		'aborted with its set': ({set, signal}) => {
			const task = set.add((context) => context.signal.checkpoint(), {signal});
			set.abort();
			return task;
		},
		'held back by its own signal': async ({set, own, signal}) => {
			own.pause();
			const task = set.add(() => 1, {signal});
			await macrotask();
			own.resume();
			return task;
		},
		'parked, with its slot given back': async ({set, signal}) => {
			const task = set.add(parkOnce([], 'task'), {signal});
			await set.pause();
			set.resume();
			return task;
		},
		'aborted while it is parked': async ({set, own, signal}) => {
			const task = set.add(parkOnce([], 'task'), {signal});
			task.catch(() => {});
			await set.pause();
			own.abort('over');
			set.resume();
			return task;
		},
		'that was refused': ({set, signal}) => set.add(() => 1, {signal, priority: Number.NaN}),
	};
	const waits = ['onIdle', 'onEmpty', 'onPendingZero'] as const;

	test.each(Object.entries(scenes))('by a task: %s', async (_name, play) => {
		const own = new PausableController();
		const queue = createQueue({concurrency: 1});
		const set = queue.taskSet('set');
		const before: Leftovers = leftOn(queue.signal);
		await play({queue, set, own, signal: own.signal}).catch(() => {});
		await queue.onIdle();
		await macrotask();
		expect(leftOn(own.signal)).toEqual(nothing);
		// An aborted set has a new signal, and the queue's has a new child.
		expect(leftOn(queue.signal)).toMatchObject({...before, children: expect.any(Number)});
		expect(leftOn(set.signal)).toEqual(nothing);
	});

	test.each(waits)('by a wait that ended or was aborted: %s', async (name) => {
		const queue = createQueue();
		const end = new Deferred<void>();
		const own = new PausableController();
		const given = new PausableController();
		void queue.pause();
		void queue.add(() => end.promise);
		const wait = queue[name]({signal: own.signal});
		const givenUp = queue[name]({signal: given.signal}).catch((reason: unknown) => reason);
		given.abort('enough');
		queue.resume();
		end.resolve();
		await wait;
		await queue.onIdle();
		// None has begun to run when it is asked, so that this one was never in doubt.
		if (name !== 'onPendingZero') expect(await givenUp).toBe('enough');
		expect([leftOn(own.signal), leftOn(given.signal)]).toEqual([nothing, nothing]);
	});
});
