// stop(), shutdown(), abort(), the end of the parent: what settles, with what, and what is waited for.
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals';
import {PausableController, StopTimeoutError} from 'pausable-signal';
import {PausableQueue, type QueueTaskContext} from 'pausable-signal/queue';
import {createQueue, Deferred, flush, macrotask, parkOnce, watched} from './kit.ts';

const unhandled: unknown[] = [];
const hear = (reason: unknown): void => void unhandled.push(reason);

beforeEach(() => void process.on('unhandledRejection', hear));
afterEach(async () => {
	await macrotask();
	await macrotask();
	process.off('unhandledRejection', hear);
	expect(unhandled.splice(0)).toEqual([]);
});

/** Runs until it is aborted, and then cleans up until it is told to end. */
function cleansUp(log: string[], end: PromiseLike<unknown>): (context: QueueTaskContext) => Promise<void> {
	return async ({signal}) => {
		try {
			await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
		} finally {
			log.push(`aborted with ${String(signal.reason)}`);
			await end;
			log.push('cleaned up');
		}
	};
}

describe('stop()', () => {
	test('rejects waiting tasks, aborts running ones, and waits for their end', async () => {
		const log: string[] = [];
		const end = new Deferred<void>();
		const queue = createQueue({concurrency: 1});
		const running = watched(queue.add(cleansUp(log, end.promise), {id: 'running'}));
		const waiting = watched(queue.add(() => 1, {id: 'waiting'}));
		const inSet = watched(queue.add(() => 1, {id: 'in a set', set: 'set'}));
		const stopped = watched(queue.stop('quit'));
		await flush();
		for (const task of [running, waiting, inSet]) expect(task).toEqual({state: 'rejected', reason: 'quit'});
		expect({log, state: queue.state, stop: stopped.state}).toEqual({
			log: ['aborted with quit'],
			state: 'stopping',
			stop: 'pending',
		});
		end.resolve();
		await flush();
		expect(stopped).toEqual({state: 'resolved', value: ['waiting', 'in a set']});
		expect({log, state: queue.state}).toEqual({log: ['aborted with quit', 'cleaned up'], state: 'stopped'});
	});

	test('causes no unhandled rejection of tasks whose promises nobody handles', async () => {
		const queue = createQueue({concurrency: 1});
		void queue.add(({signal}) => signal.checkpoint().then(macrotask));
		void queue.add(() => 1);
		void queue.addAll([() => 1]).catch(() => {});
		await queue.stop();
		expect(queue.progress).toMatchObject({waiting: 0, running: 0});
	});

	test('without a reason rejects with an AbortError', async () => {
		const queue = createQueue({autoStart: false});
		const task = queue.add(() => 1);
		await queue.stop();
		await expect(task).rejects.toMatchObject({name: 'AbortError'});
	});

	test.each([undefined, null, 0, 'a string', new Error('enough')])(
		'the reason keeps its identity: %p',
		async (reason) => {
			const queue = createQueue({concurrency: 1});
			const task = queue.add(
				({signal}) =>
					new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
			);
			void queue.stop(reason);
			const error: unknown = await task.catch((cause: unknown) => cause);
			if (reason === undefined) expect(error).toMatchObject({name: 'AbortError'});
			else expect(error).toBe(reason);
			expect(queue.signal.reason).toBe(error);
		},
	);

	test('ignores a pause, and wakes parked tasks', async () => {
		const queue = createQueue();
		const task = queue.add(parkOnce([], 'task'));
		task.catch(() => {});
		await queue.pause();
		expect(await queue.stop('quit')).toEqual([]);
		await expect(task).rejects.toBe('quit');
		expect({state: queue.state, paused: queue.isPaused, holds: queue.holds}).toEqual({
			state: 'stopped',
			paused: false,
			holds: [],
		});
	});

	test('with a grace rejects, and names the tasks that have not ended', async () => {
		const end = new Deferred<void>();
		const queue = createQueue({name: 'crawl'});
		queue.add(() => end.promise, {id: 'deaf'}).catch(() => {});
		const error: unknown = await queue.stop('quit', {grace: 1}).catch((cause: unknown) => cause);
		expect(error).toBeInstanceOf(StopTimeoutError);
		expect(String(error)).toMatch(/Queue 'crawl' has 1 running \('deaf'\)/);
		expect(queue.state).toBe('stopping');
		end.resolve();
		await flush();
		expect(queue.state).toBe('stopped');
	});

	test('takes its grace from the options of the queue', async () => {
		const end = new Deferred<void>();
		const queue = createQueue({grace: 1});
		queue.add(() => end.promise).catch(() => {});
		await expect(queue.stop()).rejects.toBeInstanceOf(StopTimeoutError);
		end.resolve();
	});

	test('waits in a second call, too, which changes nothing', async () => {
		const end = new Deferred<void>();
		const queue = createQueue();
		const task = watched(queue.add(() => end.promise));
		const first = watched(queue.stop('first'));
		const second = watched(queue.stop('second'));
		await flush();
		expect([first.state, second.state, task.reason]).toEqual(['pending', 'pending', 'first']);
		end.resolve();
		await flush();
		expect([first.value, second.value]).toEqual([[], []]);
	});

	test('resolves at once for an empty queue', async () => {
		const queue = createQueue();
		expect(await queue.stop()).toEqual([]);
		expect(queue.state).toBe('stopped');
	});

	test('settles every promise of the queue', async () => {
		const queue = createQueue({concurrency: 1});
		const set = queue.taskSet('set');
		void queue.pause();
		const promises = {
			task: queue.add(() => 1),
			inSet: set.add(() => 1),
			all: queue.addAll([() => 1, () => 2]),
			idle: queue.onIdle(),
			empty: queue.onEmpty(),
			less: set.onSizeLessThan(1),
			zero: queue.onPendingZero(),
			setIdle: set.onIdle(),
			pause: queue.pause(),
			setPause: set.pause(),
			mapped: queue.map([1], () => 1).next(),
			shutdown: queue.shutdown(),
		};
		const seen = Object.entries(promises).map(
			([name, promise]) => [name, watched<unknown>(promise)] as const,
		);
		await queue.stop('quit');
		await macrotask();
		expect(seen.filter(([, {state}]) => state === 'pending').map(([name]) => name)).toEqual([]);
	});

	test('resolves a pause() of the queue or its sets while something still moves', async () => {
		const end = new Deferred<void>();
		const queue = createQueue();
		const set = queue.taskSet('set');
		set.add(() => end.promise, {id: 'deaf'}).catch(() => {});
		const pauses = [watched(queue.pause()), watched(set.pause())];
		await flush();
		expect(pauses.map(({state}) => state)).toEqual(['pending', 'pending']);
		void queue.stop();
		await flush();
		for (const pause of pauses)
			expect(pause).toEqual({state: 'resolved', value: {parked: [], running: [{id: 'deaf', set: 'set'}]}});
		end.resolve();
	});
});

