// followQueue(): other libraries' queues, the real ones, under a signal.
import {callbackify} from 'node:util';
import {describe, expect, test} from '@jest/globals';
import {queue as createAsyncQueue} from 'async';
import Bottleneck from 'bottleneck';
import fastq from 'fastq';
import PQueue from 'p-queue';
import PQueue9 from 'p-queue-9';
import {PausableController, Task} from 'pausable-signal';
import {type FollowableQueue, followQueue, PausableQueue} from 'pausable-signal/queue';
import {Deferred, leftOn, macrotask, nothing, type Watched, watched} from './kit.ts';

type Job = () => Promise<unknown>;

/** A queue of one of the kinds, with one job at a time. */
interface Kind {
	readonly queue: FollowableQueue;
	add(job: Job): Promise<unknown>;
	pause(): void;
	start(): void;
	isPaused(): boolean;
	/** Its tasks that wait are rejected when it is cleared. */
	readonly rejects: boolean;
}

const runJob = (job: Job): Promise<unknown> => job();

const kinds: Readonly<Record<string, () => Kind>> = {
	'p-queue 10'() {
		const queue = new PQueue({concurrency: 1});
		return {
			queue,
			add: (job) => queue.add(job),
			pause: () => queue.pause(),
			start: () => void queue.start(),
			isPaused: () => queue.isPaused,
			rejects: true,
		};
	},
	'p-queue 9'() {
		const queue = new PQueue9({concurrency: 1});
		return {
			queue,
			add: (job) => queue.add(job),
			pause: () => queue.pause(),
			start: () => void queue.start(),
			isPaused: () => queue.isPaused,
			rejects: false,
		};
	},
	fastq() {
		const queue = fastq.promise<unknown, Job>(runJob, 1);
		return {
			queue,
			add: (job) => queue.push(job) as Promise<unknown>,
			pause: () => void queue.pause(),
			start: () => void queue.resume(),
			isPaused: () => (queue as unknown as {paused: boolean}).paused,
			rejects: true,
		};
	},
	"async's queue"() {
		const queue = createAsyncQueue<Job>(callbackify(runJob) as never, 1);
		return {
			queue,
			add: (job) => queue.pushAsync(job),
			pause: () => queue.pause(),
			start: () => queue.resume(),
			isPaused: () => queue.paused,
			rejects: true,
		};
	},
};

/** Waits for what a library does in a moment of its own. */
async function eventually(isSo: () => boolean): Promise<void> {
	for (let turn = 0; turn < 200 && !isSo(); turn++) await new Promise((resolve) => setTimeout(resolve, 2));
	expect(isSo()).toBe(true);
}

describe.each(Object.entries(kinds))('%s', (_name, create) => {
	test('starts nothing while the signal is paused, and continues on resume', async () => {
		const {queue, add} = create();
		const controller = new PausableController();
		const letGo = followQueue(controller.signal, queue);
		expect(await add(async () => 'before')).toBe('before');
		controller.pause();
		const during = watched(add(async () => 'during'));
		await macrotask();
		await macrotask();
		expect(during.state).toBe('pending');
		controller.resume();
		await eventually(() => during.value === 'during');
		letGo();
	});

	test('is held at once when the signal is paused already', async () => {
		const {queue, add, isPaused} = create();
		const controller = new PausableController();
		controller.pause();
		const letGo = followQueue(controller.signal, queue);
		const task = watched(add(async () => 1));
		await macrotask();
		expect([isPaused(), task.state]).toEqual([true, 'pending']);
		letGo();
		await eventually(() => task.state === 'resolved');
	});

	test.each([
		['paused before', true, (kind: Kind) => kind.pause(), () => {}],
		['paused meanwhile', true, () => {}, (kind: Kind) => kind.pause()],
		['paused before, started meanwhile', false, (kind: Kind) => kind.pause(), (kind: Kind) => kind.start()],
		['started meanwhile', false, () => {}, (kind: Kind) => kind.start()],
	])('by its owner: %s: paused afterwards: %p', async (_case, isPausedAfterwards, before, meanwhile) => {
		const kind = create();
		const controller = new PausableController();
		const letGo = followQueue(controller.signal, kind.queue);
		before(kind);
		controller.pause();
		meanwhile(kind);
		const task = watched(kind.add(async () => 1));
		await macrotask();
		expect(task.state).toBe('pending');
		controller.resume();
		expect(kind.isPaused()).toBe(isPausedAfterwards);
		if (isPausedAfterwards) kind.start();
		await eventually(() => task.state === 'resolved');
		letGo();
	});

	test('is cleared on abort, paused or not, and what runs is left alone', async () => {
		for (const pauses of [false, true]) {
			const {queue, add, rejects, isPaused} = create();
			const controller = new PausableController();
			followQueue(controller.signal, queue);
			const end = new Deferred<string>();
			const running = watched(add(() => end.promise));
			let starts = 0;
			const waiting: Watched<unknown> = watched(add(async () => ++starts));
			await macrotask();
			if (pauses) controller.pause();
			controller.abort(new Error('enough'));
			end.resolve('ended');
			await eventually(() => running.value === 'ended');
			await macrotask();
			expect([waiting.state, starts, isPaused()]).toEqual([rejects ? 'rejected' : 'pending', 0, false]);
		}
	});

	test('its running jobs are work: a Task around it is parked when none runs', async () => {
		const {queue, add} = create();
		const end = new Deferred<void>();
		const after = new Deferred<void>();
		const task = Task.start(async ({signal}) => {
			const letGo = followQueue(signal, queue);
			await Promise.all([add(() => end.promise), add(() => after.promise)]);
			letGo();
		});
		await macrotask();
		const paused = watched(task.pause());
		await macrotask();
		expect([paused.state, task.state]).toEqual(['pending', 'pausing']);
		end.resolve();
		await eventually(() => paused.state === 'resolved');
		expect([paused.value, task.state]).toEqual([true, 'paused']);
		task.resume();
		after.resolve();
		await task.result;
	});

	test('letting go leaves nothing behind', async () => {
		const {queue} = create();
		const shape = (): string => JSON.stringify(Object.getOwnPropertyNames(queue).toSorted());
		const methods = (): unknown[] => ['pause', 'start', 'resume'].map((name) => queue[name as never]);
		const before = [shape(), methods()];
		const controller = new PausableController();
		const letGo = followQueue(controller.signal, queue);
		controller.pause();
		await macrotask();
		letGo();
		letGo();
		expect([shape(), methods()]).toEqual(before);
		expect(leftOn(controller.signal)).toEqual(nothing);
	});

	test('under a signal that is aborted already is cleared', async () => {
		const {queue, add, pause, start, rejects} = create();
		pause();
		const task = watched(add(async () => 1));
		followQueue(AbortSignal.abort('before'), queue);
		start();
		await macrotask();
		expect(task.state).toBe(rejects ? 'rejected' : 'pending');
	});
});

test('what cannot be paused at once is refused', () => {
	const {signal} = new PausableController();
	for (const queue of [new Bottleneck({maxConcurrent: 1}), {}, null, undefined, 'queue', () => {}])
		expect(() => followQueue(signal, queue as never)).toThrow(
			"queue: expected a queue of p-queue, fastq or async's `queue`, got",
		);
	expect(() => followQueue(signal, new PausableQueue() as never)).toThrow(
		'queue: a PausableQueue takes {signal}',
	);
	expect(() => followQueue({} as never, new PQueue())).toThrow('signal: expected an AbortSignal');
});
