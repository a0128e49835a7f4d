// The cases of CPython, Lib/test/lock_tests.py, class EventTests (as read at 0081b37): a Gate is a threading.Event.
// set() is open(), clear() is close(), is_set() is isOpen, and a thread that waits is an async function that does.
import {afterEach, beforeEach, describe, expect, jest, test} from '@jest/globals';
import {Gate} from 'pausable-signal';
import {flush, rejectionOf} from './kit.ts';

beforeEach(() => {
	jest.useFakeTimers();
});

afterEach(() => {
	const left = jest.getTimerCount();
	jest.useRealTimers();
	expect(left).toBe(0);
});

/** What each of five waits at one place came to, one after the other in each. */
class Bunch {
	readonly first: boolean[] = [];
	readonly second: boolean[] = [];
	readonly finished: Promise<unknown>;

	constructor(first: () => Promise<boolean>, second: () => Promise<boolean>) {
		const run = async (): Promise<void> => {
			this.first.push(await first());
			this.second.push(await second());
		};
		this.finished = Promise.all([run(), run(), run(), run(), run()]);
	}
}

const five = (value: boolean): boolean[] => [value, value, value, value, value];

test('an event is not set at first: here a gate is open unless told otherwise', () => {
	expect([new Gate(false).isOpen, new Gate().isOpen]).toEqual([false, true]);
});

test('test_is_set: each state stays, however often it is asked for', () => {
	const gate = new Gate(false);
	const seen = [gate.isOpen];
	for (const verb of ['open', 'open', 'close', 'close'] as const) {
		gate[verb]();
		seen.push(gate.isOpen);
	}
	expect(seen).toEqual([false, true, true, false, false]);
});

describe('test_notify', () => {
	async function checkNotify(gate: Gate): Promise<void> {
		const bunch = new Bunch(
			() => gate.wait(),
			() => gate.wait(),
		);
		await flush();
		expect([bunch.first, gate.waiting]).toEqual([[], 5]);
		gate.open();
		await bunch.finished;
		expect([bunch.first, bunch.second]).toEqual([five(true), five(true)]);
	}

	test('all that wait go through, and find it open afterwards', async () => {
		await checkNotify(new Gate(false));
	});

	test('another time, after an explicit close()', async () => {
		const gate = new Gate(false);
		await checkNotify(gate);
		gate.close();
		await checkNotify(gate);
		gate.open();
		gate.close();
		await checkNotify(gate);
	});
});

describe('test_timeout', () => {
	function start(gate: Gate): Bunch {
		return new Bunch(
			() => gate.wait({timeout: 0}),
			() => gate.wait({timeout: 500}),
		);
	}

	test('a closed gate: false at once for 0, and after the time for more', async () => {
		const bunch = start(new Gate(false));
		await flush();
		expect(bunch.first).toEqual(five(false));
		jest.advanceTimersByTime(499);
		await flush();
		expect(bunch.second).toEqual([]);
		jest.advanceTimersByTime(1);
		await bunch.finished;
		expect(bunch.second).toEqual(five(false));
	});

	test('an open gate: true at once for both', async () => {
		const bunch = start(new Gate(true));
		await bunch.finished;
		expect([bunch.first, bunch.second]).toEqual([five(true), five(true)]);
	});

	test('a gate that opens in time: true', async () => {
		const gate = new Gate(false);
		const bunch = start(gate);
		await flush();
		jest.advanceTimersByTime(499);
		gate.open();
		await bunch.finished;
		expect([bunch.first, bunch.second]).toEqual([five(false), five(true)]);
	});

	test('a time below 0 is an error here, and no look', async () => {
		expect(await rejectionOf(new Gate(true).wait({timeout: -1}))).toBeInstanceOf(RangeError);
	});
});

test('test_set_and_clear: who waited goes through, though it was closed before anybody woke up', async () => {
	const gate = new Gate(false);
	const bunch = new Bunch(
		() => gate.wait({timeout: 1000}),
		() => gate.wait({timeout: 0}),
	);
	await flush();
	gate.open();
	gate.close();
	await bunch.finished;
	expect([bunch.first, bunch.second, gate.isOpen]).toEqual([five(true), five(false), false]);
});

// The loop that the whole library descends from: two events, one for going on and one for running.
test('the job thread: pause, resume and stop by two events', async () => {
	const [flag, running] = [new Gate(), new Gate()];
	let turns = 0;
	const job = (async () => {
		while (running.isOpen) {
			await flag.wait();
			turns++;
		}
	})();
	await flush();
	flag.close();
	await flush();
	const atPause = turns;
	await flush();
	expect(turns).toBe(atPause);
	flag.open();
	await flush();
	expect(turns).toBeGreaterThan(atPause);
	flag.close();
	await flush();
	running.close();
	flag.open();
	await expect(job).resolves.toBe(undefined);
});
