// Everything short-lived that is put on a signal that lives long: one piece of it a call.
import {Readable} from 'node:stream';
import {
	abortable,
	all,
	deadline,
	delay,
	execute,
	forever,
	Gate,
	interval,
	pausable,
	PausableController,
	PausableSignal,
	proactiveRetry,
	race,
	retry,
	shield,
	spawn,
	stopwatch,
	Task,
	waitForEvent,
} from 'pausable-signal';
import type {Leftovers} from './leftovers.ts';

/**
 * Makes a piece, uses it and lets go of it. What it returns, or resolves with, must be collected:
 * nobody else has it.
 */
export type Make<On = AbortSignal> = (on: On) => unknown;

const hour = 3_600_000;
const ignore = (): void => {};
const types = ['pause', 'resume', 'abort'];

/** Starts work on a child, and ends it by an abort of the child. */
async function aborted(
	signal: AbortSignal,
	work: (signal: PausableSignal) => Promise<unknown>,
): Promise<void> {
	const child = new PausableController({signal});
	const ended = work(child.signal).catch(ignore);
	await Promise.resolve();
	// Not without a reason: the platform's own costs more than all the rest.
	child.abort('enough');
	await ended;
}

async function* count(): AsyncGenerator<number, void, undefined> {
	for (let i = 0; ; i++) yield i;
}

async function fail(): Promise<never> {
	throw new Error('no');
}

