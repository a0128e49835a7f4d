// A signal over a port: to workers of anybody's, and within one thread.
import {afterEach, describe, expect, test} from '@jest/globals';
import * as fc from 'fast-check';
import {once} from 'node:events';
import {Worker} from 'node:worker_threads';
import {PausableController, Task} from 'pausable-signal';
import {PausableQueue} from 'pausable-signal/queue';
import {receiveSignal, SignalLostError, ThreadSignal, transferSignal} from '../../src/thread/index.ts';
import {job, rejection, worker as options} from './kit.ts';

interface Told {
	id?: number;
	turns?: number;
	value?: unknown;
	error?: unknown;
	event?: string;
	reason?: unknown;
}

const workers: Worker[] = [];

function createWorker(): Worker {
	const worker = new Worker(job('receiver'), {execArgv: [...options.execArgv!]});
	workers.push(worker);
	return worker;
}

afterEach(async () => void (await Promise.all(workers.splice(0).map((worker) => worker.terminate()))));

function told(worker: Worker, isMeant: (message: Told) => boolean): Promise<Told> {
	return new Promise((resolve) => {
		const look = (message: Told): void => {
			if (!isMeant(message)) return;
			worker.off('message', look);
			resolve(message);
		};
		worker.on('message', look);
	});
}

/** Runs a job in the worker under a signal, as a pool would. */
async function run(worker: Worker, id: number, way: string, signal: AbortSignal): Promise<unknown> {
	using transfer = transferSignal(signal);
	const ended = told(worker, (message) => message.id === id && !('turns' in message));
	worker.postMessage({id, way, signal: transfer.message}, transfer.transfer);
	const message = await ended;
	if ('error' in message) throw signal.aborted ? signal.reason : message.error;
	return message.value;
}

describe.each(['sync', 'async'])('W23: a job of another pool that waits (%s)', (way) => {
	test('is paused, parked, resumed and aborted by its task', async () => {
		const worker = createWorker();
		const moving = told(worker, ({turns}) => turns! > 0);
		const task = Task.start(({signal}) => run(worker, 1, way, signal));
		await moving;
		for (let round = 0; round < 3; round++) {
			expect(await task.pause()).toBe(true);
			expect(task.state).toBe('paused');
			const moves = told(worker, ({turns}) => turns! > 0);
			task.resume();
			await moves;
		}
		const reason = {why: 'enough'};
		await task.pause();
		await task.stop(reason);
		expect(await rejection(task.result)).toBe(reason);
	});

	test('is reported as parked by its queue', async () => {
		const queue = new PausableQueue({concurrency: 1});
		const worker = createWorker();
		const moving = told(worker, ({turns}) => turns! > 0);
		const added = queue.add(({signal}) => run(worker, 1, way, signal), {id: 'one'});
		added.catch(() => {});
		await moving;
		expect(await queue.pause()).toEqual({parked: [{id: 'one', set: undefined}], running: []});
		queue.resume();
		await queue.stop('enough');
		expect(await rejection(added)).toBe('enough');
	});
});

test('W10: work on two threads under one signal stands still when both do', async () => {
	const [one, two] = [createWorker(), createWorker()];
	const moving = Promise.all([one, two].map((worker) => told(worker, ({turns}) => turns! > 0)));
	const task = Task.start(({signal}) =>
		Promise.all([run(one, 1, 'sync', signal), run(two, 2, 'follow', signal)]),
	);
	await moving;
	expect(await task.pause('p', {timeout: 50})).toBe(false);
	expect(task.state).toBe('pausing');
	await task.stop();
});

test('W7: events and reasons arrive, also those of holds that come and go', async () => {
	const worker = createWorker();
	const controller = new PausableController();
	const moving = told(worker, ({turns}) => turns! > 0);
	const running = run(worker, 1, 'follow', controller.signal);
	await moving;
	const paused = told(worker, ({event}) => event === 'pause');
	controller.pause(new Map([['why', 'lunch']]));
	expect((await paused).reason).toEqual(new Map([['why', 'lunch']]));
	const resumed = told(worker, ({event}) => event === 'resume');
	controller.resume();
	await resumed;
	controller.abort('enough');
	expect(await rejection(running)).toBe('enough');
});

