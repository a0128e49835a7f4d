/**
 * Random work on p-queue and on ours, with the same seed: the traces are the same.
 *
 * `STRESS_RUNS=5000 npm test -- tests/queue/parity-random.test.ts` runs more of it.
 */
import {afterEach, beforeEach, describe, expect, jest, test} from '@jest/globals';
import type PQueue from 'p-queue';
import {Dice} from './dice.ts';
import {Deferred, flush, ticks} from './kit.ts';
import {type Log, type QueueOptions, type Scenario, show, tracesOf} from './parity-kit.ts';

// Not what promise jobs stand in line with: p-queue uses it.
beforeEach(() => void jest.useFakeTimers({doNotFake: ['queueMicrotask', 'nextTick']}));
afterEach(() => void jest.useRealTimers());

interface Kind {
	readonly name: string;
	readonly options: (dice: Dice) => QueueOptions;
	/** How long an action may take at most, in fake milliseconds. */
	readonly pace: number;
}

const kinds: readonly Kind[] = [
	{name: 'concurrency', options: (dice) => ({concurrency: 1 + dice.below(3)}), pace: 5},
	{name: 'autoStart', options: (dice) => ({concurrency: 1 + dice.below(3), autoStart: false}), pace: 5},
	{
		name: 'fixed windows',
		options: (dice) => ({interval: 100, intervalCap: 1 + dice.below(3), concurrency: 1 + dice.below(4)}),
		pace: 60,
	},
	{
		name: 'fixed windows with carry-over',
		options: (dice) => ({interval: 100, intervalCap: 1 + dice.below(3), carryoverIntervalCount: true}),
		pace: 60,
	},
	{
		name: 'a sliding window',
		options: (dice) => ({interval: 100, intervalCap: 1 + dice.below(3), strict: true}),
		pace: 60,
	},
];

/** Random work in which one thing happens at a time: each body ends when it is told to. */
function randomWork(seed: number, pace: number): Scenario {
	return async (queue, log) => {
		const dice = new Dice(seed);
		const ends: Deferred<unknown>[] = [];
		const aborters: AbortController[] = [];
		// Not both: here, time limits stand still during a pause.
		const pauses = dice.isOne(2);
		let added = 0;
		const add = (): void => {
			const id = `task ${added++}`;
			const end = new Deferred<unknown>();
			const aborter = new AbortController();
			const signal = dice.isOne(3) ? aborter.signal : undefined;
			if (signal !== undefined) aborters.push(aborter);
			const priority = dice.isOne(4) ? dice.below(3) - 1 : undefined;
			const timeout = !pauses && dice.isOne(4) ? 1 + dice.below(pace) : undefined;
			const ended = queue.add(
				(context) => {
					log(`${id} starts`);
					ends.push(end);
					context.signal?.addEventListener('abort', () => end.reject(new Error(`${id} gives up`)));
					return end.promise;
				},
				{id, priority, signal, timeout},
			);
			ended.then(
				(value) => log(`${id} resolves ${show(value)}`),
				(error: unknown) => log(`${id} rejects ${show(error)}`),
			);
		};
		const endOne = (): void => {
			const end = ends.splice(dice.below(ends.length), 1)[0];
			if (dice.isOne(5)) end?.reject(new RangeError('a fault'));
			else end?.resolve(dice.below(100));
		};
		const wait = (): void => {
			const waits = {
				onEmpty: () => queue.onEmpty(),
				onIdle: () => queue.onIdle(),
				onPendingZero: () => queue.onPendingZero(),
				onSizeLessThan: () => queue.onSizeLessThan(2),
				onRateLimit: () => queue.onRateLimit(),
				onRateLimitCleared: () => queue.onRateLimitCleared(),
			};
			const name = dice.pick(Object.keys(waits) as (keyof typeof waits)[])!;
			void waits[name]().then(() => log(name));
		};
		const act = (): void => {
			const roll = dice.below(22);
			if (roll < 8) add();
			else if (roll < 12) endOne();
			else if (roll < 13 && pauses) queue.pause();
			else if (roll < 15) queue.start();
			else if (roll < 16) queue.clear();
			else if (roll < 17) queue.concurrency = 1 + dice.below(4);
			else if (roll < 18) changePriority(queue, `task ${dice.below(added + 1)}`, dice.below(3), log);
			else if (roll < 20) aborters.splice(dice.below(aborters.length), 1)[0]?.abort('enough');
			else wait();
		};
		for (let action = 0; action < 30; action++) {
			act();
			await flush();
			log.step(
				`${queue.isPaused} ${queue.isRateLimited} ${queue.isSaturated} ${queue.sizeBy({priority: 0})}`,
			);
			if (dice.isOne(2)) await pass(dice.below(pace), log);
		}
		queue.start();
		for (let turn = 0; turn < 60 && queue.size + queue.pending > 0; turn++) {
			ends.shift()?.resolve('at last');
			await flush();
			await pass(pace, log);
		}
		await pass(200, log);
	};
}

