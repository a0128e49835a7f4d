// One scenario on p-queue and on PausableQueue: the traces are the same.
import {describe, expect, test} from '@jest/globals';
import PQueue, {type Options} from 'p-queue';
import {PausableQueue} from 'pausable-signal/queue';
import {flush, ticks} from './kit.ts';

const eventTypes = ['active', 'add', 'completed', 'empty', 'error', 'idle', 'next', 'pendingZero'] as const;

type Scenario = (queue: PQueue, log: (line: unknown) => void) => void | Promise<void>;

async function trace(queue: PQueue, scenario: Scenario): Promise<string[]> {
	const lines: string[] = [];
	for (const type of [...eventTypes, 'rateLimit', 'rateLimitCleared'] as const)
		queue.addEventListener(type, () => lines.push(`${type} size=${queue.size} pending=${queue.pending}`));
	await scenario(queue, (line) => lines.push(String(line)));
	await flush();
	return lines;
}

function sameTrace(name: string, options: Options<never, never> | object, scenario: Scenario): void {
	test(name, async () => {
		const theirs = await trace(new PQueue(options), scenario);
		const ours = await trace(new PausableQueue(options) as unknown as PQueue, scenario);
		expect(ours).toEqual(theirs);
	});
}

describe('adding inside tasks', () => {
	sameTrace(
		'what is added in the first part of a task starts at once',
		{concurrency: 3},
		async (queue, log) => {
			await queue.add(async () => {
				log('outer starts');
				void queue.add(async () => log('inner starts'));
				log('outer goes on');
			});
		},
	);
});

describe('pausing', () => {
	sameTrace("in a listener of 'active'", {concurrency: 3}, async (queue, log) => {
		queue.addEventListener('active', () => queue.pause());
		for (let task = 0; task < 4; task++) queue.add(async () => log(`task ${task}`)).catch(() => {});
		await flush();
		queue.start();
		await flush();
		// The listener has paused it again: what waits would keep the process alive.
		queue.clear();
	});
});

describe('aborting a running task that ends at once', () => {
	sameTrace('the error is told after the body heard of it', {concurrency: 1}, async (queue, log) => {
		const controller = new AbortController();
		const {signal} = controller;
		const aborted = queue.add(
			(context) =>
				new Promise((_resolve, reject) => {
					context.signal?.addEventListener('abort', () => {
						log('the body hears of it');
						reject(new Error('aborted'));
					});
				}),
			{signal},
		);
		// Ours hears some ticks earlier than p-queue's.
		aborted.catch(() => {});
		await ticks(5);
		controller.abort();
		log('aborted');
	});
});

test('custom options reach the custom queueClass', async () => {
	interface Item {
		run: () => Promise<unknown>;
		deadline: number;
	}
	class Deadlines {
		items: Item[] = [];
		enqueue(run: Item['run'], options?: object): void {
			this.items.push({run, deadline: (options as Item).deadline});
			this.items.sort((a, b) => a.deadline - b.deadline);
		}
		dequeue(): Item['run'] | undefined {
			return this.items.shift()?.run;
		}
		get size(): number {
			return this.items.length;
		}
		filter(): Item['run'][] {
			return [];
		}
		setPriority(): void {}
		remove(): void {}
	}
	const orders = [PQueue, PausableQueue].map((Queue) => {
		const order: number[] = [];
		const queue = new (Queue as typeof PQueue)({
			concurrency: 1,
			autoStart: false,
			queueClass: Deadlines as never,
		});
		for (const deadline of [3, 1, 2]) void queue.add(async () => order.push(deadline), {deadline} as object);
		queue.start();
		return order;
	});
	await flush();
	expect(orders).toEqual([
		[1, 2, 3],
		[1, 2, 3],
	]);
});
