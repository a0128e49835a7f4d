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

	test('its running jobs are work: a Task that waits for them is parked when none runs', async () => {
		const {queue, add} = create();
		const end = new Deferred<void>();
		const after = new Deferred<void>();
		const task = Task.start(async ({signal}) => {
			using follower = followQueue(signal, queue);
			await follower.wait(Promise.all([add(() => end.promise), add(() => after.promise)]));
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

	test('what runs in a second pause is work, too, though nothing ran in the first', async () => {
		const {queue, add} = create();
		const end = new Deferred<void>();
		const begin = new Deferred<void>();
		const task = Task.start(async ({signal}) => {
			using follower = followQueue(signal, queue);
			await follower.wait(begin.promise);
			await follower.wait(add(() => end.promise));
		});
		await macrotask();
		expect(await task.pause()).toBe(true);
		task.resume();
		begin.resolve();
		await macrotask();
		const paused = watched(task.pause());
		await macrotask();
		expect([paused.state, task.state]).toEqual(['pending', 'pausing']);
		end.resolve();
		await eventually(() => paused.state === 'resolved');
		task.resume();
		await task.result;
	});

	test('a Task that has released it is parked without it', async () => {
		const {queue, add} = create();
		const end = new Deferred<void>();
		const task = Task.start(async ({signal}) => {
			followQueue(signal, queue)();
			await Promise.resolve();
			await signal.checkpoint();
		});
		const job = add(() => end.promise);
		expect(await task.pause()).toBe(true);
		task.resume();
		end.resolve();
		await Promise.all([task.result, job]);
	});

	test('a Task is parked without the queue of a signal below it that was aborted', async () => {
		const {queue} = create();
		const task = Task.start(async ({signal}) => {
			const below = new PausableController({signal});
			followQueue(below.signal, queue);
			below.abort();
			await Promise.resolve();
			await signal.checkpoint();
		});
		expect(await task.pause()).toBe(true);
		task.resume();
		await task.result;
	});

	test('returns to its owner what it always returns', () => {
		const {queue} = create();
		const controller = new PausableController();
		const owned = queue as unknown as Record<string, () => unknown>;
		const name = 'start' in owned ? 'start' : 'resume';
		const usual = owned[name]?.();
		const letGo = followQueue(controller.signal, queue);
		controller.pause();
		expect([owned[name]?.(), owned['pause']?.()]).toEqual([usual, undefined]);
		letGo();
	});

	test('a Task that awaits anything else beside it moves', async () => {
		const {queue} = create();
		const beside = new Deferred<void>();
		const task = Task.start(async ({signal}) => {
			using _follower = followQueue(signal, queue);
			await beside.promise;
			await signal.checkpoint();
		});
		await macrotask();
		const paused = watched(task.pause());
		await macrotask();
		await macrotask();
		expect([paused.state, task.state]).toEqual(['pending', 'pausing']);
		beside.resolve();
		await eventually(() => paused.state === 'resolved');
		expect(task.state).toBe('paused');
		task.resume();
		await task.result;
	});

	test('what its owner does in the pause reaches who waits after the resume', async () => {
		const {queue, add} = create();
		const controller = new PausableController();
		const follower = followQueue(controller.signal, queue);
		const answer = new Deferred<string>();
		const job = watched(add(() => answer.promise));
		const waiting = watched(follower.wait(answer.promise));
		await macrotask();
		controller.pause();
		answer.resolve('answer');
		await eventually(() => job.state === 'resolved');
		await macrotask();
		expect(waiting.state).toBe('pending');
		controller.resume();
		await eventually(() => waiting.value === 'answer');
		const refused = watched(follower.wait(Promise.reject(new Error('no'))));
		await eventually(() => refused.state === 'rejected');
		follower();
		expect(leftOn(controller.signal)).toEqual(nothing);
	});

	test('who waits is rejected at once by an abort, also when its promise stays pending', async () => {
		for (const pauses of [false, true]) {
			const {queue} = create();
			const controller = new PausableController();
			const follower = followQueue(controller.signal, queue);
			const waiting = watched(follower.wait(new Promise(() => {})));
			if (pauses) controller.pause();
			controller.abort('enough');
			await macrotask();
			expect([waiting.state, waiting.reason]).toEqual(['rejected', 'enough']);
			await expect(follower.wait(1)).rejects.toBe('enough');
		}
	});

	test.each([[[0, 1]], [[1, 0]]])('two signals that follow it, resumed in the order %p', async (order) => {
		const {queue, add, isPaused} = create();
		const names = Object.getOwnPropertyNames(queue);
		const controllers = [new PausableController(), new PausableController()];
		const followers = controllers.map(({signal}) => followQueue(signal, queue));
		for (const controller of controllers) controller.pause();
		const task = watched(add(async () => 1));
		controllers[order[0] as number]?.resume();
		await macrotask();
		expect([task.state, isPaused()]).toEqual(['pending', true]);
		controllers[order[1] as number]?.resume();
		await eventually(() => task.state === 'resolved');
		expect([isPaused(), Object.getOwnPropertyNames(queue)]).toEqual([false, names]);
		for (const follower of followers) follower();
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

// The steps of a function that follows a queue, each with how it waits.
type Step = 'wait' | 'wait for both' | 'beside' | 'checkpoint' | 'bare';
const steps: readonly Step[] = ['wait', 'wait for both', 'beside', 'checkpoint', 'bare'];
const programs = steps.flatMap((first) => steps.map((second): readonly Step[] => [first, second]));

describe.each(['p-queue 10', 'p-queue 9'])('rule 15, at every point: %s', (name) => {
	test.each(programs)(
		'a Task that does "%s" and then "%s" is parked when it stands, and only then',
		async (...program) => {
			for (let point = 0; point < 40; point++) await playFollower(kinds[name]?.() as Kind, program, point);
		},
	);
});

/** Pauses after so many promise jobs, and looks whether anything moves while the task says that nothing does. */
async function playFollower({queue, add}: Kind, program: readonly Step[], point: number): Promise<void> {
	let taken = 0;
	let takenWhileParked = 0;
	const step = (): void => {
		taken++;
		if (task.state === 'paused') takenWhileParked++;
	};
	const work = async (): Promise<void> => {
		for (let count = 0; count < 3; count++) {
			await Promise.resolve();
			step();
		}
	};
	const task: Task<void> = Task.start(async ({signal}) => {
		using follower = followQueue(signal, queue);
		await Promise.resolve();
		for (const kind of program) {
			if (kind === 'wait') await follower.wait(add(work));
			else if (kind === 'wait for both') await follower.wait(Promise.all([add(work), add(work)]));
			else if (kind === 'checkpoint') await signal.checkpoint();
			else if (kind === 'bare') await add(work);
			else await work();
			step();
		}
	});
	for (let count = 0; count < point; count++) await Promise.resolve();
	const paused = watched(task.pause());
	await macrotask();
	await macrotask();
	const isHeldOutside = program.includes('bare') && paused.state === 'pending';
	expect([point, paused.value, takenWhileParked]).toEqual([point, isHeldOutside ? undefined : true, 0]);
	task.resume();
	await task.result;
	const jobs = {wait: 1, 'wait for both': 2, beside: 1, checkpoint: 0, bare: 1};
	expect(taken).toBe(program.reduce((sum, kind) => sum + 1 + 3 * jobs[kind], 0));
}

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
