/**
 * Every public function and method that takes a signal, in every order of pause, resume and abort,
 * with every kind of reason: it ends as it says, with the very reason, and leaves nothing.
 *
 * What each does besides is in the tests of its room. A new public function fails the first test
 * until it has its place here.
 */
import {describe, expect, test} from '@jest/globals';
import * as library from 'pausable-signal';
import {
	abortable,
	all,
	deadline,
	delay,
	execute,
	forever,
	Gate,
	interval,
	isAbortError,
	isAbortOf,
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
	throwIfAborted,
	waitForEvent,
} from 'pausable-signal';
import {flush, leftOn, nothing, reasons, type Watched, watched} from './flow/kit.ts';
import {useVirtualTime} from './support/virtual-time.ts';

// Which also sees to it that no timer is left after any test.
useVirtualTime();

/** Work that lasts until the abort. */
interface Work<S> {
	readonly start: (signal: S) => Promise<unknown>;
	/** Resolves with this at the abort; without it, rejects with the signal's reason. */
	readonly value?: unknown;
	/** Resolves with this on resume when it began while paused; without it, goes on. */
	readonly resumed?: unknown;
	/** Ends also while paused, without an abort. */
	readonly needsNoResume?: true;
}

type Works<S> = Readonly<Record<string, Readonly<Record<string, Work<S>>>>>;

const hour = 3_600_000;
const never = new Promise<never>(() => {});

/** For what makes a signal: rejects when that aborts. */
function abortOf(signal: AbortSignal): Promise<never> {
	return new Promise((_resolve, reject) => {
		if (signal.aborted) reject(signal.reason);
		else signal.addEventListener('abort', () => reject(signal.reason), {once: true});
	});
}

/** How often a listener is called after the abort that was to remove it. */
async function callsAfter(
	signal: AbortSignal,
	listen: (listener: () => void) => void,
	fire: () => void,
): Promise<number> {
	let calls = 0;
	listen(() => calls++);
	await abortOf(signal).catch(() => {});
	fire();
	return calls;
}

function task(signal: AbortSignal): Task<never> {
	return Task.start((context) => forever(context.signal), {signal});
}

const fail = (): never => {
	throw new Error('try again');
};

/** On any signal, pausable or not. */
const onAny: Works<AbortSignal> = {
	PausableController: {
		'under a signal': {start: (signal) => abortOf(new PausableController({signal}).signal)},
		'under several': {
			start: (signal) =>
				abortOf(new PausableController({signal: [new AbortController().signal, signal]}).signal),
		},
	},
	'PausableSignal.any': {
		'of one': {start: (signal) => abortOf(PausableSignal.any([signal]))},
		'of several': {
			start: (signal) => abortOf(PausableSignal.any([new PausableController().signal, signal])),
		},
		'without its pauses': {start: (signal) => abortOf(PausableSignal.any([signal], {pause: []}))},
	},
	'PausableSignal.from': {'': {start: (signal) => abortOf(PausableSignal.from(signal))}},
	'PausableSignal.addEventListener': {
		'with {signal}': {
			start(signal) {
				const other = new PausableController();
				const listen = (listener: () => void): void =>
					other.signal.addEventListener('pause', listener, {signal});
				return callsAfter(signal, listen, () => other.pause());
			},
			value: 0,
		},
	},
	'Gate.wait': {
		'': {start: (signal) => new Gate(false).wait({signal})},
		'with a timeout': {start: (signal) => new Gate(false).wait({signal, timeout: hour})},
	},

	delay: {
		'on active time': {start: (signal) => delay(signal, hour)},
		'by the wall clock': {start: (signal) => delay(signal, hour, {clock: 'wall'})},
		'until a Date': {start: (signal) => delay(signal, new Date(Date.now() + hour))},
	},
	interval: {
		'before a tick': {start: (signal) => interval(signal, hour)[Symbol.asyncIterator]().next()},
		'by the wall clock': {
			start: (signal) => interval(signal, hour, {clock: 'wall'})[Symbol.asyncIterator]().next(),
		},
	},
	deadline: {
		'on active time': {start: (signal) => abortOf(deadline(signal, hour))},
		'by the wall clock': {start: (signal) => abortOf(deadline(signal, hour, {clock: 'wall'}))},
	},

	abortable: {'': {start: (signal) => abortable(signal, never)}},
	all: {'': {start: (signal) => all(signal, (inner) => [forever(inner), delay(inner, hour)])}},
	execute: {'': {start: (signal) => execute(signal, () => () => {})}},
	forever: {'': {start: forever}},
	proactiveRetry: {'': {start: (signal) => proactiveRetry(signal, forever)}},
	race: {'': {start: (signal) => race(signal, (inner) => [forever(inner), delay(inner, hour)])}},
	retry: {
		'in an attempt': {start: (signal) => retry(signal, forever)},
		'in a back-off': {start: (signal) => retry(signal, fail, {baseMs: hour, maxDelayMs: hour})},
	},
	shield: {
		'without abort': {start: (signal) => shield(signal, forever, {abort: false})},
		'that ends after the abort': {
			start: (signal) => shield(signal, () => abortOf(signal).catch(() => 'saved')),
			value: 'saved',
		},
	},
	spawn: {'': {start: (signal) => spawn(signal, forever)}},
	waitForEvent: {'': {start: (signal) => waitForEvent(signal, new EventTarget(), 'never')}},

	'Task.start': {
		'while it runs': {start: (signal) => task(signal).result},
	},
	'Task.join': {
		'': {start: (signal) => task(signal).join(), value: true},
		'with a timeout': {start: (signal) => task(signal).join({timeout: hour}), value: true},
	},
	'Task.pause': {
		'': {start: (signal) => task(signal).pause('user', {timeout: hour}), value: true, needsNoResume: true},
	},
	'Task.stop': {
		'that waits for the end': {
			start: (signal) => Task.start(() => abortOf(signal).catch(() => {}), {signal}).stop(),
			value: undefined,
			needsNoResume: true,
		},
	},

	pausable: {
		'of a source that does not answer': {
			start: (signal) => pausable(signal, {[Symbol.asyncIterator]: () => ({next: () => never})}).next(),
		},
		'of a stream': {start: (signal) => pausable(signal, new ReadableStream()).next()},
	},
};

