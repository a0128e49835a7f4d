import {execFile} from 'node:child_process';
import path from 'node:path';
import {promisify} from 'node:util';
import {afterEach} from '@jest/globals';
import {
	PausableQueue,
	type PausableQueueOptions,
	type PriorityQueue,
	type Queue,
	type QueueAddOptions,
	type QueueTaskContext,
	type RunFunction,
} from 'pausable-signal/queue';

export {collectGarbage, flush, macrotask, type Watched, watched} from '../core/support.ts';
export {Deferred, type Leftovers, leftOn, nothing} from '../flow/kit.ts';

const made = new Set<PausableQueue>();

// A paused queue that has tasks keeps its process alive, and a test that failed leaves it paused.
afterEach(() => {
	for (const queue of made) queue.stop('the test is over', {grace: 0}).catch(() => {});
	made.clear();
});

/** A queue for a test: stopped after it, whatever happened. */
export function createQueue<Q extends Queue<RunFunction, QueueAddOptions> = PriorityQueue>(
	options?: PausableQueueOptions<Q>,
): PausableQueue<Q> {
	const queue = new PausableQueue(options);
	made.add(queue);
	return queue;
}

/** Lets `count` promise jobs run. */
export async function ticks(count: number): Promise<void> {
	for (let turn = 0; turn < count; turn++) await Promise.resolve();
}

/** A task that waits at one checkpoint, once it was paused, and then for `end`. */
export function parkOnce(
	log: string[],
	name: string,
	end: PromiseLike<unknown> = Promise.resolve(),
): (context: QueueTaskContext) => Promise<void> {
	return async ({signal}) => {
		await new Promise((resolve) => setImmediate(resolve));
		await signal.checkpoint();
		log.push(`${name} goes on`);
		await end;
		log.push(`${name} ends`);
	};
}

/** A task that notes its start and its end, which it waits for. */
export function runUntil(log: string[], name: string, end: PromiseLike<unknown>): () => Promise<void> {
	return async () => {
		log.push(`${name} starts`);
		await end;
		log.push(`${name} ends`);
	};
}

const root = path.join(import.meta.dirname, '../..');

/** Runs code in a process of its own, with `PausableQueue` at hand; what it printed. */
export async function runScript(script: string): Promise<string> {
	const queue = path.join(root, 'src/queue/index.ts');
	const code = `import {BackOff, PausableQueue} from ${JSON.stringify(queue)};\n${script}`;
	const args = ['--import', 'tsx', '--input-type=module', '-e', code];
	const {stdout} = await promisify(execFile)(process.execPath, args, {cwd: root});
	return stdout.trim();
}
