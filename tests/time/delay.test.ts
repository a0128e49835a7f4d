// Each sentence about delay().
import {describe, expect, test} from '@jest/globals';
import {delay, PausableController, Task} from 'pausable-signal';
import {Deferred, flush, leftOn, nothing, reasons, watched} from '../flow/kit.ts';
import {time, useVirtualTime} from '../support/virtual-time.ts';
import {expectNothing} from './kit.ts';

useVirtualTime();

const longest = 2 ** 31 - 1;

/** All ways to say how long. */
const ways = {
	'active time': (signal: AbortSignal, ms: number) => delay(signal, ms),
	'wall-clock time': (signal: AbortSignal, ms: number) => delay(signal, ms, {clock: 'wall'}),
	'a Date': (signal: AbortSignal, ms: number) => delay(signal, new Date(Date.now() + ms)),
};

describe.each(Object.entries(ways))('%s', (_name, wait) => {
	test('resolves when due, with nothing, and not before', async () => {
		const {signal} = new PausableController();
		const waiting = watched(wait(signal, 100));
		await time.advance(99);
		expect(waiting).toEqual({state: 'pending'});
		await time.advance(1);
		expect(waiting).toEqual({state: 'resolved', value: undefined});
		expectNothing(signal);
	});

	test('works on a plain AbortSignal, and leaves nothing there', async () => {
		const controller = new AbortController();
		const waiting = watched(wait(controller.signal, 100));
		await time.advance(100);
		expect(waiting.state).toBe('resolved');
		expect(leftOn(controller.signal)).toEqual(nothing);
		const aborted = watched(wait(controller.signal, 100));
		controller.abort('enough');
		await flush();
		expect(aborted).toEqual({state: 'rejected', reason: 'enough'});
		expectNothing(controller.signal);
	});

	test('of no time at all resolves in a later turn, and not while paused', async () => {
		const controller = new PausableController();
		const waiting = watched(wait(controller.signal, 0));
		await flush();
		expect(waiting.state).toBe('pending');
		controller.pause();
		await time.advance(10);
		expect(waiting.state).toBe('pending');
		controller.resume();
		await time.advance(0);
		expect(waiting.state).toBe('resolved');
	});

	test('any length works: beyond 2^31-1 ms', async () => {
		const {signal} = new PausableController();
		const waiting = watched(wait(signal, 2 * longest + 10));
		for (const ms of [longest, longest, 9]) {
			await time.advance(ms);
			expect(waiting.state).toBe('pending');
		}
		await time.advance(1);
		expect(waiting.state).toBe('resolved');
	});

	describe.each(reasons)(
		'aborted with %s rejects at once with that same reason, and leaves no timer',
		(_kind, given) => {
			test.each([
				['before', (controller: PausableController) => controller.abort(given)],
				['paused before', (controller: PausableController) => controller.pause()],
				['before the call is over', () => {}],
			])('%s', async (_when, act) => {
				const controller = new PausableController();
				act(controller);
				const waiting = watched(wait(controller.signal, 100));
				controller.abort(given);
				await flush();
				expect(waiting.state).toBe('rejected');
				expect(Object.is(waiting.reason, controller.signal.reason)).toBe(true);
				expectNothing(controller.signal);
			});

			test('while it waits, and while it is paused', async () => {
				for (const isPaused of [false, true]) {
					const controller = new PausableController();
					const waiting = watched(wait(controller.signal, 100));
					await time.advance(10);
					if (isPaused) controller.pause();
					controller.abort(given);
					await flush();
					expect(Object.is(waiting.reason, controller.signal.reason)).toBe(true);
					expectNothing(controller.signal);
				}
			});
		},
	);

	test('an abort in the tick in which it falls due wins', async () => {
		const controller = new PausableController();
		const waiting = watched(wait(controller.signal, 100));
		time.next();
		controller.abort('enough');
		await flush();
		expect(waiting).toEqual({state: 'rejected', reason: 'enough'});
	});

	test('a pause in the tick in which it falls due holds it until the resume', async () => {
		const controller = new PausableController();
		const waiting = watched(wait(controller.signal, 100));
		time.next();
		controller.pause();
		await time.advance(1000);
		expect(waiting.state).toBe('pending');
		controller.resume();
		await time.advance(0);
		expect(waiting.state).toBe('resolved');
		expectNothing(controller.signal);
	});
});

test('by the wall clock one timer is enough, whatever pauses come', async () => {
	const controller = new PausableController();
	const waiting = watched(delay(controller.signal, 100, {clock: 'wall'}));
	controller.pause();
	controller.resume();
	expect(time.pending).toBe(1);
	await time.advance(100);
	expect(waiting.state).toBe('resolved');
	expectNothing(controller.signal);
});

describe('a task is parked in its delay', () => {
	test('that begins during the pause', async () => {
		const begin = new Deferred<void>();
		const task = Task.start(async ({signal}) => {
			await begin.promise;
			await delay(signal, 100);
		});
		const pausing = watched(task.pause());
		await flush();
		expect(pausing.state).toBe('pending');
		begin.resolve();
		await flush();
		expect(pausing).toEqual({state: 'resolved', value: true});
		await task.stop();
	});

	test('until the delay ends, and not in what comes after it', async () => {
		const end = new Deferred<void>();
		const task = Task.start(async ({signal}) => {
			await delay(signal, 100);
			await end.promise;
		});
		expect(await task.pause()).toBe(true);
		task.resume();
		await time.advance(100);
		const pausing = watched(task.pause());
		await flush();
		expect(pausing.state).toBe('pending');
		end.resolve();
		await task.result;
	});
});