/** Waits of a signal's own, which begin only while it is paused. */
const onPaused: Works<PausableSignal> = {
	'SignalGate.wait': {
		'': {start: (signal) => signal.gate.wait(), value: false, resumed: true},
		'with a timeout': {start: (signal) => signal.gate.wait({timeout: hour}), value: false, resumed: true},
	},
	'PausableSignal.checkpoint': {'': {start: (signal) => signal.checkpoint(), resumed: undefined}},
};

/** What is asked at once, and what it says after the abort. */
const asked: Readonly<Record<string, (controller: PausableController) => unknown>> = {
	throwIfAborted: ({signal}) => sameAs(signal.reason, () => throwIfAborted(signal)),
	'PausableSignal.throwIfAborted': ({signal}) => sameAs(signal.reason, () => signal.throwIfAborted()),
	isAbortOf: ({signal}) => isAbortOf(signal, signal.reason),
	stopwatch({signal}) {
		const watch = stopwatch(signal);
		return watch.elapsed === 0 && watch.paused === 0;
	},
	'PausableController.pause': (controller) => !controller.pause('late') && !controller.signal.paused,
	'PausableController.resume': (controller) => !controller.resume(),
	'PausableController.step': (controller) => !controller.step(),
	'PausableController.hold': (controller) => !controller.hold('late').release() && !controller.signal.paused,
	'PausableController.abort'(controller) {
		const {reason} = controller.signal;
		controller.abort('late');
		return Object.is(controller.signal.reason, reason);
	},
};

/** Whether exactly this is thrown. */
function sameAs(reason: unknown, act: () => void): boolean {
	try {
		act();
	} catch (error) {
		return Object.is(error, reason);
	}
	return false;
}

const takeNoSignal = [
	...['AbortError', 'catchAbortError', 'isAbortError', 'rethrowAbortError', 'run', 'StopTimeoutError'],
	...['Gate', 'Gate.open', 'Gate.close', 'Gate.release'],
	...['PausableSignal', 'PausableSignal.abort', 'PausableSignal.timeout'],
	'PausableSignal.removeEventListener',
	...['Task', 'Task.resume', 'Task.hold'],
];

/** All functions of the entry, and all methods of its classes: `Class.method`, static or not. */
function publicNames(): string[] {
	return Object.entries(library).flatMap(([name, value]) => {
		const {prototype} = value as {prototype?: object};
		const isClass = prototype !== undefined && /^class\b/.test(String(value));
		return isClass ? [name, ...methodsOf(name, value, prototype)] : [name];
	});
}

function methodsOf(name: string, ...objects: readonly object[]): string[] {
	const methods = objects.flatMap((object) =>
		Object.entries(Object.getOwnPropertyDescriptors(object)).flatMap(([key, {value}]) =>
			typeof value === 'function' && key !== 'constructor' ? [`${name}.${key}`] : [],
		),
	);
	return [...new Set(methods)];
}

test('every public function has its place here', () => {
	const placed = [onAny, onPaused, asked].flatMap((table) => Object.keys(table));
	// A type only; its method is of every signal.
	const isPublic = (name: string): boolean => name !== 'SignalGate.wait';
	expect([...placed.filter(isPublic), ...takeNoSignal].toSorted()).toEqual(publicNames().toSorted());
});

