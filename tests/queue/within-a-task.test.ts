// A task that has a queue of its own: whether it stands still depends on the tasks of that queue.
import {describe, expect, test} from '@jest/globals';
import {all, forever, Gate, PausableController, type PausableSignal, spawn, Task} from 'pausable-signal';
import {PausableQueue} from 'pausable-signal/queue';
import {collectGarbage, flush, macrotask, watched} from '../core/support.ts';

type Body = (queue: PausableQueue, signal: PausableSignal) => unknown;

/** A task that works with a queue below its signal. */
function start(body: Body): Task<unknown> {
	const task = Task.start(async ({signal}) => {
		await body(new PausableQueue({signal, concurrency: 2}), signal);
	});
	task.result.catch(() => {});
	return task;
}

/** Lets everything happen that needs no timer. */
async function rounds(): Promise<void> {
	for (let round = 0; round < 3; round++) {
		await flush();
		await macrotask();
	}
}

/** Pauses a task that still moves until the answer that it awaits, and expects that it is paused only after that. */
async function expectAnswerAfter(answer: Gate, task: Task<unknown>): Promise<void> {
	await rounds();
	const paused = watched(task.pause());
	await rounds();
	expect(paused.state).toBe('pending');
	answer.open();
	await rounds();
	expect(paused).toEqual({state: 'resolved', value: true});
	await task.stop();
}

/** Passes checkpoints until it is aborted. */
async function loop({signal}: {readonly signal: PausableSignal}): Promise<void> {
	while (await signal.gate.wait()) await macrotask();
}

const ways: Readonly<Record<string, Body>> = {
	'add()': (queue) => queue.add(loop),
	'add() with the signal of the queue': (queue) => queue.add(loop, {signal: queue.signal}),
	'addAll()': (queue) => queue.addAll([loop, loop, loop]),
	'onIdle()': (queue) => {
		for (let count = 0; count < 3; count++) void queue.add(loop).catch(() => {});
		return queue.onIdle();
	},
	'onPendingZero()': (queue) => {
		void queue.add(loop).catch(() => {});
		return queue.onPendingZero();
	},
	'onSizeLessThan()': (queue) => {
		for (let count = 0; count < 4; count++) void queue.add(loop).catch(() => {});
		return queue.onSizeLessThan(1);
	},
	'the onIdle() of a set': (queue) => {
		const set = queue.taskSet('set');
		void set.add(loop).catch(() => {});
		return set.onIdle();
	},
	'map()': async (queue) => {
		for await (const _ of queue.map([1, 2, 3], (_, context) => loop(context)));
	},
};