describe('after stop() and after shutdown()', () => {
	test.each(['stop', 'shutdown'] as const)(
		'%s: add() rejects, nothing runs, and sets refuse, too',
		async (how) => {
			const queue = createQueue();
			const set = queue.taskSet('set');
			let runs = 0;
			await queue[how]();
			const refused = [
				queue.add(() => runs++),
				set.add(() => runs++),
				queue.add(() => runs++, {set: 'another'}),
				queue.addAll([() => runs++]),
			];
			for (const promise of refused)
				await expect(promise).rejects.toMatchObject({
					name: 'InvalidStateError',
					message: 'The queue was stopped: it takes no more tasks',
				});
			expect(runs).toBe(0);
			expect(queue.state).toBe('stopped');
		},
	);
});

describe('shutdown()', () => {
	test('finishes waiting and running tasks, and refuses new ones', async () => {
		const log: string[] = [];
		const queue = createQueue({concurrency: 1});
		for (const name of ['first', 'second']) void queue.add(async () => void log.push(name));
		void queue.add(async () => void log.push('in a set'), {set: 'set'});
		const over = watched(queue.shutdown());
		expect(queue.state).toBe('stopping');
		await expect(queue.add(() => log.push('late'))).rejects.toMatchObject({name: 'InvalidStateError'});
		await macrotask();
		expect({log, state: queue.state, over: over.state}).toEqual({
			log: ['first', 'second', 'in a set'],
			state: 'stopped',
			over: 'resolved',
		});
	});

	test('waits for the end of a pause; a signal ends the wait, but not the queue', async () => {
		const controller = new AbortController();
		const queue = createQueue({autoStart: false});
		const task = watched(queue.add(() => 1));
		const waited = watched(queue.shutdown({signal: controller.signal}));
		const patient = watched(queue.shutdown());
		controller.abort('too long');
		await flush();
		expect([waited.reason, patient.state, task.state]).toEqual(['too long', 'pending', 'pending']);
		queue.resume();
		await flush();
		expect([patient.state, task.value]).toEqual(['resolved', 1]);
	});

	test('can be cut short by stop()', async () => {
		const queue = createQueue({autoStart: false});
		queue.add(() => 1, {id: 'never'}).catch(() => {});
		const over = watched(queue.shutdown());
		expect(await queue.stop()).toEqual(['never']);
		await flush();
		expect(over.state).toBe('resolved');
	});
});

test('[Symbol.asyncDispose] is stop()', async () => {
	const log: string[] = [];
	const queue = createQueue();
	queue.add(cleansUp(log, macrotask())).catch(() => {});
	await queue[Symbol.asyncDispose]();
	expect({end: log.at(-1), state: queue.state}).toEqual({end: 'cleaned up', state: 'stopped'});
});

