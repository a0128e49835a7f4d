// A6: a moment of the wall clock, while the clock of the timers stands still in a sleep of the machine.
import {afterEach, beforeEach, describe, expect, jest, test} from '@jest/globals';
import {delay, forever, PausableController, Task} from 'pausable-signal';
import {PausableQueue} from 'pausable-signal/queue';
import {flush, watched} from '../core/support.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => {
	const left = jest.getTimerCount();
	jest.useRealTimers();
	expect(left).toBe(0);
});

const hour = 3_600_000;
const minute = 60_000;

/** The wall clock moves on, and no timer does. */
function sleepMachine(ms: number): void {
	jest.setSystemTime(Date.now() + ms);
}

async function pass(ms: number): Promise<void> {
	await flush();
	jest.advanceTimersByTime(ms);
	await flush();
}

function inAnHour(): Date {
	return new Date(Date.now() + hour);
}

describe('A6: a date that passes while the machine sleeps', () => {
	test('during a pause: delay() is due on resume', async () => {
		const controller = new PausableController();
		const seen = watched(delay(controller.signal, inAnHour()));
		controller.pause();
		await pass(10);
		sleepMachine(2 * hour);
		await pass(0);
		expect(seen.state).toBe('pending');
		controller.resume();
		await flush();
		expect(seen.state).toBe('resolved');
	});

	test('with no pause: delay() is due within a minute', async () => {
		const {signal} = new PausableController();
		const seen = watched(delay(signal, inAnHour()));
		await pass(10);
		sleepMachine(2 * hour);
		await pass(minute);
		expect(seen.state).toBe('resolved');
	});

	test('is due on the next resume of anything, though another date came up in between', async () => {
		const [first, second, other] = [1, 2, 3].map(() => new PausableController());
		first!.hold('429', {until: inAnHour()});
		await pass(10);
		sleepMachine(2 * hour);
		const later = second!.hold('429', {until: inAnHour()});
		other!.pause();
		other!.resume();
		expect([first!.signal.paused, second!.signal.paused]).toEqual([false, true]);
		expect(later.release()).toBe(true);
	});

	const holders: readonly [
		string,
		() => {hold: PausableController['hold']; isPaused: () => boolean; end: () => unknown},
	][] = [
		[
			'a controller',
			() => {
				const controller = new PausableController();
				return {
					hold: (...args) => controller.hold(...args),
					isPaused: () => controller.signal.paused,
					end: () => controller.abort(),
				};
			},
		],
		[
			'a task',
			() => {
				const task = Task.start(({signal}) => forever(signal));
				return {
					hold: (...args) => task.hold(...args),
					isPaused: () => task.signal.paused,
					end: () => task.stop(),
				};
			},
		],
		[
			'a queue',
			() => {
				const queue = new PausableQueue();
				return {
					hold: (...args) => queue.hold(...args),
					isPaused: () => queue.isPaused,
					end: () => queue.stop(),
				};
			},
		],
	];
	test.each(holders)(
		'a hold of %s ends within a minute, or when anything is resumed',
		async (_name, make) => {
			const {hold, isPaused, end} = make();
			hold('429', {until: inAnHour()});
			await pass(10);
			sleepMachine(2 * hour);
			expect(isPaused()).toBe(true);
			await pass(minute);
			expect(isPaused()).toBe(false);
			hold('429', {until: inAnHour()});
			sleepMachine(2 * hour);
			const other = new PausableController();
			other.pause();
			other.resume();
			expect(isPaused()).toBe(false);
			await end();
		},
	);

	test('a queue.pause({until}) also ends within a minute', async () => {
		const queue = new PausableQueue();
		void queue.pause('night', {until: inAnHour()});
		await pass(10);
		sleepMachine(2 * hour);
		await pass(minute);
		expect(queue.isPaused).toBe(false);
	});
});

test('A6: a wall clock that is set back makes no date come early', async () => {
	const {signal} = new PausableController();
	const seen = watched(delay(signal, inAnHour()));
	await pass(hour / 2);
	sleepMachine(-hour);
	await pass(hour);
	expect(seen.state).toBe('pending');
	await pass(hour / 2);
	expect(seen.state).toBe('resolved');
});

test('A6: an aborted wait for a date leaves no timer, and a past date is due at once', async () => {
	const controller = new PausableController();
	const past = watched(delay(controller.signal, new Date(0)));
	await pass(0);
	expect(past.state).toBe('resolved');
	const seen = watched(delay(controller.signal, inAnHour()));
	await pass(minute);
	controller.abort('enough');
	await flush();
	expect(seen.state).toBe('rejected');
});

test('A6: a wait for a date reads the wall clock once a minute, and not more often', async () => {
	const {signal} = new PausableController();
	const seen = watched(delay(signal, inAnHour()));
	let looks = 0;
	for (await flush(); seen.state === 'pending' && looks < 100; looks++) {
		jest.advanceTimersToNextTimer();
		await flush();
	}
	expect(looks).toBe(60);
});