describe('W24: when the sender goes', () => {
	test('a receiver aborts with a SignalLostError, blocked or not', async () => {
		for (const way of ['follow', 'sync']) {
			const worker = createWorker();
			const controller = new PausableController();
			const transfer = transferSignal(controller.signal);
			const moving = told(worker, ({turns}) => turns! > 0);
			const ended = told(worker, (message) => 'error' in message);
			worker.postMessage({id: 1, way, signal: transfer.message}, transfer.transfer);
			await moving;
			controller.pause();
			transfer[Symbol.dispose]();
			expect((await ended).error).toMatchObject({message: new SignalLostError().message});
		}
	});

	test('a receiver keeps its state if its options say so', async () => {
		const worker = createWorker();
		const transfer = transferSignal(new PausableController().signal);
		const moving = told(worker, ({turns}) => turns! > 0);
		const ended = told(worker, (message) => 'value' in message);
		worker.postMessage({id: 1, way: 'ignore', signal: transfer.message}, transfer.transfer);
		await moving;
		transfer[Symbol.dispose]();
		worker.postMessage({});
		expect((await ended).value).toBe(false);
	});

	test('nothing is left on the signal when the receiver is gone, or the transfer is disposed of', async () => {
		const plain = new AbortController();
		const counted = {listeners: 0};
		const {addEventListener, removeEventListener} = plain.signal;
		plain.signal.addEventListener = (...args: unknown[]) => {
			counted.listeners++;
			Reflect.apply(addEventListener, plain.signal, args);
		};
		plain.signal.removeEventListener = (...args: unknown[]) => {
			counted.listeners--;
			Reflect.apply(removeEventListener, plain.signal, args);
		};
		const worker = createWorker();
		const moving = told(worker, ({turns}) => turns! > 0);
		const transfer = transferSignal(plain.signal);
		worker.postMessage({id: 1, way: 'follow', signal: transfer.message}, transfer.transfer);
		await moving;
		expect(counted.listeners).toBe(1);
		const exit = once(worker, 'exit');
		await worker.terminate();
		await exit;
		while (counted.listeners > 0) await new Promise((resolve) => setImmediate(resolve));
		transferSignal(plain.signal)[Symbol.dispose]();
		expect(counted.listeners).toBe(0);
	});
});

