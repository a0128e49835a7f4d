// Every way in which a thread may end, at every stage, and what is left afterwards.
import {describe, expect, jest, test} from '@jest/globals';
import process from 'node:process';
import {Thread, ThreadExitError, type WorkerLike} from '../../src/thread/index.ts';
import {rejection, startThread, statesOf, whenProgress} from './kit.ts';

const stages = ['at once', 'after a turn', 'after a pause', 'in a pause', 'after an abort'] as const;
type Stage = (typeof stages)[number];

/** Starts the thread and takes it to the stage; then it ends in this way. */
async function endAt(stage: Stage, way: string, options: object = {}): Promise<Thread<unknown>> {
	const thread = startThread('ends', {data: `${stage}: ${way}`, ...options});
	if (stage === 'at once' || stage === 'after a turn') return thread;
	await whenProgress(thread, () => true);
	if (stage === 'after a pause') {
		await thread.pause();
		thread.resume();
	} else if (stage === 'in a pause') {
		void thread.pause();
	} else {
		thread.stop('enough').catch(() => {});
	}
	return thread;
}

describe.each(stages)('W15: %s', (stage) => {
	const isAborted = stage === 'after an abort';

	test('a function that returns completes the thread, or stops it', async () => {
		const thread = await endAt(stage, 'return');
		expect(await thread.result).toBe('value');
		expect(thread.state).toBe(isAborted ? 'stopped' : 'completed');
	});

	test('a function that throws fails it with that error', async () => {
		const thread = await endAt(stage, 'throw');
		const error = await rejection(thread.result);
		expect(error).toBeInstanceOf(RangeError);
		expect(error).toMatchObject({message: 'thrown', code: 'E_THROWN'});
		expect(thread.state).toBe('failed');
	});

	test('a function that throws a non-error fails it with that value', async () => {
		const thread = await endAt(stage, 'throwText');
		expect(await rejection(thread.result)).toBe('only text');
	});

	test.each([
		['exit', 3],
		['exitZero', 0],
	])('%s before the return fails it with a ThreadExitError', async (way, exitCode) => {
		const thread = await endAt(stage, way);
		const error = await rejection(thread.result);
		expect(error).toBeInstanceOf(ThreadExitError);
		expect(error).toMatchObject({thread: 'ends', exitCode, name: 'ThreadExitError'});
		expect(thread.state).toBe('failed');
	});

	test.each([
		['uncaught', 'uncaught'],
		['rejection', 'unhandled'],
	])('an error of kind %s fails it with that error', async (way, message) => {
		const thread = await endAt(stage, way);
		expect(await rejection(thread.result)).toMatchObject({name: 'TypeError', message});
		expect(thread.state).toBe('failed');
	});

	test('running out of memory fails the thread, and nothing else', async () => {
		const resourceLimits = {maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2};
		const thread = await endAt(stage, 'memory', {worker: {resourceLimits}});
		expect(await rejection(thread.result)).toMatchObject({code: 'ERR_WORKER_OUT_OF_MEMORY'});
		expect(thread.state).toBe('failed');
	});

	test('a result that cannot be cloned fails it with an error that names it', async () => {
		const thread = await endAt(stage, 'notCloned');
		expect(await rejection(thread.result)).toMatchObject({
			name: 'DataCloneError',
			message: expect.stringMatching(/^Thread 'ends': its result cannot be cloned: /),
		});
	});

	test('an error as a result arrives as an error', async () => {
		const thread = await endAt(stage, 'error');
		expect(await thread.result).toBeInstanceOf(SyntaxError);
	});

	test.each([
		['timerLeft', 'left a timer'],
		['portLeft', 'left a listener'],
	])('handles that it left open (%s) are closed with its worker', async (way, value) => {
		const thread = await endAt(stage, way);
		expect(await thread.result).toBe(value);
		expect(thread.terminated).toBe(false);
	});

	test.each(['deaf', 'deafAwait'])('a function that does not end (%s) is terminated', async (way) => {
		const reason = {why: 'enough'};
		const thread = await endAt(stage, way, {grace: 30});
		if (stage === 'at once' || stage === 'after a turn') await whenProgress(thread, () => true);
		const states = statesOf(thread);
		expect(await thread.stop(reason)).toEqual({terminated: true});
		expect(await rejection(thread.result)).toEqual(isAborted ? 'enough' : reason);
		expect([thread.state, thread.terminated]).toEqual(['stopped', true]);
		expect(states.at(-1)).toBe('stopped');
	});
});