/** One order of things: what is done before the work starts, and what ends it. */
interface Order {
	readonly name: string;
	readonly before: (controller: PausableController, reason: unknown) => void;
	readonly after: (controller: PausableController, reason: unknown) => Promise<void>;
	readonly beginsPaused: boolean;
}

const idle = (): void => {};
const orders: readonly Order[] = [
	{
		name: 'abort before',
		before: (controller, reason) => controller.abort(reason),
		after: flush,
		beginsPaused: true,
	},
	{
		name: 'abort in the same tick',
		before: idle,
		after: async (controller, reason) => controller.abort(reason),
		beginsPaused: false,
	},
	{
		name: 'abort while paused',
		before: idle,
		async after(controller, reason) {
			await flush();
			controller.pause('user');
			await flush();
			controller.abort(reason);
		},
		beginsPaused: false,
	},
	{
		name: 'pause before',
		before: (controller) => void controller.pause('user'),
		async after(controller, reason) {
			await flush();
			controller.abort(reason);
		},
		beginsPaused: true,
	},
	{
		name: 'resume and abort in one tick',
		before: (controller) => void controller.pause('user'),
		async after(controller, reason) {
			await flush();
			controller.resume();
			controller.abort(reason);
		},
		beginsPaused: true,
	},
	{
		name: 'abort and resume in one tick',
		before: (controller) => void controller.pause('user'),
		async after(controller, reason) {
			await flush();
			controller.abort(reason);
			expect(controller.resume()).toBe(false);
		},
		beginsPaused: true,
	},
];

function casesOf<S>(works: Works<S>): readonly (readonly [string, Work<S>])[] {
	return Object.entries(works).flatMap(([name, cases]) =>
		Object.entries(cases).map(([what, work]) => [`${name} ${what}`.trimEnd(), work] as const),
	);
}

/** How the work has ended, and whether that is what it says, with the very reason. */
function expectEnd(
	{state, value, reason}: Watched<unknown>,
	work: Work<never>,
	signal: AbortSignal,
	[kind, given]: (typeof reasons)[number],
): void {
	const isGiven = given === undefined ? isAbortError(signal.reason) : Object.is(signal.reason, given);
	expect({kind, isGiven, left: leftOn(signal)}).toEqual({kind, isGiven: true, left: nothing});
	if ('value' in work) expect({kind, state, value}).toEqual({kind, state: 'resolved', value: work.value});
	else {
		const isSame = Object.is(reason, signal.reason);
		expect({kind, state, isSame}).toEqual({kind, state: 'rejected', isSame: true});
	}
}

describe.each(orders)('$name:', ({before, after, beginsPaused}) => {
	const works: readonly (readonly [string, Work<PausableSignal>])[] = [
		...casesOf(onAny),
		...(beginsPaused ? casesOf(onPaused) : []),
	];

	test.each(works)('%s', async (_name, work) => {
		for (const [kind, given] of reasons) {
			const parent = new PausableController();
			const controller = new PausableController({signal: parent.signal});
			before(controller, given);
			const seen = watched(work.start(controller.signal));
			await after(controller, given);
			await flush();
			expectEnd(seen, work, controller.signal, [kind, given]);
			// The parent lives on: what the work put on it, if anything, has gone.
			expect(leftOn(parent.signal)).toEqual(nothing);
		}
	});

	test.each(Object.entries(asked))('%s, afterwards', async (_name, ask) => {
		for (const [kind, given] of reasons) {
			const controller = new PausableController();
			before(controller, given);
			await after(controller, given);
			expect([kind, ask(controller)]).toEqual([kind, true]);
		}
	});
});

describe('a plain signal:', () => {
	test.each(casesOf(onAny))('%s', async (_name, work) => {
		for (const [kind, given] of reasons) {
			const controller = new AbortController();
			const seen = watched(work.start(controller.signal));
			await flush();
			controller.abort(given);
			await flush();
			expectEnd(seen, work, controller.signal, [kind, given]);
		}
	});

	test.each(casesOf(onAny))('%s, aborted before', async (_name, work) => {
		for (const [kind, given] of reasons) {
			const controller = new AbortController();
			controller.abort(given);
			const seen = watched(work.start(controller.signal));
			await flush();
			expectEnd(seen, work, controller.signal, [kind, given]);
		}
	});
});

describe('paused before and resumed:', () => {
	test.each([...casesOf(onAny), ...casesOf(onPaused)])('%s', async (_name, work) => {
		const controller = new PausableController();
		controller.pause('user');
		const seen = watched(work.start(controller.signal));
		await flush();
		const asBefore = work.needsNoResume ? 'resolved' : 'pending';
		expect(seen.state).toBe(asBefore);
		controller.resume();
		await flush();
		if ('resumed' in work) expect(seen).toEqual({state: 'resolved', value: work.resumed});
		else expect(seen.state).toBe(asBefore);
		controller.abort('the end');
		await flush();
		expect(leftOn(controller.signal)).toEqual(nothing);
	});
});