/** On any signal, pausable or not. */
export const kinds: Readonly<Record<string, Make>> = {
	// Controllers
	'a child that is dropped': (signal) => new PausableController({signal}),
	'a child that is aborted': (signal) => {
		const child = new PausableController({signal});
		child.abort();
		return child;
	},
	'a child that is disposed of': (signal) => {
		using child = new PausableController({signal});
		return child;
	},
	'a child that is paused and dropped': (signal) => {
		const child = new PausableController({signal});
		child.pause();
		return child;
	},
	'a grandchild': (signal) => new PausableController({signal: new PausableController({signal}).signal}),
	'a child of several': (signal) =>
		new PausableController({signal: [signal, new AbortController().signal, new PausableController().signal]}),

	// Waits and listeners of children
	'a wait on a child that is resumed': async (signal) => {
		const child = new PausableController({signal});
		child.pause();
		const wait = child.signal.checkpoint();
		child.resume();
		await wait;
		return child;
	},
	'a wait on a child that times out': async (signal) => {
		const child = new PausableController({signal});
		child.pause();
		await child.signal.gate.wait({timeout: 0});
		return child;
	},
	'listeners of a child': (signal) => {
		const child = new PausableController({signal}).signal;
		const listener = (): void => {};
		for (const type of types) child.addEventListener(type, listener);
		for (const type of types) child.removeEventListener(type, listener);
		return child;
	},
	'a listener elsewhere that the signal could remove': (signal) => {
		const other = new PausableController();
		other.signal.addEventListener('pause', () => {}, {signal});
		return other;
	},
	'a wait at a gate that opens': async (signal) => {
		const gate = new Gate(false);
		const wait = gate.wait({signal});
		gate.open();
		await wait;
		return gate;
	},
	'a wait at a gate that times out': async (signal) => {
		const gate = new Gate(false);
		await gate.wait({signal, timeout: 1});
		return gate;
	},

	// Signals
	'any() that nobody listens to': (signal) => PausableSignal.any([signal, new AbortController().signal]),
	'any() that is listened to for a while': (signal) => {
		const any = PausableSignal.any([signal, new AbortController().signal]);
		const listener = (): void => {};
		any.addEventListener('abort', listener);
		any.removeEventListener('abort', listener);
		return any;
	},
	'any() that is listened to, and ends': (signal) => {
		const other = new AbortController();
		const any = PausableSignal.any([signal, other.signal]);
		any.addEventListener('abort', () => {});
		other.abort();
		return any;
	},
	// Of a pausable one it is that itself.
	'from()': (signal) => {
		const from = PausableSignal.from(signal);
		return from === signal ? undefined : from;
	},
	'timeout()': () => PausableSignal.timeout(hour),

	// Time
	'a delay that is due': (signal) => delay(signal, 0),
	'a delay that is aborted': (signal) => aborted(signal, (inner) => delay(inner, hour)),
	'a delay by the wall clock': (signal) => delay(signal, 0, {clock: 'wall'}),
	'a delay until a date': (signal) => delay(signal, new Date()),
	'an interval that is left': async (signal) => {
		for await (const _tick of interval(signal, 1)) break;
	},
	'an interval that is left before it ticks': async (signal) => {
		const ticks = interval(signal, hour)[Symbol.asyncIterator]();
		const tick = ticks.next();
		await Promise.resolve();
		await ticks.return?.();
		await tick;
		return ticks;
	},
	'an interval that is dropped after a tick': async (signal) => {
		const ticks = interval(signal, 1)[Symbol.asyncIterator]();
		await ticks.next();
		return ticks;
	},
	'a deadline': (signal) => deadline(signal, hour),
	'a deadline by the wall clock': (signal) => deadline(signal, hour, {clock: 'wall'}),
	'a deadline that passes': async (signal) => {
		const limited = deadline(signal, 0);
		await forever(limited).catch(ignore);
		return limited;
	},
	'a deadline that is aborted': (signal) => {
		const child = new PausableController({signal});
		const limited = deadline(child.signal, hour);
		child.abort();
		return limited;
	},
	'a stopwatch that is stopped': (signal) => {
		const watch = stopwatch(signal);
		watch.stop();
		return watch;
	},
	'a stopwatch that is dropped': (signal) => stopwatch(signal),

	// Flow
	execute: (signal) =>
		execute<void>(signal, (resolve) => {
			queueMicrotask(resolve);
			return ignore;
		}),
	'execute, aborted': (signal) => aborted(signal, (inner) => execute(inner, () => ignore)),
	abortable: (signal) => abortable(signal, Promise.resolve()),
	'abortable, aborted': (signal) => aborted(signal, (inner) => abortable(inner, new Promise(() => {}))),
	'forever, aborted': (signal) => aborted(signal, forever),
	waitForEvent: async (signal) => {
		const target = new EventTarget();
		const event = waitForEvent(signal, target, 'news');
		target.dispatchEvent(new Event('news'));
		await event;
		return target;
	},
	'waitForEvent, aborted': (signal) =>
		aborted(signal, (inner) => waitForEvent(inner, new EventTarget(), 'news')),
	all: (signal) => all(signal, (inner) => [inner.checkpoint(), delay(inner, 0)]),
	'all, of which one fails': (signal) => all(signal, (inner) => [forever(inner), fail()]).catch(ignore),
	race: (signal) => race(signal, (inner) => [inner.checkpoint(), forever(inner)]),
	retry: (signal) =>
		retry(signal, async (_inner, attempt) => (attempt === 0 ? fail() : undefined), {baseMs: 0}),
	'retry, aborted in a back-off': (signal) =>
		aborted(signal, (inner) => retry(inner, fail, {baseMs: hour, maxDelayMs: hour})),
	proactiveRetry: (signal) => proactiveRetry(signal, async () => {}),
	'proactiveRetry, aborted': (signal) => aborted(signal, (inner) => proactiveRetry(inner, forever)),
	spawn: (signal) =>
		spawn(signal, async (inner, {fork, defer}) => {
			fork(forever);
			defer(ignore);
			await inner.checkpoint();
		}),
	shield: (signal) => shield(signal, (inner) => inner.checkpoint(), {grace: hour}),
	'shield against aborts alone': (signal) => shield(signal, (inner) => inner.checkpoint(), {pause: false}),
	'shield against pauses alone': (signal) => shield(signal, (inner) => inner.checkpoint(), {abort: false}),
	'shield, with a grace after the abort': (signal) =>
		aborted(signal, (inner) => shield(inner, () => delay(inner, hour), {grace: hour})),

	// Tasks
	'a task that completes': async (signal) => {
		const task = Task.start((context) => context.signal.checkpoint(), {signal});
		await task.result;
		return task;
	},
	'a task that fails': async (signal) => {
		const task = Task.start(fail, {signal});
		await task.result.catch(ignore);
		return task;
	},
	'a task that is stopped': async (signal) => {
		const task = Task.start((context) => delay(context.signal, hour), {signal});
		await task.stop();
		return task;
	},
	'a task that was paused': async (signal) => {
		const gate = new Gate(false);
		const work = async (inner: PausableSignal): Promise<void> => {
			await gate.wait();
			await inner.checkpoint();
		};
		const task = Task.start((context) => work(context.signal), {signal});
		const paused = task.pause();
		gate.open();
		await paused;
		task.resume();
		await task.result;
		return task;
	},
	'a task that is stopped while paused': async (signal) => {
		const task = Task.start((context) => forever(context.signal), {signal});
		await task.pause('user', {timeout: hour});
		await task.stop('user', {grace: hour});
		return task;
	},
	'a task that left a listener and a child behind': async (signal) => {
		const leave = (inner: PausableSignal): void =>
			new PausableController({signal: inner}).signal.addEventListener('pause', () => {});
		const task = Task.start((context) => leave(context.signal), {signal});
		await task.join({timeout: hour});
		return task;
	},

	// Iteration
	'an iteration that ends': async (signal) => {
		for await (const _item of pausable(signal, [1, 2])) continue;
	},
	'an iteration that is left': async (signal) => {
		for await (const _item of pausable(signal, count())) break;
	},
	'an iteration of a stream that is left': async (signal) => {
		const stream = new ReadableStream<number>({pull: (controller) => controller.enqueue(1)});
		for await (const _item of pausable(signal, stream)) break;
		return stream;
	},
	'an iteration of a Readable that is left': async (signal) => {
		const readable = Readable.from([1, 2]);
		for await (const _item of pausable(signal, readable)) break;
		return readable;
	},
	'an iteration that is aborted': (signal) => aborted(signal, (inner) => pausable(inner, new Never()).next()),
	'an iteration that is dropped': async (signal) => {
		const items = pausable(signal, count());
		await items.next();
		return items;
	},
};

