// Queues and sets, paused, resumed and aborted at every point.
import {delay, type PausableSignal} from 'pausable-signal';
import {BackOff, PausableQueue, type PausableQueueOptions} from 'pausable-signal/queue';
import type {SweepContext} from 'pausable-signal/testing';
import {type Scenario, testEveryPoint} from './kit.ts';

type Work = (queue: PausableQueue, step: () => void, signal: PausableSignal) => Promise<unknown>;

/** Work on a queue below the signal, of which nothing may be left in the queue, whatever interrupts it. */
const onQueue =
	(work: Work, options?: PausableQueueOptions): Scenario['run'] =>
	async (signal, step, {check}: SweepContext) => {
		const queue = new PausableQueue({concurrency: 2, ...options, signal});
		check(() => {
			const {size, pending, state} = queue;
			const {waiting, running, parked} = queue.progress;
			const counts = [size, pending, waiting, running, parked];
			if (counts.some((count) => count > 0)) throw new Error(`it is left with ${counts.join()}`);
			if (state !== 'stopped') throw new Error(`it is left ${state}`);
		});
		try {
			// A queue that was stopped refuses what it is given with an error of its own.
			signal.throwIfAborted();
			return await work(queue, step, signal);
		} finally {
			await queue.stop();
		}
	};

/** A task of two steps, which each task does as a whole, or not at all. */
const task =
	(step: () => void, ms = 10) =>
	async ({signal}: {signal: PausableSignal}): Promise<number> => {
		await signal.checkpoint();
		step();
		await delay(signal, ms);
		return ms;
	};

testEveryPoint('a queue with more tasks than slots', {
	value: '10,20,30,40',
	steps: 4,
	flows: 2,
	run: onQueue(async (queue, step) => {
		const results = await queue.addAll([10, 20, 30, 40].map((ms) => task(step, ms)));
		return results.join();
	}),
});

testEveryPoint('a queue whose parked tasks give their slots back', {
	value: '10,10,10',
	steps: 3,
	flows: 3,
	run: onQueue(async (queue, step) => (await queue.addAll([1, 2, 3].map(() => task(step)))).join(), {
		concurrency: 1,
		whilePaused: 'release',
	}),
});

testEveryPoint('sets that take turns, of which one has a limit', {
	value: '10,10,10,10',
	steps: 4,
	flows: 2,
	run: onQueue(async (queue, step) => {
		const one = queue.taskSet('one', {concurrency: 1});
		const other = queue.taskSet('other');
		const added = [one, other, one, other].map((set) => set.add(task(step)));
		return (await Promise.all(added)).join();
	}),
});

testEveryPoint('a set that is held for a while', {
	value: '10,10,10',
	steps: 3,
	flows: 2,
	run: onQueue(async (queue, step) => {
		const set = queue.taskSet('set');
		const added = [set, queue, set].map((group) => group.add(task(step)));
		const hold = set.hold('busy', {until: 15});
		await Promise.all([...added, hold.released]);
		return (await Promise.all(added)).join();
	}),
});

testEveryPoint('a set that was refused and comes back', {
	value: '10,10,10',
	steps: 3,
	flows: 2,
	run: onQueue(async (queue, step) => {
		const set = queue.taskSet('host', {concurrency: 2});
		const backOff = new BackOff(set, {baseMs: 20});
		const added = [1, 2, 3].map((number) =>
			set.add(async (context) => {
				if (number === 1) backOff.refused({reason: 429});
				const ms = await task(step)(context);
				backOff.answered();
				return ms;
			}),
		);
		return (await Promise.all(added)).join();
	}),
});

testEveryPoint('a set that is aborted while its queue goes on', {
	value: 'aborted,10',
	steps: 1,
	flows: 2,
	run: onQueue(async (queue, step) => {
		const set = queue.taskSet('set');
		const lost = set.add(({signal}) => delay(signal, 1_000)).catch(() => 'aborted');
		const kept = queue.add(task(step));
		await queue.add(() => void set.abort('enough'));
		return (await Promise.all([lost, kept])).join();
	}),
});

testEveryPoint('results of map()', {
	value: '1,2,3,4',
	steps: 4,
	flows: 3,
	run: onQueue(async (queue, step) => {
		const results: number[] = [];
		const source = [1, 2, 3, 4];
		const mapped = queue.map(source, async (number, {signal}) => {
			await delay(signal, 10 * (5 - number));
			step();
			return number;
		});
		for await (const result of mapped) results.push(result);
		return results.toSorted((a, b) => a - b).join();
	}),
});

testEveryPoint('a shutdown that finishes the rest', {
	value: '10,10,10',
	steps: 3,
	flows: 2,
	run: onQueue(async (queue, step, signal) => {
		const added = queue.addAll([1, 2, 3].map(() => task(step)));
		const ended = added.then(
			(results) => results.join(),
			(reason: unknown) => reason,
		);
		await queue.shutdown({signal});
		return await added.then(() => ended);
	}),
});

testEveryPoint('a rate limit', {
	value: '10,10,10',
	steps: 3,
	flows: 2,
	run: onQueue(async (queue, step) => (await queue.addAll([1, 2, 3].map(() => task(step)))).join(), {
		interval: 50,
		intervalCap: 1,
	}),
});

testEveryPoint('waits for a queue to become idle', {
	value: 2,
	steps: 2,
	flows: 2,
	run: onQueue(async (queue, step, signal) => {
		let done = 0;
		for (let number = 0; number < 2; number++) {
			void queue.add(task(step)).then(
				() => done++,
				() => {},
			);
		}
		await queue.onSizeLessThan(1, {signal});
		await queue.onIdle({signal});
		return done;
	}),
});
