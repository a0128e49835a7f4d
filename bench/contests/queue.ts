import {type AsyncWorker, queue as asyncQueue} from 'async';
import Bottleneck from 'bottleneck';
import * as Effect from 'effect/Effect';
import fastq from 'fastq';
import pLimit from 'p-limit';
import PQueue from 'p-queue';
import PQueue9 from 'p-queue-9';
import {PausableQueue} from 'pausable-signal/queue';
import type {Contest, Contestant} from '../contest.ts';
import {nsSince, weighed} from '../samples.ts';

const concurrency = 8;
const work = async (): Promise<void> => {};
const forever = (): Promise<never> => new Promise(() => {});

/** Costs of a task, from adding it to the end of all: everybody awaits the promises of all tasks. */
function filled(name: string, count: number, run: (count: number) => Promise<unknown>): Contestant {
	return {
		name,
		async sample() {
			const start = performance.now();
			await run(count);
			return nsSince(start) / count;
		},
	};
}

function added(
	name: string,
	count: number,
	begin: () => {add: (turn: number) => unknown; end?: () => void},
): Contestant {
	return filled(name, count, async (n) => {
		const {add, end} = begin();
		await Promise.all(Array.from({length: n}, (_, turn) => add(turn)));
		end?.();
	});
}

/** What is asked of many tasks: 1.3 times p-queue's throughput, and twice fastq's time at most. */
const many = {pQueue: 1 / 1.3, fastq: 2};

function others(count: number): (Contestant & {ratioLimit?: number})[] {
	return [
		added('p-limit', count, () => {
			const limit = pLimit(concurrency);
			return {add: () => limit(work)};
		}),
		{
			...added('fastq', count, () => {
				const queue = fastq.promise(work, concurrency);
				return {add: (turn) => queue.push(turn)};
			}),
			...(isMany(count) ? {ratioLimit: many.fastq} : {}),
		},
		added('async: `queue`', count, () => {
			// It takes async functions, which its types do not know.
			const queue = asyncQueue(work as unknown as AsyncWorker<number>, concurrency);
			return {add: (turn) => queue.pushAsync(turn)};
		}),
		added('bottleneck', Math.min(count, 300), () => {
			const limiter = new Bottleneck({maxConcurrent: concurrency});
			return {add: () => limiter.schedule(work)};
		}),
		filled('Effect: `forEach`', count, (n) =>
			Effect.runPromise(
				Effect.forEach(Array.from({length: n}), () => Effect.promise(work), {concurrency, discard: true}),
			),
		),
	];
}

function isMany(count: number): boolean {
	return count >= 100_000;
}

export function queueTasks(count: number): Contest {
	return {
		what: `${count.toLocaleString('en')} queued tasks that do nothing, each`,
		unit: 'ns',
		ours: added('queue', count, () => {
			const queue = new PausableQueue({concurrency});
			return {add: () => queue.add(work)};
		}),
		peers: [
			{
				...added('p-queue 10', count, () => {
					const queue = new PQueue({concurrency});
					return {add: () => queue.add(work)};
				}),
				ratioLimit: isMany(count) ? many.pQueue : 1 / 0.7,
			},
			...others(count),
		],
	};
}

const events = ['active', 'add', 'completed', 'empty', 'error', 'idle', 'next', 'pendingZero'] as const;

function heard<Queue extends Pick<EventTarget, 'addEventListener'>>(queue: Queue): Queue {
	for (const event of events) queue.addEventListener(event, () => {});
	return queue;
}

export function queueHeard(): Contest {
	const count = 100_000;
	return {
		what: 'the same, 100,000 with a listener for each event',
		unit: 'ns',
		isHeavy: true,
		ours: added('queue', count, () => {
			const queue = heard(new PausableQueue({concurrency}));
			return {add: () => queue.add(work)};
		}),
		peers: [
			{
				...added('p-queue 10', count, () => {
					const queue = heard(new PQueue({concurrency}));
					return {add: () => queue.add(work)};
				}),
				ratioLimit: many.pQueue,
			},
		],
	};
}

export function queueSharedSignal(): Contest {
	const count = 10_000;
	return {
		what: 'the same, 10,000 with one shared signal',
		unit: 'ns',
		ours: added('queue', count, () => {
			const queue = new PausableQueue({concurrency});
			const {signal} = new AbortController();
			return {add: () => queue.add(work, {signal})};
		}),
		peers: [
			{
				...added('p-queue 9', count, () => {
					const queue = new PQueue9({concurrency});
					const {signal} = new AbortController();
					return {add: () => queue.add(work, {signal})};
				}),
				ratioLimit: 1 / 5,
			},
			added('p-queue 10', count, () => {
				const queue = new PQueue({concurrency});
				const {signal} = new AbortController();
				return {add: () => queue.add(work, {signal})};
			}),
		],
	};
}

export function queueReadSignal(): Contest {
	const count = 100_000;
	return {
		what: 'the same, 100,000 that each read their signal',
		unit: 'ns',
		isHeavy: true,
		ours: added('queue', count, () => {
			const queue = new PausableQueue({concurrency});
			return {add: () => queue.add(async ({signal}) => void signal.aborted)};
		}),
		peers: [
			{
				...added('p-queue 10', count, () => {
					const queue = new PQueue({concurrency});
					return {add: () => queue.add(work)};
				}),
				ratioLimit: 1.5,
			},
		],
	};
}

const calls = 20;

/** Half of them stand in a set that is paused and resumed, while nothing of the queue runs. */
export function queuePauseSet(): Contest {
	const count = 100_000;
	const queue = new PausableQueue({concurrency: 1});
	void queue.add(forever);
	const set = queue.taskSet('paused');
	for (let i = 0; i < count; i++) void set.add(forever);
	const peer = new PQueue({concurrency: 1});
	void peer.add(forever);
	for (let i = 0; i < count; i++) void peer.add(forever);
	return {
		what: 'pausing and resuming a set with 100,000 waiting tasks',
		unit: 'ns',
		ours: {
			name: 'set',
			sample() {
				const start = performance.now();
				for (let call = 0; call < calls; call++) {
					void set.pause();
					set.resume();
				}
				return nsSince(start) / calls;
			},
		},
		peers: [
			{
				name: 'p-queue: `pause()` and `start()` of the whole queue',
				sample() {
					const start = performance.now();
					for (let call = 0; call < calls; call++) {
						peer.pause();
						peer.start();
					}
					return nsSince(start) / calls;
				},
			},
		],
	};
}

export function queueBytes(): Contest {
	const count = 20_000;
	return {
		what: 'a waiting task of a queue',
		unit: 'bytes',
		isHeavy: true,
		ours: weighed('queue', count, (n) => {
			const queue = new PausableQueue({concurrency: 1, keepAlive: false});
			for (let i = 0; i <= n; i++) void queue.add(forever);
			return queue;
		}),
		peers: [
			weighed('p-queue 10', count, (n) => {
				const queue = new PQueue({concurrency: 1});
				for (let i = 0; i <= n; i++) void queue.add(forever);
				return queue;
			}),
			weighed('p-limit', count, (n) => {
				const limit = pLimit(1);
				for (let i = 0; i <= n; i++) void limit(forever);
				return limit;
			}),
			weighed('fastq', count, (n) => {
				const queue = fastq.promise(forever, 1);
				for (let i = 0; i <= n; i++) void queue.push(i);
				return queue;
			}),
		],
	};
}
