// What docs/from-p-queue.md says of p-queue and of us: each row of its table of differences is run on both.
import {describe, expect, test} from '@jest/globals';
import {execFile} from 'node:child_process';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import PQueue, {PriorityQueue} from 'p-queue';
import {delay, Gate} from 'pausable-signal';
import {PausableQueue, TaskSet, TimeoutError} from 'pausable-signal/queue';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(path.join(root, 'docs/from-p-queue.md'), 'utf8');

/** A function that hears no abort is aborted: what the queue says of it, and whether another one starts meanwhile. */
async function abortDeaf(queue: PQueue | PausableQueue) {
	const end = new Gate(false);
	const controller = new AbortController();
	const order: string[] = [];
	const deaf = queue.add(() => end.wait().then(() => order.push('ended')), {signal: controller.signal});
	const next = queue.add(() => order.push('next'));
	controller.abort('enough');
	await expect(deaf).rejects.toBe('enough');
	await sleep(0);
	const seen = {pending: queue.pending, running: queue.runningTasks.length};
	end.open();
	await next;
	await queue.onIdle();
	await sleep(0);
	return {...seen, order};
}

/** Two that wait in one and one in another set; without sets the same, in the order of `add()`. */
async function orderOf(queue: PQueue | PausableQueue, first: object, second: object): Promise<string[]> {
	const order: string[] = [];
	for (const id of ['a1', 'a2']) void queue.add(() => order.push(id), first);
	void queue.add(() => order.push('b1'), second);
	queue.start();
	await queue.onIdle();
	return order;
}

async function run(code: string): Promise<string> {
	const args = ['--import', 'tsx', '--input-type=module', '--eval', code];
	const {stdout} = await promisify(execFile)(process.execPath, args, {cwd: root, timeout: 60_000});
	return stdout;
}