function changePriority(queue: PQueue, id: string, priority: number, log: Log): void {
	try {
		queue.setPriority(id, priority);
	} catch (error) {
		log(`setPriority ${show(error)}`);
	}
}

/** Lets time pass, a timer at a time. */
async function pass(ms: number, log: Log): Promise<void> {
	for (let left = ms; left > 0 && jest.getTimerCount() > 0; left--) {
		jest.advanceTimersByTime(1);
		await ticks(12);
	}
	await ticks(100);
	log.step(`${ms} ms later`);
}

/** Random work in which much happens within one tick: bodies end by themselves, at once or soon. */
function busyWork(seed: number, pace: number): Scenario {
	return async (queue, log) => {
		const dice = new Dice(seed);
		let added = 0;
		const add = (): void => {
			const id = `task ${added++}`;
			let lines = 0;
			const note = (line: string): void => log.aside(`${id}, ${++lines}.: ${line}`);
			const turns = dice.below(4);
			const fails = dice.isOne(6);
			const end = (): number => {
				note('ends');
				if (fails) throw new RangeError('a fault');
				return turns;
			};
			const body = (): number | Promise<number> => {
				note('starts');
				if (dice.isOne(8) && added < 40) add();
				return turns === 0 ? end() : ticks(turns).then(end);
			};
			queue.add(body, {id, priority: dice.below(3)}).then(
				(value) => note(`resolves ${show(value)}`),
				(error: unknown) => note(`rejects ${show(error)}`),
			);
		};
		for (let action = 0; action < 20; action++) {
			const roll = dice.below(12);
			if (roll < 6) for (let count = dice.below(4); count > 0; count--) add();
			else if (roll < 7) queue.pause();
			else if (roll < 9) queue.start();
			else if (roll < 10) queue.concurrency = 1 + dice.below(4);
			else if (roll < 11) queue.clear();
			else void queue.onIdle().then(() => log.aside('onIdle'));
			await ticks(300);
			log.step(`${queue.isRateLimited} ${queue.isSaturated}`);
			if (dice.isOne(3)) await pass(dice.below(pace), log);
		}
		queue.start();
		await ticks(300);
		await pass(3_000, log);
	};
}

const runs = Number(process.env['STRESS_RUNS'] ?? 80);

const ofTasks = ['active', 'add', 'completed', 'error'] as const;

const works = [
	['one thing at a time: all events, in order, with the counts at each', randomWork, {}],
	['one thing at a time: the events of tasks alone', randomWork, {heard: ofTasks}],
	['one thing at a time: no events', randomWork, {heard: []}],
	['much within one tick: the same things happen', busyWork, {inOrder: false}],
	[
		'much within one tick: the same things happen while nobody listens',
		busyWork,
		{inOrder: false, heard: []},
	],
] as const;

describe.each(works)('%s', (_name, work, tracing) => {
	test.each(kinds)(
		'$name',
		async ({options, pace}) => {
			const first = Number(process.env['STRESS_SEED'] ?? 1);
			for (let seed = first; seed < first + runs; seed++) {
				const {theirs, ours} = await tracesOf(options(new Dice(seed)), work(seed, pace), tracing);
				expect({seed, trace: ours}).toEqual({seed, trace: theirs});
			}
		},
		600_000,
	);
});
