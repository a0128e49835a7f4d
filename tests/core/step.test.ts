// step(): what waits now passes one checkpoint, and the signal stays paused.
import {afterEach, describe, expect, jest, test} from '@jest/globals';
import {PausableController, PausableSignal} from 'pausable-signal';
import {flush, logEvents, watched} from './support.ts';

afterEach(() => void jest.useRealTimers());

describe('step()', () => {
	test('goes through a loop turn by turn', async () => {
		const controller = new PausableController();
		const {signal} = controller;
		controller.pause();
		let turns = 0;
		const loop = watched(
			(async () => {
				while (await signal.gate.wait()) turns++;
			})(),
		);
		await flush();
		for (const turn of [1, 2, 3]) {
			expect(controller.step()).toBe(true);
			await flush();
			expect([turns, signal.paused, loop.state]).toEqual([turn, true, 'pending']);
		}
		controller.abort();
		await flush();
		expect([turns, loop.state]).toEqual([3, 'resolved']);
	});

	test('lets all present waiters through, at either verb, and fires no event', async () => {
		const controller = new PausableController();
		const child = new PausableController({signal: controller.signal});
		controller.pause('user');
		const log = logEvents({parent: controller.signal, child: child.signal});
		const waits = [
			controller.signal.gate.wait(),
			controller.signal.gate.wait({timeout: 1e6}),
			controller.signal.checkpoint(),
			child.signal.gate.wait(),
		].map((promise: Promise<unknown>) => watched(promise));
		expect(controller.step()).toBe(true);
		await flush();
		expect(waits.map(({value}) => value)).toEqual([true, true, undefined, true]);
		expect(waits.map(({state}) => state)).toEqual(Array(4).fill('resolved'));
		expect([log, controller.signal.pauseReason]).toEqual([[], 'user']);
		controller.abort();
	});

	test('leaves no timer of a wait that it let through', () => {
		jest.useFakeTimers();
		const controller = new PausableController();
		controller.pause();
		void controller.signal.gate.wait({timeout: 100});
		controller.step();
		expect(jest.getTimerCount()).toBe(0);
	});

	test('does not let a later waiter through', async () => {
		const controller = new PausableController();
		controller.pause();
		expect(controller.step()).toBe(false);
		const wait = watched(controller.signal.gate.wait());
		await flush();
		expect(wait.state).toBe('pending');
	});

	test('a second one in the same tick finds no waiter', () => {
		const controller = new PausableController();
		controller.pause();
		void controller.signal.gate.wait();
		expect([controller.step(), controller.step()]).toEqual([true, false]);
	});

	test('does nothing while not paused, or paused only by others', () => {
		const parent = new PausableController();
		const child = new PausableController({signal: parent.signal});
		const answers = [child.step()];
		parent.pause();
		void child.signal.gate.wait();
		answers.push(child.step());
		expect(answers).toEqual([false, false]);
	});

	test('does nothing after an abort', () => {
		const controller = new PausableController();
		controller.pause();
		controller.abort();
		expect(controller.step()).toBe(false);
	});
});

describe('step() reaches exactly the waiters that resume() would wake', () => {
	test('none, if another hold stays', async () => {
		const controller = new PausableController();
		controller.pause();
		const hold = controller.hold();
		const wait = watched(controller.signal.gate.wait());
		expect(controller.step()).toBe(false);
		await flush();
		expect(wait.state).toBe('pending');
		hold.release();
		expect(controller.step()).toBe(true);
	});

	test('not a waiter that something else also pauses', async () => {
		const parent = new PausableController();
		const child = new PausableController({signal: parent.signal});
		const sibling = new PausableController({signal: parent.signal});
		parent.pause();
		child.pause();
		const [waiting, passing] = [watched(child.signal.gate.wait()), watched(sibling.signal.gate.wait())];
		expect(parent.step()).toBe(true);
		await flush();
		expect([waiting.state, passing.value]).toEqual(['pending', true]);
		expect(child.step()).toBe(false);
	});

	test.each(['first', 'second'])('a waiter blocked by two: when the %s one has gone', async (gone) => {
		const [first, second] = [new PausableController(), new PausableController()];
		const signal = PausableSignal.any([first.signal, second.signal]);
		first.pause();
		second.pause();
		const wait = watched(signal.gate.wait());
		expect([first.step(), second.step()]).toEqual([false, false]);
		const [going, staying] = gone === 'first' ? [first, second] : [second, first];
		going.resume();
		// In the same tick: before the wake-up has found the other one.
		expect(staying.step()).toBe(true);
		await flush();
		expect(wait.value).toBe(true);
	});

	test('a waiter that was blocked elsewhere until this tick', async () => {
		const parent = new PausableController();
		const child = new PausableController({signal: parent.signal});
		parent.pause();
		child.pause();
		const wait = watched(child.signal.gate.wait());
		child.resume();
		expect(parent.step()).toBe(true);
		await flush();
		expect(wait.state).toBe('resolved');
	});

	test('not a waiter that the resume of another signal is about to wake', async () => {
		const [waking, stepping] = [new PausableController(), new PausableController()];
		waking.pause();
		stepping.pause();
		const wait = watched(waking.signal.gate.wait());
		waking.resume();
		expect(withinSteps(1000, () => stepping.step())).toBe(false);
		await flush();
		expect(wait.value).toBe(true);
	});

	test('no aborted waiter, even inside the abort’s first listeners', async () => {
		const parent = new PausableController();
		const pausing = new PausableController();
		const child = new PausableController({signal: [parent.signal, pausing.signal]});
		pausing.pause();
		const waits = [watched(child.signal.gate.wait()), watched(child.signal.gate.wait({timeout: 1e6}))];
		const answers: boolean[] = [];
		parent.signal.addEventListener('abort', () => answers.push(pausing.step()));
		parent.abort();
		await flush();
		expect(answers).toEqual([false]);
		expect(waits.map(({value}) => value)).toEqual([false, false]);
	});

	test('a waiter that the parent blocked until this event: in a resume listener', async () => {
		const parent = new PausableController();
		const child = new PausableController({signal: parent.signal});
		parent.pause();
		const wait = watched(child.signal.gate.wait());
		child.pause();
		const answers: boolean[] = [];
		parent.signal.addEventListener('resume', () => answers.push(child.step()));
		parent.resume();
		await flush();
		expect([answers, wait.value, child.signal.paused]).toEqual([[true], true, true]);
	});
});

/** Runs something that could go on for ever in one job, where no time limit of a test would end it. */
function withinSteps<T>(limit: number, run: () => T): T {
	const {add} = Set.prototype;
	let steps = 0;
	Set.prototype.add = function (value) {
		if (++steps > limit) throw new Error(`more than ${limit} steps`);
		return Reflect.apply(add, this, [value]) as Set<unknown>;
	};
	try {
		return run();
	} finally {
		Set.prototype.add = add;
	}
}