/** A source that never answers. */
class Never {
	[Symbol.asyncIterator](): AsyncIterator<never> {
		return {next: () => new Promise(() => {})};
	}
}

/** On a signal that is paused meanwhile. */
export const pausingKinds: Readonly<Record<string, Make<PausableController>>> = {
	'an open checkpoint': (controller) => controller.signal.checkpoint(),
	'a gate wait while paused': async (controller) => {
		controller.pause();
		const wait = controller.signal.gate.wait();
		controller.resume();
		await wait;
	},
	'a checkpoint while paused': async (controller) => {
		controller.pause();
		const wait = controller.signal.checkpoint();
		controller.resume();
		await wait;
	},
	'a step': async (controller) => {
		controller.pause();
		const wait = controller.signal.checkpoint();
		controller.step();
		controller.resume();
		await wait;
	},
	'a timed wait that goes through': async (controller) => {
		controller.pause();
		const wait = controller.signal.gate.wait({timeout: hour});
		controller.resume();
		await wait;
	},
	'a timed wait that times out': async (controller) => {
		using _hold = controller.hold();
		await controller.signal.gate.wait({timeout: 1});
	},
	'a wait on a child that is aborted while paused': async (controller) => {
		using _hold = controller.hold();
		await aborted(controller.signal, (inner) => inner.checkpoint());
	},
	'a hold that is released': (controller) => {
		const hold = controller.hold('back-off');
		hold.release();
		return hold;
	},
	'a hold in a block': (controller) => {
		using hold = controller.hold('back-off');
		return hold;
	},
	'listeners that are added and removed': ({signal}) => {
		const listener = (): void => {};
		for (const type of types) signal.addEventListener(type, listener);
		for (const type of types) signal.removeEventListener(type, listener);
		return listener;
	},
	'a once listener that is called': (controller) => {
		const listener = (): void => {};
		controller.signal.addEventListener('pause', listener, {once: true});
		controller.pause();
		controller.resume();
		return listener;
	},
	'a handler that is set and taken away': ({signal}) => {
		const handler = (): void => {};
		signal.onpause = handler;
		signal.onpause = null;
		return handler;
	},
	'a listener that a signal of its own removes': ({signal}) => {
		const remover = new AbortController();
		const listener = (): void => {};
		signal.addEventListener('abort', listener, {signal: remover.signal});
		remover.abort();
		return listener;
	},
	'any() that follows the pauses alone': ({signal}) => PausableSignal.any([], {pause: signal}),
	'a delay that was paused': async (controller) => {
		const due = delay(controller.signal, 0);
		controller.pause();
		controller.resume();
		await due;
	},
	'a delay that is aborted while paused': async (controller) => {
		using _hold = controller.hold();
		await aborted(controller.signal, (inner) => delay(inner, hour));
	},
	'an iteration that is left while paused': async (controller) => {
		const items = pausable(controller.signal, count());
		using _hold = controller.hold();
		const item = items.next();
		await items.return();
		await item;
		return items;
	},
};

const settled = Promise.resolve();

/** What is known to leave something behind, and which figure must show it. */
export const leaks: Readonly<Record<string, {readonly make: Make; readonly shows: keyof Leftovers}>> = {
	"the platform's any() that is listened to": {
		make: (signal) => AbortSignal.any([signal]).addEventListener('abort', () => {}),
		shows: 'bytes',
	},
	'Promise.race() with the abort': {
		make: (signal) => void Promise.race([settled, abortOf(signal)]),
		shows: 'bytes',
	},
	'a listener that stays': {
		make: (signal) => signal.addEventListener('abort', () => {}),
		shows: 'listeners',
	},
	'a timer that stays': {
		make: () => setTimeout(() => {}, hour).unref(),
		shows: 'timers',
	},
	'a child that is still listened to': {
		make: (signal) => {
			const child = new PausableController({signal});
			child.signal.addEventListener('pause', () => {});
			return child.signal;
		},
		shows: 'uncollected',
	},
	'a wait that nobody ends': {
		make: (signal) => {
			const child = new PausableController({signal});
			child.pause();
			void child.signal.gate.wait();
		},
		shows: 'needs',
	},
	'a stopwatch that somebody keeps': {
		make: (signal) => void kept.push(stopwatch(signal)),
		shows: 'followers',
	},
	'a child that somebody keeps': {
		make: (signal) => void kept.push(new PausableController({signal})),
		shows: 'linked',
	},
};

const kept: unknown[] = [];
const aborts = new WeakMap<AbortSignal, Promise<void>>();

/** A promise for the abort, as many programs keep one. */
function abortOf(signal: AbortSignal): Promise<void> {
	let promise = aborts.get(signal);
	if (promise === undefined) {
		promise = new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
		aborts.set(signal, promise);
	}
	return promise;
}
