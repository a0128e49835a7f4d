// A pause is answered when all branches of the work stand still, and not before.
import {describe, expect, test} from '@jest/globals';
import {
	all,
	deadline,
	delay,
	forever,
	interval,
	PausableController,
	PausableSignal,
	proactiveRetry,
	race,
	spawn,
	type Task,
} from 'pausable-signal';
import {macrotask} from '../core/support.ts';
import {Deferred, flush, start, statesOf, watched} from './kit.ts';

/** Pauses a task whose work has one step left to do, and expects the answer after that step only. */
async function expectAnswerAfter(work: Deferred<void>, task: Task<unknown>): Promise<void> {
	await flush();
	const answer = watched(task.pause());
	await flush();
	expect([answer.state, task.state]).toEqual(['pending', 'pausing']);
	work.resolve();
	await flush();
	expect([answer, task.state]).toEqual([{state: 'resolved', value: true}, 'paused']);
	await task.stop();
}

/** Pauses a task all of whose work stands still, and expects the answer. */
async function expectAnswer(task: Task<unknown>): Promise<void> {
	const answer = watched(task.pause());
	await flush();
	expect([answer, task.state]).toEqual([{state: 'resolved', value: true}, 'paused']);
	await task.stop();
}

/** Waits for the abort, and then for a cleanup. */
async function cleanUpAfter(signal: PausableSignal, cleanup: Promise<void>): Promise<void> {
	try {
		await forever(signal);
	} finally {
		await cleanup;
	}
}

describe('a signal made for one step of the work and dropped is no branch', () => {
	test.each<[string, (signal: PausableSignal) => PausableSignal]>([
		['a deadline', (signal) => deadline(signal, 1e6)],
		['a deadline of a deadline', (signal) => deadline(deadline(signal, 1e6), 1e6)],
		['a composite', (signal) => PausableSignal.any([signal, new AbortController().signal])],
		['a composite of deadlines', (signal) => PausableSignal.any([deadline(signal, 1e6)])],
	])('%s', async (_name, limit) => {
		const task = start(async ({signal}) => {
			await limit(signal).checkpoint();
			await delay(limit(signal), 0);
			await all(limit(signal), (inner) => [inner.checkpoint(), delay(inner, 0)]);
			await forever(limit(signal));
		});
		for (let turn = 0; turn < 5; turn++) await macrotask();
		await expectAnswer(task);
	});

	test('and work on it keeps the pause from being answered', async () => {
		const work = new Deferred<void>();
		const task = start(({signal}) =>
			all(signal, (inner) => [
				forever(deadline(inner, 1e6)),
				work.promise.then(() => forever(deadline(inner, 1e6))),
			]),
		);
		await expectAnswerAfter(work, task);
	});
});

describe('work beside a branch that stands still keeps the pause from being answered', () => {
	test.each([
		['all', all],
		['race', race],
	])('an entry of %s()', async (_name, flow) => {
		const work = new Deferred<void>();
		const task = start(({signal}) =>
			flow(signal, (inner) => [forever(inner), work.promise.then(() => forever(inner))]),
		);
		await expectAnswerAfter(work, task);
	});

	test('the function of spawn() beside its fork', async () => {
		const work = new Deferred<void>();
		const task = start(({signal}) =>
			spawn(signal, async (inner, {fork}) => {
				await inner.checkpoint();
				fork((forkSignal) => forever(forkSignal));
				await work.promise;
				await forever(inner);
			}),
		);
		await expectAnswerAfter(work, task);
	});

	test('the function of spawn() that has not waited yet', async () => {
		const work = new Deferred<void>();
		const task = start(({signal}) =>
			spawn(signal, async (inner, {fork}) => {
				fork((forkSignal) => forever(forkSignal));
				await work.promise;
				await forever(inner);
			}),
		);
		await expectAnswerAfter(work, task);
	});
});

describe('work that is over, or only waits for its next turn, delays no answer', () => {
	test('an interval whose loop body waits at a checkpoint', async () => {
		const ticked = new Deferred<void>();
		const work = new Deferred<void>();
		const task = start(async ({signal}) => {
			for await (const _ of interval(signal, 1)) {
				ticked.resolve();
				await work.promise;
				await signal.checkpoint();
			}
		});
		await ticked.promise;
		await expectAnswerAfter(work, task);
	});

	test('work that waits already, for the end of a pause of its own', async () => {
		const task = start(async ({signal}) => {
			const child = new PausableController({signal});
			child.pause();
			await child.signal.checkpoint();
		});
		await flush();
		await expectAnswer(task);
	});

	test('all() that left a listener on its signal', async () => {
		const task = start(async ({signal}) => {
			await all(signal, (inner) => {
				inner.addEventListener('abort', () => {});
				return [inner.checkpoint()];
			});
			await forever(signal);
		});
		await flush();
		await expectAnswer(task);
	});

	test('all() that left a time limit that nobody waits for', async () => {
		const limits: AbortSignal[] = [];
		const task = start(async ({signal}) => {
			await all(signal, (inner) => {
				limits.push(deadline(inner, 60_000));
				return [inner.checkpoint()];
			});
			await forever(signal);
		});
		await flush();
		await expectAnswer(task);
		expect(limits[0]?.aborted).toBe(true);
	});
});

