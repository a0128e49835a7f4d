// What all functions of this room have in common, whatever they do besides.
import {describe, expect, test} from '@jest/globals';
import {
	abortable,
	all,
	execute,
	forever,
	PausableController,
	proactiveRetry,
	race,
	retry,
	shield,
	spawn,
	waitForEvent,
} from 'pausable-signal';
import {flush, leftOn, nothing, reasons, rejectionOf, watched} from './kit.ts';

type Work = (signal: AbortSignal) => Promise<unknown>;

const fail = (): never => {
	throw new Error('try again');
};

/** Each waits for the abort, in its own way. */
const works: readonly (readonly [string, Work])[] = [
	['execute', (signal) => execute(signal, () => () => {})],
	['execute with async cleanup', (signal) => execute(signal, () => async () => {})],
	['abortable', (signal) => abortable(signal, new Promise(() => {}))],
	['forever', (signal) => forever(signal)],
	['waitForEvent', (signal) => waitForEvent(signal, new EventTarget(), 'never')],
	['all', (signal) => all(signal, (inner) => [forever(inner), forever(inner)])],
	['race', (signal) => race(signal, (inner) => [forever(inner), forever(inner)])],
	['retry in an attempt', (signal) => retry(signal, (inner) => forever(inner))],
	['retry in a back-off', (signal) => retry(signal, fail, {baseMs: 1e9, maxDelayMs: 1e9})],
	['proactiveRetry in an attempt', (signal) => proactiveRetry(signal, (inner) => forever(inner))],
	['proactiveRetry in a back-off', (signal) => proactiveRetry(signal, fail, {baseMs: 1e9})],
	['spawn', (signal) => spawn(signal, (inner) => forever(inner))],
	[
		'spawn with a fork',
		(signal) =>
			spawn(signal, async (inner, {fork}) => {
				fork((forkSignal) => forever(forkSignal));
				await forever(inner);
			}),
	],
	['shield without abort', (signal) => shield(signal, (inner) => forever(inner), {abort: false})],
	['shield with a grace', (signal) => shield(signal, (inner) => forever(inner), {grace: 0})],
];

describe.each(works)('%s', (_name, work) => {
	describe.each(reasons)(
		'aborted with %s rejects with that same reason, and leaves nothing',
		(_kind, given) => {
			async function expectAbort(controller: AbortController, promise: Promise<unknown>): Promise<void> {
				const {signal} = controller;
				const reason = await rejectionOf(promise);
				expect(Object.is(reason, signal.reason)).toBe(true);
				if (given !== undefined) expect(Object.is(reason, given)).toBe(true);
				expect(leftOn(signal)).toEqual(nothing);
			}

			test('before the call', async () => {
				const controller = new PausableController();
				controller.abort(given);
				await expectAbort(controller, work(controller.signal));
			});

			test('in the tick of the call', async () => {
				const controller = new PausableController();
				const promise = work(controller.signal);
				controller.abort(given);
				await expectAbort(controller, promise);
			});

			test('while it waits', async () => {
				const controller = new PausableController();
				const promise = work(controller.signal);
				await flush();
				controller.abort(given);
				await expectAbort(controller, promise);
			});

			test('paused before the call', async () => {
				const controller = new PausableController();
				controller.pause();
				const promise = work(controller.signal);
				await flush();
				controller.abort(given);
				await expectAbort(controller, promise);
			});

			test('paused while it waits', async () => {
				const controller = new PausableController();
				const promise = work(controller.signal);
				await flush();
				controller.pause();
				await flush();
				controller.abort(given);
				await expectAbort(controller, promise);
			});

			test('resumed in the same tick', async () => {
				const controller = new PausableController();
				controller.pause();
				const promise = work(controller.signal);
				await flush();
				controller.resume();
				controller.abort(given);
				await expectAbort(controller, promise);
			});

			test('through a parent', async () => {
				const parent = new PausableController();
				const child = new PausableController({signal: parent.signal});
				const promise = work(child.signal);
				await flush();
				parent.abort(given);
				await expectAbort(child, promise);
				expect(leftOn(parent.signal)).toEqual(nothing);
			});

			test('on a plain AbortSignal', async () => {
				const controller = new AbortController();
				const promise = work(controller.signal);
				await flush();
				expect(leftOn(controller.signal).listeners).toBe(1);
				controller.abort(given);
				await expectAbort(controller, promise);
			});
		},
	);

	test('a pause and a resume settle nothing', async () => {
		const controller = new PausableController();
		const seen = watched(work(controller.signal));
		for (let turn = 0; turn < 3; turn++) {
			controller.pause();
			await flush();
			controller.resume();
			await flush();
		}
		expect(seen.state).toBe('pending');
		controller.abort();
	});

	test.each([undefined, null, {}, 'signal', new PausableController()])(
		'a value that is no signal rejects with a TypeError: %s',
		async (signal) => {
			const error = await rejectionOf(work(signal as AbortSignal));
			expect(error).toBeInstanceOf(TypeError);
			expect((error as Error).message).toMatch(/^signal: expected an AbortSignal, got /);
		},
	);
});

describe('a value that is no function rejects with a TypeError', () => {
	const {signal} = new PausableController();
	const none = undefined as never;

	test.each([
		['execute', 'executor', () => execute(signal, none)],
		['all', 'executor', () => all(signal, none)],
		['race', 'executor', () => race(signal, none)],
		['retry', 'fn', () => retry(signal, none)],
		['proactiveRetry', 'fn', () => proactiveRetry(signal, none)],
		['spawn', 'fn', () => spawn(signal, none)],
		['shield', 'fn', () => shield(signal, none)],
	])('%s', async (_name, argument, call) => {
		const error = await rejectionOf(call());
		expect(error).toBeInstanceOf(TypeError);
		expect((error as Error).message).toBe(`${argument}: expected a function, got undefined`);
	});
});
