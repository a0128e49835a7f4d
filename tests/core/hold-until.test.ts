// hold(reason, {until}): a hold that ends on its own, and the promise for its end.
import {afterEach, beforeEach, describe, expect, jest, test} from '@jest/globals';
import {forever, PausableController, Task} from 'pausable-signal';
import {hasEnded} from '../../src/core/index.ts';
import {flush, watched} from './support.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => {
	const left = jest.getTimerCount();
	jest.useRealTimers();
	expect(left).toBe(0);
});

describe('hold() with until', () => {
	test.each<[string, () => Date | number]>([
		['milliseconds', () => 50],
		['a Date', () => new Date(Date.now() + 50)],
	])('in %s ends on its own, and is listed with its end', async (_name, until) => {
		const controller = new PausableController();
		const begin = Date.now();
		const hold = controller.hold('429', {until: until()});
		expect(controller.signal.holds).toEqual([{reason: '429', since: begin, until: begin + 50}]);
		expect([hold.since, hold.until]).toEqual([begin, begin + 50]);
		const released = watched(hold.released);
		jest.advanceTimersByTime(49);
		await flush();
		expect([controller.signal.paused, released.state]).toEqual([true, 'pending']);
		jest.advanceTimersByTime(1);
		await flush();
		expect([controller.signal.paused, released.value, hold.release()]).toEqual([false, true, false]);
	});

	test('without it lists no end, and takes no timer', () => {
		const hold = new PausableController().hold('429');
		expect('until' in hold).toBe(false);
		expect(jest.getTimerCount()).toBe(0);
	});

	test('counts time also while another pause lasts', async () => {
		const controller = new PausableController();
		controller.pause('user');
		controller.hold('429', {until: 50});
		jest.advanceTimersByTime(50);
		expect(controller.signal.holds.map(({reason}) => reason)).toEqual(['user']);
		controller.resume();
		expect(controller.signal.paused).toBe(false);
	});

	test('of 0 milliseconds is listed with an end that is now, and ends with the next timers', async () => {
		const controller = new PausableController();
		const hold = controller.hold('429', {until: 0});
		expect([hold.until, controller.signal.holds[0]?.until]).toEqual([hold.since, hold.since]);
		jest.advanceTimersByTime(0);
		expect([await hold.released, controller.signal.paused]).toEqual([true, false]);
	});

	test('of Infinity ends by release() alone, and lists no end', () => {
		const controller = new PausableController();
		const hold = controller.hold('429', {until: Infinity});
		expect(Object.keys(controller.signal.holds[0] ?? {})).toEqual(['reason', 'since']);
		jest.advanceTimersByTime(1e9);
		expect([hold.until, hold.release(), controller.signal.paused]).toEqual([undefined, true, false]);
	});

	test('leaves no timer once it is released, aborted, or its task has ended', async () => {
		const controller = new PausableController();
		controller.hold('429', {until: 1e6}).release();
		const held = watched(controller.hold('429', {until: 1e6}).released);
		controller.abort();
		const task = Task.start(() => 'done');
		const left = watched(task.hold('429', {until: 1e6}).released);
		await task.result;
		await flush();
		expect([held.value, left.value, jest.getTimerCount()]).toEqual([false, false, 0]);
	});

	test.each([
		['a signal', new AbortController().signal, TypeError, 'options'],
		['a word', {until: 'soon'}, TypeError, 'until'],
		['a negative number', {until: -1}, RangeError, 'until'],
		['NaN', {until: Number.NaN}, RangeError, 'until'],
		['an invalid Date', {until: new Date(Number.NaN)}, RangeError, 'until'],
	])('refuses %s by its name and holds nothing', (_name, options, kind, name) => {
		const controller = new PausableController();
		const hold = (): unknown => controller.hold('429', options as never);
		expect(hold).toThrow(kind);
		expect(hold).toThrow(new RegExp(`^${name}: expected`));
		expect(controller.signal.paused).toBe(false);
	});
});

describe('hold.released', () => {
	test('of a task keeps the process alive once it is read, and the hold alone does not', () => {
		jest.useRealTimers();
		const countTimers = (): number =>
			process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
		const task = Task.start(({signal}) => signal.checkpoint(), {keepAlive: false});
		const before = countTimers();
		const hold = task.hold('429', {until: 1e6});
		expect(countTimers()).toBe(before);
		const {released} = hold;
		expect([countTimers(), hold.released]).toEqual([before + 1, released]);
		hold.release();
		expect(countTimers()).toBe(before);
		// Fake ones again, as afterEach() counts them.
		jest.useFakeTimers();
	});

	test('of a controller is not needed: the hold keeps the process alive itself', () => {
		jest.useRealTimers();
		const countTimers = (): number =>
			process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
		const before = countTimers();
		for (const until of [1e6, new Date(Date.now() + 1e6)]) {
			const hold = new PausableController().hold('429', {until});
			expect(countTimers()).toBe(before + 1);
			hold.release();
			expect(countTimers()).toBe(before);
		}
		// Fake ones again, as afterEach() counts them.
		jest.useFakeTimers();
	});

	test('may be read late: the milliseconds count from the hold on', async () => {
		jest.advanceTimersByTime(1000);
		const task = Task.start(({signal}) => forever(signal));
		const hold = task.hold('429', {until: 50});
		jest.advanceTimersByTime(20);
		const seen = watched(hold.released);
		jest.advanceTimersByTime(29);
		await flush();
		expect([seen.state, hasEnded(hold)]).toEqual(['pending', false]);
		jest.advanceTimersByTime(1);
		await flush();
		expect([seen.value, hasEnded(hold)]).toEqual([true, true]);
		await task.stop();
	});

	test('is one promise, also when it is asked for late', async () => {
		const controller = new PausableController();
		const [early, late] = [controller.hold('a'), controller.hold('b')];
		expect(early.released).toBe(early.released);
		const seen = watched(early.released);
		late.release();
		await flush();
		expect(seen.state).toBe('pending');
		early.release();
		expect([await early.released, await late.released]).toEqual([true, true]);
	});

	test('is false of a hold on a task that has ended, which is inert', async () => {
		const task = Task.start(() => 'done');
		await task.join();
		const hold = task.hold('429', {until: 50});
		expect([await hold.released, hold.release(), task.signal.paused]).toEqual([false, false, false]);
	});

	test('is false once its task has ended: what that left running is held no more', async () => {
		const log: string[] = [];
		let end = (): void => {};
		const task = Task.start(async ({signal}) => {
			void signal.gate.wait().then(() => void signal.checkpoint().then(() => log.push('left running')));
			await new Promise<void>((resolve) => (end = resolve));
		});
		const hold = task.hold('429', {until: 50});
		await flush();
		expect(log).toEqual([]);
		end();
		await task.join();
		await flush();
		expect([await hold.released, hold.release(), task.signal.paused]).toEqual([false, false, false]);
		expect(log).toEqual(['left running']);
	});

	test('is false of a hold on an aborted signal, which is inert', async () => {
		const controller = new PausableController();
		controller.abort();
		const hold = controller.hold('429', {until: 50});
		expect([await hold.released, hold.release(), jest.getTimerCount()]).toEqual([false, false, 0]);
	});

	test('settles after the state has changed', async () => {
		const controller = new PausableController();
		const hold = controller.hold('429', {until: 50});
		const seen = hold.released.then(() => controller.signal.paused);
		jest.advanceTimersByTime(50);
		expect(await seen).toBe(false);
	});
});