describe('a branch below several signals', () => {
	test.each([
		['first', (own: PausableSignal, other: PausableSignal) => [own, other]],
		['last', (own: PausableSignal, other: PausableSignal) => [other, own]],
	])("PausableSignal.any() with the task's signal %s", async (_place, order) => {
		const other = new PausableController();
		const task = start(({signal}) => forever(PausableSignal.any(order(signal, other.signal))));
		await flush();
		await expectAnswer(task);
	});

	test.each([
		['first', (own: PausableSignal, other: PausableSignal) => [own, other]],
		['last', (own: PausableSignal, other: PausableSignal) => [other, own]],
	])("a controller with the task's signal %s among its parents", async (_place, order) => {
		const other = new PausableController();
		const task = start(({signal}) =>
			forever(new PausableController({signal: order(signal, other.signal)}).signal),
		);
		await flush();
		await expectAnswer(task);
	});
});

describe('nothing moves, so no event fires', () => {
	test('a wall-clock delay that falls due during the pause', async () => {
		const task = start(({signal}) => delay(signal, 5, {clock: 'wall'}));
		await flush();
		expect(await task.pause()).toBe(true);
		const states = statesOf(task);
		// Later than the delay: timers of the same length fire in order.
		await new Promise((resolve) => setTimeout(resolve, 5));
		await flush();
		expect(states).toEqual([]);
		task.resume();
		await task.result;
		expect(states).toEqual(['running', 'completed']);
	});
});

describe('A1: a result on its way to the function delays the answer to a pause', () => {
	test.each<[string, (work: Promise<void>, signal: PausableSignal) => Promise<unknown>]>([
		['all() of one', (work, signal) => all(signal, () => [work])],
		['all() of two', (work, signal) => all(signal, () => [work, work])],
		['all() of none', (work, signal) => work.then(() => all(signal, () => []))],
		['all() in all()', (work, signal) => all(signal, (inner) => [all(inner, () => [work])])],
		['race()', (work, signal) => race(signal, () => [work])],
		['spawn()', (work, signal) => spawn(signal, () => work)],
		['proactiveRetry()', (work, signal) => proactiveRetry(signal, () => work)],
		[
			'a child controller',
			async (work, signal) => {
				using child = new PausableController({signal});
				await all(child.signal, () => [work]);
			},
		],
	])('of %s', async (_name, flow) => {
		const [work, write] = [new Deferred<void>(), new Deferred<void>()];
		const task = start(async ({signal}) => {
			await flow(work.promise, signal);
			await write.promise;
			await signal.checkpoint();
		});
		await flush();
		const answer = watched(task.pause());
		work.resolve();
		await flush();
		expect([answer.state, task.state]).toEqual(['pending', 'pausing']);
		await expectAnswerAfter(write, task);
	});
});

describe('A1: cleanup that nobody awaits delays the answer to a pause', () => {
	test('of a fork that was aborted', async () => {
		const cleanup = new Deferred<void>();
		const task = start(({signal}) =>
			spawn(signal, async (inner, {fork}) => {
				fork((own) => cleanUpAfter(own, cleanup.promise)).abort();
				await forever(inner);
			}),
		);
		await expectAnswerAfter(cleanup, task);
	});

	test('of an attempt that lost', async () => {
		const [cleanup, answered] = [new Deferred<void>(), new Deferred<void>()];
		const task = start(async ({signal}) => {
			const attempt = (inner: PausableSignal, number: number): Promise<void> =>
				number === 0 ? cleanUpAfter(inner, cleanup.promise) : Promise.resolve();
			await proactiveRetry(signal, attempt, {baseMs: 0});
			answered.resolve();
			await forever(signal);
		});
		await answered.promise;
		await expectAnswerAfter(cleanup, task);
	});

	test('of a task that was stopped', async () => {
		const cleanup = new Deferred<void>();
		const task = start(async ({signal}) => {
			const inner = start((context) => cleanUpAfter(context.signal, cleanup.promise), {signal});
			void inner.stop();
			await forever(signal);
		});
		await expectAnswerAfter(cleanup, task);
	});

	test('but not where it waits at a checkpoint of the signal around it', async () => {
		const task = start(({signal}) =>
			spawn(signal, async (inner, {fork}) => {
				await inner.checkpoint();
				fork((own) => cleanUpAfter(own, forever(inner))).abort();
				await forever(inner);
			}),
		);
		await flush();
		await expectAnswer(task);
	});
});