describe('a queue under a signal', () => {
	test('stops with its abort, with its reason', async () => {
		const log: string[] = [];
		const controller = new AbortController();
		const queue = createQueue({concurrency: 1, signal: controller.signal});
		const running = watched(queue.add(cleansUp(log, Promise.resolve())));
		const waiting = watched(queue.add(() => 1));
		controller.abort('parent');
		await macrotask();
		expect([running.reason, waiting.reason, queue.state]).toEqual(['parent', 'parent', 'stopped']);
		await expect(queue.add(() => 1)).rejects.toMatchObject({name: 'InvalidStateError'});
	});

	test('pauses and resumes with it, and keeps its own pause', async () => {
		const parent = new PausableController();
		const queue = createQueue({signal: parent.signal});
		parent.pause('parent');
		const task = watched(queue.add(() => 1));
		void queue.pause('own');
		await flush();
		expect(queue.holds.map(({reason}) => reason)).toEqual(['own', 'parent']);
		parent.resume();
		await flush();
		expect([queue.isPaused, task.state]).toEqual([true, 'pending']);
		queue.resume();
		await flush();
		expect(task.state).toBe('resolved');
	});

	test('takes no task if the signal is already aborted', async () => {
		const queue = createQueue({signal: AbortSignal.abort('before')});
		expect(queue.state).toBe('stopped');
		await expect(queue.add(() => 1)).rejects.toMatchObject({name: 'InvalidStateError'});
	});
});

// J2
test('a task that is aborted twice fires one event, with the first reason', async () => {
	const queue = createQueue();
	const set = queue.taskSet('set');
	const own = new AbortController();
	const end = new Deferred<void>();
	const errors: unknown[] = [];
	queue.addEventListener('error', ({detail}) => errors.push(detail));
	const task = watched(set.add(() => end.promise, {signal: own.signal}));
	own.abort('first');
	set.abort('second');
	const stopped = queue.stop('third');
	await flush();
	expect({errors, reason: task.reason}).toEqual({errors: ['first'], reason: 'first'});
	end.resolve();
	await stopped;
	expect(queue.progress).toMatchObject({aborted: 1, completed: 0, running: 0});
});

describe('abort() of a set', () => {
	test('rejects and aborts its tasks and those of the sets inside, returns the ids, and leaves others alone', async () => {
		const log: string[] = [];
		const end = new Deferred<void>();
		const queue = createQueue();
		const set = queue.taskSet('set', {concurrency: 1});
		const running = watched(set.add(cleansUp(log, end.promise)));
		const waiting = watched(set.add(() => 1, {id: 'waiting'}));
		const inner = watched(set.taskSet('inner').add(() => 1, {id: 'inner'}));
		const other = watched(queue.add(() => end.promise.then(() => 'other')));
		await flush();
		expect(set.abort('over')).toEqual(['waiting', 'inner']);
		await flush();
		expect([running.reason, waiting.reason, inner.reason, other.state]).toEqual([
			'over',
			'over',
			'over',
			'pending',
		]);
		end.resolve();
		await flush();
		expect(other.value).toBe('other');
	});

	test('leaves it resumed, with a new signal, open for tasks; the old signal is aborted', async () => {
		const queue = createQueue();
		const set = queue.taskSet('set');
		void set.pause();
		set.hold('another');
		const old = set.signal;
		set.abort('over');
		expect([old.aborted, old.reason]).toEqual([true, 'over']);
		expect([set.signal === old, set.isPaused, set.state]).toEqual([false, false, 'running']);
		expect(await set.add(({signal}) => signal.aborted)).toBe(false);
	});

	// J1
	test('frees the slots of its tasks when their functions have ended', async () => {
		const end = new Deferred<void>();
		const queue = createQueue({concurrency: 1});
		const set = queue.taskSet('set');
		set.add(() => end.promise).catch(() => {});
		const next = watched(queue.add(() => 'next'));
		set.abort();
		await macrotask();
		expect([next.state, queue.pending]).toEqual(['pending', 1]);
		end.resolve();
		await macrotask();
		expect(next.value).toBe('next');
	});

	test('in a paused queue: a task added afterwards waits', async () => {
		const queue = createQueue();
		const set = queue.taskSet('set');
		void queue.pause();
		set.abort();
		const task = watched(set.add(() => 1));
		await macrotask();
		expect([set.isPaused, task.state]).toEqual([true, 'pending']);
		queue.resume();
		await macrotask();
		expect(task.state).toBe('resolved');
	});
});

test('clear() of a set rejects the waiting tasks in it and in the sets inside, and no others', async () => {
	const queue = createQueue({autoStart: false});
	const set = queue.taskSet('set');
	const mine = [set.add(() => 1), set.taskSet('inner').add(() => 1)];
	const other = queue.add(() => 'other');
	set.clear();
	for (const task of mine) await expect(task).rejects.toMatchObject({name: 'AbortError'});
	queue.start();
	expect(await other).toBe('other');
});

test('a queue names a bad option at once', () => {
	const bad: Record<string, unknown> = {
		autoStart: 1,
		keepAlive: 'yes',
		whilePaused: 'keep',
		queueClass: {},
		grace: -1,
		stuckAfter: 'soon',
		signal: {},
		name: 7,
	};
	for (const [option, value] of Object.entries(bad))
		expect(() => new PausableQueue({[option]: value})).toThrow(option);
});
