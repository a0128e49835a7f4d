// Rule 4: pauses are holds, with reasons.
import {afterEach, describe, expect, jest, test} from '@jest/globals';
import {PausableController, type PausableSignal} from 'pausable-signal';
import {flush, reasons, watched} from './support.ts';

afterEach(() => void jest.useRealTimers());

function reasonsOf(signal: PausableSignal): unknown[] {
	return signal.holds.map(({reason}) => reason);
}

describe('pause() and resume()', () => {
	test('use one hold, and return whether they changed anything', () => {
		const controller = new PausableController();
		expect([controller.pause('first'), controller.pause('second')]).toEqual([true, false]);
		expect(reasonsOf(controller.signal)).toEqual(['first']);
		expect([controller.resume(), controller.resume()]).toEqual([true, false]);
		expect(controller.signal.paused).toBe(false);
	});

	test('resume() before any pause() changes nothing', () => {
		expect(new PausableController().resume()).toBe(false);
	});

	test('end nobody else’s hold', () => {
		const controller = new PausableController();
		const hold = controller.hold('rate limit');
		expect([controller.resume(), controller.signal.paused]).toEqual([false, true]);
		controller.pause('user');
		expect([controller.resume(), reasonsOf(controller.signal)]).toEqual([true, ['rate limit']]);
		hold.release();
		expect(controller.signal.paused).toBe(false);
	});

	test('return true for their own hold, although another one keeps it paused', () => {
		const controller = new PausableController();
		controller.hold();
		expect([controller.pause(), controller.resume(), controller.signal.paused]).toEqual([true, true, true]);
	});
});

describe('hold()', () => {
	test('pauses until it is released, once', () => {
		const controller = new PausableController();
		const hold = controller.hold('rate limit');
		expect(controller.signal.paused).toBe(true);
		expect([hold.release(), hold.release(), controller.signal.paused]).toEqual([true, false, false]);
	});

	test('the end of a back-off does not undo the user’s pause', () => {
		const controller = new PausableController();
		controller.pause('user');
		controller.hold('429').release();
		expect(reasonsOf(controller.signal)).toEqual(['user']);
	});

	test('two with the same reason are two', () => {
		const controller = new PausableController();
		const [first, second] = [controller.hold('same'), controller.hold('same')];
		first.release();
		expect([controller.signal.paused, first.release()]).toEqual([true, false]);
		second.release();
		expect(controller.signal.paused).toBe(false);
	});

	test('ends with the block of a using declaration', () => {
		const controller = new PausableController();
		{
			using hold = controller.hold('in the block');
			expect([hold.reason, controller.signal.paused]).toEqual(['in the block', true]);
		}
		expect(controller.signal.paused).toBe(false);
	});

	test('lets waiters continue with its release', async () => {
		const controller = new PausableController();
		const hold = controller.hold();
		const wait = watched(controller.signal.gate.wait());
		await flush();
		expect(wait.state).toBe('pending');
		hold.release();
		await flush();
		expect(wait.value).toBe(true);
	});
});

describe('signal.holds', () => {
	test('lists reasons and since, in milliseconds of Date.now()', () => {
		jest.useFakeTimers({now: 1000});
		const controller = new PausableController();
		controller.pause('user');
		jest.setSystemTime(2000);
		const hold = controller.hold('rate limit');
		expect(controller.signal.holds).toEqual([
			{reason: 'user', since: 1000},
			{reason: 'rate limit', since: 2000},
		]);
		expect([hold.reason, hold.since]).toEqual(['rate limit', 2000]);
	});

	test('own ones first, oldest first, then inherited ones', () => {
		const grandparent = new PausableController();
		const parent = new PausableController({signal: grandparent.signal});
		const child = new PausableController({signal: parent.signal});
		parent.hold('parent 1');
		grandparent.pause('grandparent');
		child.hold('child 1');
		parent.pause('parent 2');
		child.pause('child 2');
		expect(reasonsOf(child.signal)).toEqual(['child 1', 'child 2', 'parent 1', 'parent 2', 'grandparent']);
		expect(reasonsOf(parent.signal)).toEqual(['parent 1', 'parent 2', 'grandparent']);
	});

	test('a hold that is inherited in several ways is listed once', () => {
		const top = new PausableController();
		const sides = ['left', 'right'].map((name) => new PausableController({signal: top.signal, name}));
		const bottom = new PausableController({signal: sides.map(({signal}) => signal)});
		top.pause('top');
		for (const side of sides) side.pause(side.signal.name);
		expect(reasonsOf(bottom.signal)).toEqual(['left', 'right', 'top']);
	});

	test('one that is taken again goes to the end', () => {
		const controller = new PausableController();
		controller.pause('user');
		controller.hold('rate limit');
		controller.resume();
		controller.pause('user again');
		expect(reasonsOf(controller.signal)).toEqual(['rate limit', 'user again']);
	});

	test('is a snapshot, which nobody can change', () => {
		const controller = new PausableController();
		controller.pause('user');
		const {holds} = controller.signal;
		expect(() => Object.assign(holds[0]!, {reason: 'changed'})).toThrow(TypeError);
		controller.resume();
		expect([holds.length, controller.signal.holds.length]).toEqual([1, 0]);
	});
});

describe('pauseReason', () => {
	test.each(reasons)('is the first hold’s, the same value: %s', (_name, reason) => {
		const controller = new PausableController();
		controller.pause(reason);
		controller.hold('later');
		expect(controller.signal.pauseReason).toBe(reason);
		expect(controller.signal.paused).toBe(true);
	});

	test('moves on to the next hold, and to undefined', () => {
		const controller = new PausableController();
		controller.pause('user');
		const hold = controller.hold('rate limit');
		controller.resume();
		expect(controller.signal.pauseReason).toBe('rate limit');
		hold.release();
		expect(controller.signal.pauseReason).toBeUndefined();
	});
});

describe('verbs inside a pause listener', () => {
	test('resume() resumes', () => {
		const controller = new PausableController();
		const answers: boolean[] = [];
		controller.signal.addEventListener('pause', () => answers.push(controller.resume()));
		controller.pause();
		expect([answers, controller.signal.paused]).toEqual([[true], false]);
	});

	test('pause() changes nothing and leaves no hold behind', () => {
		const controller = new PausableController();
		const answers: boolean[] = [];
		controller.signal.addEventListener('pause', () => answers.push(controller.pause('again')));
		controller.pause('first');
		expect([answers, reasonsOf(controller.signal)]).toEqual([[false], ['first']]);
		controller.resume();
		expect(controller.signal.paused).toBe(false);
	});

	test('hold() adds one', () => {
		const controller = new PausableController();
		controller.signal.addEventListener('pause', () => void controller.hold('second'), {once: true});
		controller.pause('first');
		expect(reasonsOf(controller.signal)).toEqual(['first', 'second']);
	});

	test('abort() ends the hold that fired it', () => {
		const controller = new PausableController();
		controller.signal.addEventListener('pause', () => controller.abort());
		const hold = controller.hold();
		expect([hold.release(), controller.signal.holds]).toEqual([false, []]);
	});
});