describe('A1: a pause in the tick in which work moves is not answered at once', () => {
	test.each<[string, (child: PausableController, above: PausableController) => unknown]>([
		['by an abort', (child) => child.abort()],
		['by step()', (_child, above) => above.step()],
	])('%s', async (_name, move) => {
		const above = new PausableController();
		const child = new PausableController({signal: above.signal});
		const [begin, work] = [new Deferred<void>(), new Deferred<void>()];
		const task = start(
			async ({signal}) => {
				await begin.promise;
				await PausableSignal.any([signal, child.signal])
					.checkpoint()
					.catch(() => {});
				await work.promise;
				await forever(signal);
			},
			{signal: above.signal},
		);
		above.pause();
		begin.resolve();
		await task.pause();
		task.resume();
		move(child, above);
		const answer = watched(task.pause());
		await flush();
		expect([answer.state, task.state]).toEqual(['pending', 'pausing']);
		work.resolve();
		await flush();
		expect([answer.value, task.state]).toEqual([true, 'paused']);
	});
});

describe('the task knows which function awaits', () => {
	test('a loop beside a child controller of another entry of all()', async () => {
		const task = start(({signal}) =>
			all(signal, (inner) => [
				forever(new PausableController({signal: inner}).signal),
				(async () => {
					for (;;) await delay(inner, 0);
				})(),
			]),
		);
		for (let turn = 0; turn < 5; turn++) await macrotask();
		await expectAnswer(task);
	});

	test('a child controller below another one is awaited by that, and not by two', async () => {
		const work = new Deferred<void>();
		const task = start(({signal}) =>
			all(signal, (inner) => [
				(async () => {
					using child = new PausableController({signal: inner});
					await child.signal.checkpoint();
					await forever(new PausableController({signal: child.signal}).signal);
				})(),
				work.promise.then(() => forever(inner)),
			]),
		);
		await expectAnswerAfter(work, task);
	});

	test('two child controllers of two entries of all()', async () => {
		const task = start(({signal}) =>
			all(signal, (inner) => [1, 2].map(() => forever(new PausableController({signal: inner}).signal))),
		);
		await flush();
		await expectAnswer(task);
	});

	test.each<[string, (outer: PausableSignal, inner: PausableSignal) => PausableSignal[]]>([
		['first', (outer, inner) => [outer, inner]],
		['last', (outer, inner) => [inner, outer]],
	])(
		'a child controller of several is awaited by the youngest, with the task’s %s',
		async (_place, order) => {
			const work = new Deferred<void>();
			const task = start(({signal}) =>
				all(signal, (inner) => [
					forever(new PausableController({signal: order(signal, inner)}).signal),
					work.promise.then(() => forever(inner)),
				]),
			);
			await expectAnswerAfter(work, task);
		},
	);

	test('a function that passed a checkpoint after it had started a child does not await that', async () => {
		const work = new Deferred<void>();
		const task = start(async ({signal}) => {
			const child = new PausableController({signal});
			void forever(child.signal).catch(() => {});
			await signal.checkpoint();
			await work.promise;
			await forever(signal);
		});
		await expectAnswerAfter(work, task);
	});

	test('all() does not await an attempt in it that lost', async () => {
		const [cleanup, answered] = [new Deferred<void>(), new Deferred<void>()];
		const attempt = (inner: PausableSignal, number: number): Promise<void> =>
			number === 0 ? cleanUpAfter(inner, cleanup.promise) : Promise.resolve();
		const task = start(({signal}) =>
			all(signal, (inner) => [
				proactiveRetry(inner, attempt, {baseMs: 0}).then(answered.resolve),
				forever(inner),
			]),
		);
		await answered.promise;
		await expectAnswerAfter(cleanup, task);
	});

	test('a function awaits the cleanup of all(), which may wait at a checkpoint of its own signal', async () => {
		const task = start(async ({signal}) => {
			const fail = Promise.reject(new Error('oops'));
			await all(signal, (inner) => [fail, cleanUpAfter(inner, forever(signal))]).catch(() => {});
		});
		await flush();
		await expectAnswer(task);
	});

	test('a function that awaits its fork by join()', async () => {
		const task = start(({signal}) =>
			spawn(signal, async (inner, {fork}) => {
				await inner.checkpoint();
				await fork((own) => forever(own)).join();
			}),
		);
		await flush();
		await expectAnswer(task);
	});

	test('a signal of several that was used for one step', async () => {
		const other = start(({signal}) => forever(signal));
		const task = start(async ({signal}) => {
			await PausableSignal.any([signal, other.signal]).checkpoint();
			await forever(signal);
		});
		await flush();
		await expectAnswer(task);
	});
});