describe('W14: the grace', () => {
	test('of stop() overrides the one of the thread, also while that runs', async () => {
		const thread = startThread('ends', {data: 'at once: deaf'});
		await whenProgress(thread, () => true);
		const first = thread.stop('first');
		expect(await thread.stop('second', {grace: 10})).toEqual({terminated: true});
		expect(await first).toEqual({terminated: true});
		expect(await rejection(thread.result)).toBe('first');
	});

	test('counts from an abort by a parent, too', async () => {
		const parent = new AbortController();
		const thread = startThread('ends', {data: 'at once: deafAwait', signal: parent.signal, grace: 10});
		await whenProgress(thread, () => true);
		parent.abort('parent');
		expect(await rejection(thread.result)).toBe('parent');
		expect([thread.state, thread.terminated]).toEqual(['stopped', true]);
	});

	test('of zero terminates at once, but not a function that has ended', async () => {
		const ended = startThread('count', {data: 1});
		await ended.result;
		expect(await ended.stop('late', {grace: 0})).toEqual({terminated: false});
		expect(ended.state).toBe('completed');
	});
});

describe('modules', () => {
	test('W15: one that is not there fails the thread with the error of the platform', async () => {
		const missing = startThread('missing');
		expect(await rejection(missing.result)).toMatchObject({code: 'ERR_MODULE_NOT_FOUND'});
		expect(missing.state).toBe('failed');
	});

	test('one without a default function fails it with an error that says so', async () => {
		const thread = startThread('nothing');
		expect(await rejection(thread.result)).toMatchObject({
			name: 'TypeError',
			message: 'source: expected a module whose default is a function, got undefined',
		});
	});

	test('one that was compiled to CommonJS works by its own default export', async () => {
		expect(await startThread('transpiled.cjs').result).toBe('from CommonJS');
	});

	test('one that throws while it is loaded fails it with that error', async () => {
		expect(await rejection(startThread('broken').result)).toMatchObject({message: 'broken module'});
	});

	test('options of the worker that the platform refuses fail it', async () => {
		const thread = startThread('count', {worker: {execArgv: ['--no-such-option']}});
		expect(await rejection(thread.result)).toMatchObject({code: 'ERR_WORKER_INVALID_EXEC_ARGV'});
	});
});

describe('W14: a worker that the platform does not end', () => {
	/** A worker that runs native code for ever, as far as anybody can tell. */
	function createStuck(): {worker: WorkerLike; calls: string[]; exit: () => void} {
		const calls: string[] = [];
		const on: Record<string, (value: unknown) => void> = {};
		const worker = {
			on: (type: string, listener: (value: unknown) => void) => (on[type] = listener),
			postMessage: () => {},
			terminate: () => void calls.push('terminate'),
			ref: () => void calls.push('ref'),
			unref: () => void calls.push('unref'),
		};
		return {worker, calls, exit: () => on['exit']!(1)};
	}

	test('makes stop() reject after 5 s, and keeps no process alive; the thread still notices its end', async () => {
		jest.useFakeTimers();
		const {worker, calls, exit} = createStuck();
		const thread = Thread.start(() => worker, {name: 'native'});
		const error = rejection(thread.stop('enough', {grace: 0}));
		await jest.advanceTimersByTimeAsync(5000);
		expect(await error).toMatchObject({name: 'StopTimeoutError', task: 'native'});
		expect([thread.state, calls]).toEqual(['stopping', ['terminate', 'unref']]);
		exit();
		expect(await rejection(thread.result)).toBe('enough');
		expect([thread.state, thread.terminated]).toEqual(['stopped', true]);
		expect(jest.getTimerCount()).toBe(0);
		jest.useRealTimers();
	});
});

test('a thread that has ended leaves no handle, no listener and no child', async () => {
	const kinds = (): string[] =>
		process.getActiveResourcesInfo().filter((kind) => /Message|Worker|Timeout/.test(kind));
	const before = kinds();
	const parent = new AbortController();
	let listeners = 0;
	const {addEventListener, removeEventListener} = parent.signal;
	parent.signal.addEventListener = (...args: unknown[]) => {
		listeners++;
		Reflect.apply(addEventListener, parent.signal, args);
	};
	parent.signal.removeEventListener = (...args: unknown[]) => {
		listeners--;
		Reflect.apply(removeEventListener, parent.signal, args);
	};
	const ways = ['return', 'throw', 'exit', 'uncaught', 'timerLeft'];
	const threads = ways.map((way) => startThread('ends', {data: `at once: ${way}`, signal: parent.signal}));
	expect(listeners).toBe(1);
	await Promise.allSettled(threads.map(({result}) => result));
	expect(listeners).toBe(0);
	// The platform closes ports and workers when it likes; in vain, the time limit of the test ends the wait.
	while (kinds().length > before.length) await new Promise((resolve) => setImmediate(resolve));
	expect(kinds()).toEqual(before);
});