describe('within one thread', () => {
	/** A signal and what has become of it on the other side. */
	function pair(): {controller: PausableController; signal: ThreadSignal; dispose: () => void} {
		const controller = new PausableController();
		const transfer = transferSignal(controller.signal);
		const signal = receiveSignal(transfer.message);
		return {controller, signal, dispose: () => transfer[Symbol.dispose]()};
	}

	test('every read of the state is up to date', () => {
		const {controller, signal} = pair();
		expect(signal instanceof ThreadSignal).toBe(true);
		controller.pause('p');
		expect([signal.paused, signal.pauseReason, signal.gate.isOpen]).toEqual([true, 'p', false]);
		const hold = controller.hold('h');
		expect(signal.holds.map(({reason}) => reason)).toEqual(['p', 'h']);
		expect(signal.holds[1]!.since).toBe(hold.since);
		controller.resume();
		expect(signal.pauseReason).toBe('h');
		controller.abort(new DOMException('late', 'TimeoutError'));
		expect([signal.aborted, signal.paused]).toEqual([true, false]);
		expect(signal.reason).toMatchObject({name: 'TimeoutError', message: 'late'});
	});

	test('any order of pauses, holds, releases and aborts ends in the same state on both sides', () => {
		const steps = fc.array(fc.constantFrom('pause', 'resume', 'hold', 'release', 'look', 'listen'), {
			maxLength: 40,
		});
		fc.assert(
			fc.property(steps, fc.boolean(), (actions, isAborted) => {
				const {controller, signal, dispose} = pair();
				const holds: Disposable[] = [];
				const events: string[] = [];
				for (const type of ['pause', 'resume', 'abort'])
					signal.addEventListener(type, () => events.push(type));
				const acts: Record<string, () => unknown> = {
					pause: () => controller.pause({n: holds.length}),
					resume: () => controller.resume(),
					hold: () => holds.push(controller.hold(holds.length)),
					release: () => holds.shift()?.[Symbol.dispose](),
					look: () => signal.paused,
					listen: () => signal.holds,
				};
				for (const action of actions) acts[action]!();
				if (isAborted) controller.abort('end');
				const {aborted, paused, holds: list, reason} = controller.signal;
				expect([signal.aborted, signal.paused, signal.reason]).toEqual([aborted, paused, reason]);
				expect(signal.holds).toEqual(list.map(({reason: why, since}) => ({reason: why, since})));
				const told = events.filter((type) => type !== 'abort');
				expect(told).toEqual(told.map((_type, index) => (index % 2 === 0 ? 'pause' : 'resume')));
				dispose();
			}),
		);
	});

	test('W6: checkpointSync() says on a main thread that it would block that thread', () => {
		const {signal} = pair();
		expect(() => signal.checkpointSync()).toThrow(/would block the main thread/);
	});

	test('a plain AbortSignal passes on its abort alone', () => {
		const plain = new AbortController();
		const transfer = transferSignal(plain.signal);
		const signal = receiveSignal(transfer.message);
		expect([signal.paused, signal.aborted]).toEqual([false, false]);
		plain.abort('enough');
		expect(signal.reason).toBe('enough');
	});

	test('a signal that is already aborted arrives aborted', () => {
		const {message} = transferSignal(AbortSignal.abort('early'));
		expect(receiveSignal(message).reason).toBe('early');
	});

	test('W8: a reason that cannot be cloned makes neither pause() nor abort() throw', () => {
		const {controller, signal} = pair();
		const reason = (): void => {};
		controller.pause(reason);
		expect(signal.pauseReason).toMatchObject({
			message: 'A value that cannot cross threads: reason (function)',
		});
		controller.abort(reason);
		expect(signal.reason).toMatchObject({message: 'A value that cannot cross threads: reason (function)'});
		expect(controller.signal.reason).toBe(reason);
	});
});

describe('W25: bad messages', () => {
	test.each<[string, unknown]>([
		['undefined', undefined],
		['null', null],
		['a text', 'signal'],
		['another object', {port: 5}],
		['a signal', new PausableController().signal],
	])('%s is refused', (_name, message) => {
		expect(() => receiveSignal(message)).toThrow(/^message: expected one that transferSignal\(\) made, got /);
	});

	test('a message that was already received is refused', () => {
		const {message} = transferSignal(new PausableController().signal);
		receiveSignal(message);
		expect(() => receiveSignal(message)).toThrow('message: expected one that was not received before');
	});

	test('a message of another version of the library is refused', () => {
		const {message} = transferSignal(new PausableController().signal);
		expect(() => receiveSignal({...message, pausableSignal: 99})).toThrow(
			/message: expected one of the format 1, got 99 \(number\): use one version of pausable-signal/,
		);
	});

	test('the options of both sides are checked', () => {
		const {message} = transferSignal(new PausableController().signal);
		expect(() => receiveSignal(message, {onLost: 'x' as never})).toThrow(
			/onLost: expected 'abort' or 'ignore'/,
		);
		expect(() => receiveSignal(message, {name: 5 as never})).toThrow(/name: expected a string/);
		expect(() => transferSignal(5 as never)).toThrow(/signal: expected an AbortSignal/);
	});
});
