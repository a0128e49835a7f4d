import PQueue, {type Options} from 'p-queue';
import {PausableQueue} from 'pausable-signal/queue';
import {flush} from './kit.ts';

export const eventTypes = [
	'active',
	'add',
	'completed',
	'empty',
	'error',
	'idle',
	'next',
	'pendingZero',
	'rateLimit',
	'rateLimitCleared',
] as const;

/** Notes a line of a trace, with the counts of the queue as they are then. */
export interface Log {
	(line: string): void;
	/** Notes what may come earlier or later than other things of the same step. */
	aside(line: string): void;
	/** Ends a step. */
	step(line: string): void;
}

/** What is done to a queue. It knows p-queue's names only, and so runs on both. */
export type Scenario = (queue: PQueue, log: Log) => unknown;

export type QueueOptions = Options<never, never> | Record<string, unknown>;

/** What a value of any kind is called in a trace. */
export function show(value: unknown): string {
	if (value instanceof Error || value instanceof DOMException) return value.name;
	return JSON.stringify(value) ?? String(value);
}

/** How a trace is taken. */
export interface Tracing {
	/** Without it all events are put aside. */
	readonly inOrder?: boolean;
	/** What is listened for. */
	readonly heard?: readonly (typeof eventTypes)[number][];
}

async function traceOf(
	queue: PQueue,
	scenario: Scenario,
	{inOrder = true, heard = eventTypes}: Tracing,
): Promise<string[]> {
	const lines: string[] = [];
	const aside: string[] = [];
	const log: Log = Object.assign(
		(line: string) => void lines.push(`${line} · ${queue.size} waiting, ${queue.pending} pending`),
		{
			aside: (line: string) => void aside.push(line),
			step(line: string): void {
				lines.push(...aside.splice(0).toSorted());
				log(`--- ${line}`);
			},
		},
	);
	for (const type of heard) {
		const isAside = !inOrder;
		queue.addEventListener(type, (event: Event) => {
			// How often it is told within one tick depends on who added what before whom.
			if (!inOrder && type === 'empty' && aside.includes('empty')) return;
			if (!inOrder && type === 'empty') log.aside(type);
			else if (isAside) log.aside(`${type} ${show((event as CustomEvent).detail)}`);
			else log(`${type} ${show((event as CustomEvent).detail)}`);
		});
	}
	await scenario(queue, log);
	await flush();
	log.step('the end');
	return [...lines];
}

/** The traces of one scenario on p-queue and on ours. */
export async function tracesOf(
	options: QueueOptions,
	scenario: Scenario,
	tracing: Tracing = {},
): Promise<{theirs: string[]; ours: string[]}> {
	const theirs = await traceOf(new PQueue(options), scenario, tracing);
	const queue = new PausableQueue(options);
	try {
		return {theirs, ours: await traceOf(queue as unknown as PQueue, scenario, tracing)};
	} finally {
		// A paused queue that has tasks would keep the process alive.
		void queue.stop('the scenario is over', {grace: 0}).catch(() => {});
	}
}