describe('the clock stops while the signal is paused', () => {
	test('again and again, without a timer meanwhile', async () => {
		const controller = new PausableController();
		const waiting = watched(delay(controller.signal, 100));
		for (let turn = 0; turn < 3; turn++) {
			await time.advance(30);
			controller.pause();
			expectNoTimer();
			await time.advance(10_000);
			controller.resume();
		}
		await time.advance(9);
		expect(waiting.state).toBe('pending');
		await time.advance(1);
		expect(waiting.state).toBe('resolved');
	});

	test('from the beginning of a delay that starts paused', async () => {
		const controller = new PausableController();
		controller.pause();
		const waiting = watched(delay(controller.signal, 100));
		expectNoTimer();
		await time.advance(1000);
		controller.resume();
		await time.advance(99);
		expect(waiting.state).toBe('pending');
		await time.advance(1);
		expect(waiting.state).toBe('resolved');
	});

	test('by any hold, here or above, until the last has ended', async () => {
		const parent = new PausableController();
		const child = new PausableController({signal: parent.signal});
		const waiting = watched(delay(child.signal, 100));
		await time.advance(50);
		child.pause();
		parent.pause();
		await time.advance(1000);
		child.resume();
		await time.advance(1000);
		expectNoTimer();
		parent.resume();
		await time.advance(49);
		expect(waiting.state).toBe('pending');
		await time.advance(1);
		expect(waiting.state).toBe('resolved');
	});

	test('in the middle of a delay of more than 2^31-1 ms', async () => {
		const controller = new PausableController();
		const waiting = watched(delay(controller.signal, longest + 100));
		await time.advance(longest + 50);
		controller.pause();
		await time.advance(longest);
		controller.resume();
		await time.advance(49);
		expect(waiting.state).toBe('pending');
		await time.advance(1);
		expect(waiting.state).toBe('resolved');
	});
});

describe.each([
	['a Date', ways['a Date']],
	[
		'a Date, whatever the clock',
		(signal: AbortSignal, ms: number) => delay(signal, new Date(Date.now() + ms), {clock: 'active'}),
	],
	['wall-clock time', ways['wall-clock time']],
])('%s keeps counting while paused', (_name, wait) => {
	test('a delay that is due during the pause continues on resume', async () => {
		const controller = new PausableController();
		const waiting = watched(wait(controller.signal, 100));
		await time.advance(50);
		controller.pause();
		await time.advance(1000);
		expect(waiting.state).toBe('pending');
		expectNoTimer();
		controller.resume();
		await flush();
		expect(waiting.state).toBe('resolved');
		expectNothing(controller.signal);
	});

	test('a delay that is due after the pause is not late', async () => {
		const controller = new PausableController();
		const waiting = watched(wait(controller.signal, 100));
		controller.pause();
		await time.advance(60);
		controller.resume();
		await time.advance(39);
		expect(waiting.state).toBe('pending');
		await time.advance(1);
		expect(waiting.state).toBe('resolved');
	});

	test('resume(); pause() in one tick lets no delay through that has fallen due', async () => {
		const controller = new PausableController();
		controller.pause();
		const waiting = watched(wait(controller.signal, 100));
		await time.advance(100);
		controller.resume();
		controller.pause();
		await flush();
		expect(waiting.state).toBe('pending');
		controller.resume();
		await flush();
		expect(waiting.state).toBe('resolved');
	});

	test('a delay that is already due still aborts during the pause', async () => {
		const controller = new PausableController();
		controller.pause();
		const waiting = watched(wait(controller.signal, 100));
		await time.advance(100);
		controller.abort('enough');
		await flush();
		expect(waiting).toEqual({state: 'rejected', reason: 'enough'});
		expectNothing(controller.signal);
	});
});

test('delay(Infinity) waits for the abort, without a timer', async () => {
	const controller = new PausableController();
	const waiting = watched(delay(controller.signal, Infinity));
	await flush();
	expectNoTimer();
	controller.abort('enough');
	await flush();
	expect(waiting).toEqual({state: 'rejected', reason: 'enough'});
	expectNothing(controller.signal);
});

test('delay() with a past Date is due at once', async () => {
	const waiting = watched(delay(new PausableController().signal, new Date(0)));
	await time.advance(0);
	expect(waiting.state).toBe('resolved');
});

test('delays of one length end in the order in which they began, also after a pause', async () => {
	const controller = new PausableController();
	const ended: number[] = [];
	for (const index of [0, 1, 2]) {
		void delay(controller.signal, 100).then(() => ended.push(index));
		await time.advance(1);
	}
	controller.pause();
	await time.advance(500);
	controller.resume();
	await time.advance(100);
	expect(ended).toEqual([0, 1, 2]);
});

function expectNoTimer(): void {
	expect(time.pending).toBe(0);
}