const rows: Record<string, () => Promise<void>> = {
	async 'the slot of a task that was aborted or timed out'() {
		expect((await abortDeaf(new PQueue({concurrency: 1}))).order).toEqual(['next', 'ended']);
		expect((await abortDeaf(new PausableQueue({concurrency: 1}))).order).toEqual(['ended', 'next']);
	},

	async '`pending`, `onPendingZero()`'() {
		expect(await abortDeaf(new PQueue())).toMatchObject({pending: 0});
		expect(await abortDeaf(new PausableQueue())).toMatchObject({pending: 1});
	},

	async '`runningTasks`'() {
		expect(await abortDeaf(new PQueue())).toMatchObject({running: 0});
		expect(await abortDeaf(new PausableQueue())).toMatchObject({running: 1});
	},

	async '`timeout`'() {
		const theirs = new PQueue();
		const late = theirs.add(() => sleep(60_000, undefined, {ref: false}), {timeout: 5});
		theirs.pause();
		await expect(late).rejects.toBeInstanceOf(TimeoutError);
		await expect(theirs.add(() => 'long', {timeout: 2 ** 31})).rejects.toThrow();

		const ours = new PausableQueue();
		const held = ours.add(({signal}) => delay(signal, 10), {timeout: 60_000});
		await ours.pause();
		const before = ours.runningTasks[0]?.timeoutRemaining;
		await sleep(20);
		expect(ours.runningTasks[0]?.timeoutRemaining).toBe(before);
		ours.resume();
		await held;
		await expect(ours.add(() => 'long', {timeout: 2 ** 31})).resolves.toBe('long');
	},

	async '`pause()`'() {
		expect(new PQueue().pause()).toBeUndefined();
		expect(await new PausableQueue().pause()).toEqual({parked: [], running: []});
	},

	async '`onIdle()`, `idle`, `empty`'() {
		class KeepsBack extends PriorityQueue {
			override get size(): number {
				return 0;
			}
		}
		const order: string[] = [];
		const theirs = new PQueue({queueClass: KeepsBack});
		void theirs.add(() => order.push('kept back'));
		await theirs.onIdle();
		expect(order).toEqual([]);

		const ours = new PausableQueue();
		const set = ours.taskSet('held');
		const hold = set.hold();
		void set.add(() => order.push('held'));
		const idle = ours.onIdle().then(() => order.push('idle'));
		await ours.add(() => order.push('other'));
		await sleep(0);
		hold.release();
		await idle;
		expect(order).toEqual(['other', 'held', 'idle']);
	},

	async 'waits (`onIdle()` …)'() {
		expect(PQueue.prototype.onIdle).toHaveLength(0);
		const ours = new PausableQueue({autoStart: false});
		void ours.add(() => 'waits');
		const signal = AbortSignal.abort('enough');
		const waits = [
			ours.onIdle({signal}),
			ours.onEmpty({signal}),
			ours.onSizeLessThan(1, {signal}),
			ours.onPendingZero({signal}),
			ours.onRateLimit({signal}),
			ours.onRateLimitCleared({signal}),
			ours.onError({signal}),
			ours.shutdown({signal}),
		];
		const outcomes = await Promise.allSettled(waits);
		expect(outcomes).toEqual(waits.map(() => ({status: 'rejected', reason: 'enough'})));
		await ours.stop();
	},

	async order() {
		const options = {concurrency: 1, autoStart: false};
		const byPriority = [{}, {priority: 1}] as const;
		const theirs = await orderOf(new PQueue(options), ...byPriority);
		expect(theirs).toEqual(['b1', 'a1', 'a2']);
		expect(await orderOf(new PausableQueue(options), ...byPriority)).toEqual(theirs);
		const inTurn = await orderOf(new PausableQueue(options), {set: 'a'}, {set: 'b', priority: 1});
		expect(inTurn).toEqual(['a1', 'b1', 'a2']);
	},

	async '`add()` after `stop()` or `shutdown()`'() {
		expect('stop' in PQueue.prototype || 'shutdown' in PQueue.prototype).toBe(false);
		for (const end of ['stop', 'shutdown'] as const) {
			const ours = new PausableQueue();
			await ours[end]();
			await expect(ours.add(() => 'too late')).rejects.toMatchObject({name: 'InvalidStateError'});
		}
	},

	async 'a task’s argument'() {
		expect(await new PQueue().add((context) => context.signal)).toBeUndefined();
		const ours = await new PausableQueue().add(({signal, set, id, report}) => [signal, set, id, report]);
		expect(ours).toEqual([expect.any(AbortSignal), undefined, '1', expect.any(Function)]);
	},

	async 'a paused queue with tasks'() {
		const use = (name: string, from: string): string => `
			import ${name} from '${from}';
			const queue = new PausableQueue({autoStart: false});
			queue.add(() => console.log('ran'));
			// Runs only while something else keeps the process alive.
			setTimeout(() => queue.start(), 200).unref();`;
		expect(await run(use('PausableQueue', 'p-queue'))).toBe('');
		expect(await run(use('{PausableQueue}', 'pausable-signal/queue'))).toBe('ran\n');
	},
};

describe('the table of differences', () => {
	test.each(Object.entries(rows))(
		'%s',
		async (_row, show) => {
			await show();
		},
		60_000,
	);

	test('has these rows', () => {
		const [, table = ''] = page.split('| | p-queue 10 | here |\n|---|---|---|\n');
		const [lines = ''] = table.split('\n\n');
		expect(lines.split('\n').map((line) => line.split(' | ')[0]!.slice(2))).toEqual(Object.keys(rows));
	});
});

test('the API page names every member that p-queue does not have', () => {
	const api = readFileSync(path.join(root, 'docs/api.md'), 'utf8');
	const internal = new Set(['waitFor', 'lookAtConditions', 'hears']);
	const group = Object.getPrototypeOf(TaskSet.prototype) as object;
	const names = [group, TaskSet.prototype, PausableQueue.prototype].flatMap(Object.getOwnPropertyNames);
	const added = new Set(names.filter((name) => !(name in PQueue.prototype) && !internal.has(name)));
	expect([...added].filter((name) => !new RegExp(`\\b${name}\\b`).test(api))).toEqual([]);
	expect(added).toContain('taskSet');
});
