// Rule 3: the two verbs to wait, signal.gate.wait() and signal.checkpoint(), which are level-triggered.
import {afterEach, describe, expect, jest, test} from '@jest/globals';
import {PausableController} from 'pausable-signal';
import {flush, type Watched, watched} from './support.ts';

afterEach(() => void jest.useRealTimers());

/** Both verbs, so that each sentence is tried on each. */
const verbs: readonly (readonly [string, (controller: PausableController) => Promise<unknown>])[] = [
	['gate.wait()', ({signal}) => signal.gate.wait()],
	['gate.wait({timeout})', ({signal}) => signal.gate.wait({timeout: 1e6})],
	['checkpoint()', ({signal}) => signal.checkpoint()],
];

describe.each(verbs)('%s', (name, wait) => {
	const goneOn: Watched<unknown> =
		name === 'checkpoint()' ? {state: 'resolved', value: undefined} : {state: 'resolved', value: true};

	test('continues at once if nothing is paused', async () => {
		expect(await wait(new PausableController())).toBe(goneOn.value);
	});

	test('waits while paused, and continues after', async () => {
		const controller = new PausableController();
		controller.pause();
		const seen = watched(wait(controller));
		await flush();
		expect(seen.state).toBe('pending');
		controller.resume();
		await flush();
		expect(seen).toEqual(goneOn);
	});

	test('resume(); pause() in one tick lets nobody through', async () => {
		const controller = new PausableController();
		controller.pause();
		const seen = watched(wait(controller));
		controller.resume();
		controller.pause();
		await flush();
		expect(seen.state).toBe('pending');
		controller.resume();
		await flush();
		expect(seen).toEqual(goneOn);
	});

	test('pause(); resume() in one tick stops nobody', async () => {
		const controller = new PausableController();
		controller.pause();
		const seen = watched(wait(controller));
		controller.resume();
		controller.pause();
		controller.resume();
		await flush();
		expect(seen).toEqual(goneOn);
	});

	test('checks again everything that can pause it: another hold', async () => {
		const controller = new PausableController();
		controller.pause();
		const seen = watched(wait(controller));
		const hold = controller.hold();
		controller.resume();
		await flush();
		expect(seen.state).toBe('pending');
		hold.release();
		await flush();
		expect(seen).toEqual(goneOn);
	});

	// node.ts, invariant 2
	test('checks again everything that can pause it: an ancestor that was paused meanwhile', async () => {
		const parent = new PausableController();
		const child = new PausableController({signal: parent.signal});
		child.pause();
		const seen = watched(wait(child));
		child.resume();
		parent.pause();
		await flush();
		expect(seen.state).toBe('pending');
		parent.resume();
		await flush();
		expect(seen).toEqual(goneOn);
	});

	test('checks again everything that can pause it: each of several parents', async () => {
		const parents = [1, 2, 3].map(() => new PausableController());
		const child = new PausableController({signal: parents.map(({signal}) => signal)});
		for (const parent of parents) parent.pause();
		const seen = watched(wait(child));
		for (const parent of parents) {
			await flush();
			expect(seen.state).toBe('pending');
			parent.resume();
		}
		await flush();
		expect(seen).toEqual(goneOn);
	});

	test('keeps its place through such a change: first come, first served', async () => {
		const controller = new PausableController();
		controller.pause();
		const order: number[] = [];
		void wait(controller).then(() => order.push(1));
		controller.resume();
		controller.pause();
		await flush();
		void wait(controller).then(() => order.push(2));
		controller.resume();
		await flush();
		expect(order).toEqual([1, 2]);
	});

	test('every one of many waiters continues, in order', async () => {
		const controller = new PausableController();
		controller.pause();
		const order: number[] = [];
		for (let i = 0; i < 1000; i++) void wait(controller).then(() => order.push(i));
		controller.resume();
		await flush();
		expect(order).toEqual([...order.keys()]);
		expect(order).toHaveLength(1000);
	});

	test('a wait that starts in a pause listener waits, and in a resume listener continues', async () => {
		const controller = new PausableController();
		const seen: Watched<unknown>[] = [];
		const look = (): void => void seen.push(watched(wait(controller)));
		controller.signal.addEventListener('pause', look);
		controller.signal.addEventListener('resume', look);
		controller.pause();
		await flush();
		expect(seen.map(({state}) => state)).toEqual(['pending']);
		controller.resume();
		await flush();
		expect(seen).toEqual([goneOn, goneOn]);
	});

	test('under fake timers, too', async () => {
		const controller = new PausableController();
		controller.pause();
		const seen = watched(wait(controller));
		jest.useFakeTimers();
		controller.resume();
		await flush();
		expect(seen).toEqual(goneOn);
	});
});

describe('the whole loop', () => {
	test('while (await gate.wait()) stops at a pause, continues after it, and ends at an abort', async () => {
		const controller = new PausableController();
		const {signal} = controller;
		let turns = 0;
		const loop = watched(
			(async () => {
				while (await signal.gate.wait()) if (++turns % 3 === 0) controller.pause();
				return 'ended';
			})(),
		);
		await flush();
		expect([turns, loop.state]).toEqual([3, 'pending']);
		controller.resume();
		await flush();
		expect([turns, loop.state]).toEqual([6, 'pending']);
		controller.abort();
		await flush();
		expect([turns, loop]).toEqual([6, {state: 'resolved', value: 'ended'}]);
	});
});

describe('gate', () => {
	test('is one object', () => {
		const {signal} = new PausableController();
		expect(signal.gate).toBe(signal.gate);
	});

	test('isOpen says whether the work may continue', () => {
		const parent = new PausableController();
		const {gate} = new PausableController({signal: parent.signal}).signal;
		const seen = [gate.isOpen];
		parent.pause();
		seen.push(gate.isOpen);
		parent.resume();
		seen.push(gate.isOpen);
		parent.abort();
		seen.push(gate.isOpen);
		expect(seen).toEqual([true, false, true, false]);
	});
});