describe('a task that awaits its queue', () => {
	test.each(Object.entries(ways))(
		'by %s is paused once the tasks of the queue stand still',
		async (_, way) => {
			const task = start(way);
			await rounds();
			expect(await task.pause()).toBe(true);
			await task.stop();
		},
	);

	test.each(Object.entries(ways))(
		'by %s is paused though no task has started, as the pause came first',
		async (_, way) => {
			const answer = new Gate(false);
			const task = start(async (queue) => {
				await answer.wait();
				await way(queue, queue.signal);
			});
			await rounds();
			const paused = watched(task.pause());
			await rounds();
			expect(paused.state).toBe('pending');
			answer.open();
			await rounds();
			expect(paused).toEqual({state: 'resolved', value: true});
			await task.stop();
		},
	);

	test('moves as long as a task of the queue does that never reads its signal', async () => {
		const answer = new Gate(false);
		const task = start((queue) => queue.addAll([loop, () => answer.wait()]));
		await expectAnswerAfter(answer, task);
	});

	test.each([1, 2])('moves with what it does after the queue has become idle, time %p', async (times) => {
		const answer = new Gate(false);
		const task = start(async (queue, signal) => {
			for (let time = 0; time < times; time++) await queue.add(() => macrotask());
			await answer.wait();
			await signal.checkpoint();
		});
		await expectAnswerAfter(answer, task);
	});

	const entries: Readonly<Record<string, (signal: PausableSignal, work: typeof loop) => Promise<unknown>>> = {
		'to a queue of that all()': (signal, work) =>
			all(signal, (inner) => {
				const queue = new PausableQueue({signal: inner});
				return [queue.add(loop), queue.add(work)];
			}),
		'with the signal of that all()': (signal, work) => {
			const queue = new PausableQueue({signal});
			return all(signal, (inner) => [loop, work].map((fn) => queue.add(fn, {signal: inner})));
		},
		'to a queue elsewhere, with the signal of that all()': (signal, work) => {
			const queue = new PausableQueue();
			return all(signal, (inner) => [loop, work].map((fn) => queue.add(fn, {signal: inner})));
		},
		'in forks of spawn(), with their signals': (signal, work) => {
			const queue = new PausableQueue({signal});
			return spawn(signal, async (inner, {fork}) => {
				for (const fn of [loop, work]) fork((own) => queue.add(fn, {signal: own}));
				await forever(inner);
			});
		},
	};

	test.each(Object.entries(entries))(
		'in two entries of all(), added %s, needs both to stand still',
		async (_, way) => {
			const answer = new Gate(false);
			const quick = start((_queue, signal) => way(signal, loop));
			const slow = start((_queue, signal) => way(signal, () => answer.wait().then(() => loop({signal}))));
			await rounds();
			const paused = [quick, slow].map((task) => watched(task.pause()));
			await rounds();
			expect(paused).toEqual([{state: 'resolved', value: true}, {state: 'pending'}]);
			answer.open();
			await Promise.all([quick.stop(), slow.stop()]);
		},
	);

	test('in one entry of all(), added with its signal to its queue, does not stand for another entry', async () => {
		const answer = new Gate(false);
		const task = start((_queue, signal) =>
			all(signal, (inner) => {
				const queue = new PausableQueue({signal: inner});
				return [queue.add(loop, {signal: inner}), answer.wait().then(() => loop({signal: inner}))];
			}),
		);
		await expectAnswerAfter(answer, task);
	});

	test('is paused with the next task, too, after one was aborted', async () => {
		const task = start(async (queue) => {
			const set = queue.taskSet('set');
			const aborted = set.add(() => macrotask());
			set.abort('enough');
			await aborted.catch(() => {});
			await queue.onIdle();
			await queue.add(loop);
		});
		await rounds();
		const paused = watched(task.pause());
		await rounds();
		expect(paused).toEqual({state: 'resolved', value: true});
		await task.stop();
	});

	test('moves until the function of an aborted task has ended', async () => {
		const answer = new Gate(false);
		const child = new PausableController();
		const task = start(async (queue, signal) => {
			await queue.add(() => answer.wait(), {signal: child.signal}).catch(() => {});
			await signal.checkpoint();
		});
		await rounds();
		const paused = watched(task.pause());
		child.abort('enough');
		await rounds();
		expect(paused.state).toBe('pending');
		answer.open();
		await rounds();
		expect(paused).toEqual({state: 'resolved', value: true});
		await task.stop();
	});

	test('moves while it works on a result of map(), though all tasks stand still', async () => {
		const answer = new Gate(false);
		const task = start(async (queue) => {
			const mapped = queue.map([1, 2, 3], async (item, context) => {
				if (item > 1) await loop(context);
			});
			for await (const _ of mapped) await answer.wait();
		});
		await expectAnswerAfter(answer, task);
	});

	test('is not kept waiting by a queue, or a map, that it has dropped', async () => {
		const task = start(async (queue, signal) => {
			await queue.map([1], () => 'one').next();
			await new PausableQueue({signal}).add(() => 'two');
			await loop({signal});
		});
		await rounds();
		await collectGarbage();
		expect(await task.pause()).toBe(true);
		await task.stop();
	});
});