describe('gate.wait({timeout})', () => {
	test('resolves with false when the time is over, not before, and leaves the rest waiting', async () => {
		jest.useFakeTimers();
		const controller = new PausableController();
		controller.pause();
		const wait = watched(controller.signal.gate.wait({timeout: 100}));
		const other = watched(controller.signal.gate.wait());
		jest.advanceTimersByTime(99);
		await flush();
		expect(wait.state).toBe('pending');
		jest.advanceTimersByTime(1);
		await flush();
		expect([wait.value, other.state, controller.signal.paused]).toEqual([false, 'pending', true]);
	});

	test('measures wall-clock time, through a resume and a new pause', async () => {
		jest.useFakeTimers();
		const controller = new PausableController();
		controller.pause();
		const wait = watched(controller.signal.gate.wait({timeout: 100}));
		jest.advanceTimersByTime(60);
		controller.resume();
		controller.pause();
		await flush();
		jest.advanceTimersByTime(40);
		await flush();
		expect(wait).toEqual({state: 'resolved', value: false});
	});

	test.each(['resume', 'abort'] as const)('leaves no timer after %s()', async (verb) => {
		jest.useFakeTimers();
		const controller = new PausableController();
		controller.pause();
		const wait = watched(controller.signal.gate.wait({timeout: 100}));
		expect(jest.getTimerCount()).toBe(1);
		controller[verb]();
		await flush();
		expect([wait.value, jest.getTimerCount()]).toEqual([verb === 'resume', 0]);
	});

	test('0 looks, and does not wait', async () => {
		jest.useFakeTimers();
		const controller = new PausableController();
		await expect(controller.signal.gate.wait({timeout: 0})).resolves.toBe(true);
		controller.pause();
		await expect(controller.signal.gate.wait({timeout: 0})).resolves.toBe(false);
		expect(jest.getTimerCount()).toBe(0);
	});

	test.each([Infinity, undefined])('%s waits forever, without a timer', (timeout) => {
		jest.useFakeTimers();
		const controller = new PausableController();
		controller.pause();
		void controller.signal.gate.wait({timeout});
		expect(jest.getTimerCount()).toBe(0);
	});

	test('may be longer than the longest setTimeout, even several times', async () => {
		jest.useFakeTimers();
		const timeout = 3 * 2 ** 31;
		const controller = new PausableController();
		controller.pause();
		const wait = watched(controller.signal.gate.wait({timeout}));
		jest.advanceTimersByTime(timeout - 1);
		await flush();
		expect(wait.state).toBe('pending');
		jest.advanceTimersByTime(1);
		await flush();
		expect([wait.value, jest.getTimerCount()]).toEqual([false, 0]);
	});

	test('that is longer than the longest setTimeout leaves no timer when it ends early', async () => {
		jest.useFakeTimers();
		const controller = new PausableController();
		controller.pause();
		const wait = watched(controller.signal.gate.wait({timeout: 3 * 2 ** 31}));
		jest.advanceTimersByTime(2 ** 32);
		controller.resume();
		await flush();
		expect([wait.value, jest.getTimerCount()]).toEqual([true, 0]);
	});

	test('rejects for a bad option', async () => {
		const controller = new PausableController();
		controller.abort();
		await expect(controller.signal.gate.wait({timeout: -1})).rejects.toThrow(RangeError);
	});
});

describe('waking many in turns of the event loop', () => {
	const many = 25_000;

	async function macrotasks(count: number): Promise<void> {
		for (let i = 0; i < count; i++) await new Promise((resolve) => setTimeout(resolve, 1));
	}

	test('a resume wakes them all, in order', async () => {
		const controller = new PausableController();
		controller.pause();
		const order: number[] = [];
		for (let i = 0; i < many; i++) void controller.signal.gate.wait().then(() => order.push(i));
		controller.resume();
		await flush();
		expect(order.length).toBeLessThan(many);
		await macrotasks(5);
		expect(order).toHaveLength(many);
		expect(order.every((value, index) => value === index)).toBe(true);
	});

	test('a pause between two turns holds back waiters that have not woken yet, and loses none', async () => {
		const controller = new PausableController();
		controller.pause();
		let woken = 0;
		for (let i = 0; i < many; i++) void controller.signal.gate.wait().then(() => woken++);
		controller.resume();
		await flush();
		controller.pause();
		const before = woken;
		await macrotasks(5);
		expect(woken).toBe(before);
		controller.resume();
		await macrotasks(5);
		expect(woken).toBe(many);
	});

	test('an abort between two turns resolves waiters that have not woken yet with false', async () => {
		const controller = new PausableController();
		controller.pause();
		const answers = {true: 0, false: 0};
		for (let i = 0; i < many; i++)
			void controller.signal.gate.wait().then((goesOn) => answers[`${goesOn}`]++);
		controller.resume();
		await flush();
		controller.abort();
		await flush();
		expect(answers.true + answers.false).toBe(many);
		expect(answers.false).toBeGreaterThan(0);
	});

	test("somebody else's fake setTimeout stops neither this wake-up nor any later one", async () => {
		const controller = new PausableController();
		controller.pause();
		let woken = 0;
		for (let i = 0; i < many; i++) void controller.signal.gate.wait().then(() => woken++);
		jest.useFakeTimers();
		controller.resume();
		await flush();
		jest.useRealTimers();
		await macrotasks(5);
		expect(woken).toBe(many);
	});
});
