// The cases of CPython, Lib/test/test_asyncio/test_locks.py, class EventTests (as read at 97ac866), for both kinds of
// gates: a Gate, and the gate of a signal, which pause() closes and resume() opens. asyncio's tasks begin in the next
// turn of the loop, async functions at once: what a task does before its first wait is left out of the order here.
import {describe, expect, test} from '@jest/globals';
import {Gate, PausableController} from 'pausable-signal';
import {flush, listenersOn, rejectionOf, watched} from './kit.ts';

interface Event {
	set(): void;
	clear(): void;
	isSet(): boolean;
	wait(): Promise<boolean>;
}

function eventOfGate(): Event {
	const gate = new Gate(false);
	return {
		set: () => void gate.open(),
		clear: () => void gate.close(),
		isSet: () => gate.isOpen,
		wait: () => gate.wait(),
	};
}

function eventOfSignal(): Event {
	const controller = new PausableController();
	const {gate} = controller.signal;
	controller.pause();
	return {
		set: () => void controller.resume(),
		clear: () => void controller.pause(),
		isSet: () => gate.isOpen,
		wait: () => gate.wait(),
	};
}

const kinds = [
	['a Gate', eventOfGate],
	["a signal's gate", eventOfSignal],
] as const;

describe.each(kinds)('%s', (_name, create) => {
	test('test_wait: all that wait go on with true, first come, first go', async () => {
		const event = create();
		const result: number[] = [];
		const waitAs = async (number: number): Promise<void> => {
			if (await event.wait()) result.push(number);
		};
		const waits = [waitAs(1), waitAs(2), waitAs(3)];
		await flush();
		expect(result).toEqual([]);
		event.set();
		await Promise.all(waits);
		expect(result).toEqual([1, 2, 3]);
	});

	test('test_wait: who comes after set() goes on, too, in the same turn', async () => {
		const event = create();
		const waits = [event.wait()];
		await flush();
		event.set();
		waits.push(event.wait());
		expect(await Promise.all(waits)).toEqual([true, true]);
	});

	test('test_wait_on_set', async () => {
		const event = create();
		event.set();
		await expect(event.wait()).resolves.toBe(true);
	});

	test('test_clear', () => {
		const event = create();
		const seen = [event.isSet()];
		event.set();
		seen.push(event.isSet());
		event.clear();
		seen.push(event.isSet());
		expect(seen).toEqual([false, true, false]);
	});

	test('test_clear: who comes after it waits', async () => {
		const event = create();
		event.set();
		event.clear();
		const wait = watched(event.wait());
		await flush();
		expect(wait.state).toBe('pending');
	});

	test('test_clear_with_waiters: set, clear, set, set wakes the waiter once', async () => {
		const event = create();
		const result: unknown[] = [];
		void event.wait().then((value) => result.push(value));
		await flush();
		expect(result).toEqual([]);
		event.set();
		event.clear();
		expect(event.isSet()).toBe(false);
		event.set();
		event.set();
		await flush();
		expect(result).toEqual([true]);
	});
});

describe('test_clear_with_waiters, without the second set()', () => {
	test('a Gate lets through who waited, as asyncio does', async () => {
		const event = eventOfGate();
		const wait = watched(event.wait());
		event.set();
		event.clear();
		await flush();
		expect(wait).toEqual({state: 'resolved', value: true});
	});

	test("a signal's gate lets nobody through: it looks again", async () => {
		const event = eventOfSignal();
		const wait = watched(event.wait());
		event.set();
		event.clear();
		await flush();
		expect(wait.state).toBe('pending');
		event.set();
		await flush();
		expect(wait).toEqual({state: 'resolved', value: true});
	});
});

describe('test_wait_cancel', () => {
	test('a wait at a Gate that is cancelled rejects with the reason, and leaves no waiter', async () => {
		const [gate, controller] = [new Gate(false), new AbortController()];
		const wait = gate.wait({signal: controller.signal});
		queueMicrotask(() => controller.abort('cancelled'));
		expect(await rejectionOf(wait)).toBe('cancelled');
		expect([gate.waiting, listenersOn(controller.signal)]).toEqual([0, 0]);
	});

	test('a task that is cancelled before it begins does not go through, even if the event is set', async () => {
		expect(await rejectionOf(new Gate(true).wait({signal: AbortSignal.abort('cancelled')}))).toBe(
			'cancelled',
		);
		const controller = new PausableController();
		controller.abort('cancelled');
		await expect(controller.signal.gate.wait()).resolves.toBe(false);
	});

	test('the others go on waiting', async () => {
		const [gate, controller] = [new Gate(false), new AbortController()];
		const cancelled = gate.wait({signal: controller.signal});
		const other = watched(gate.wait());
		controller.abort('cancelled');
		expect(await rejectionOf(cancelled)).toBe('cancelled');
		expect([gate.waiting, other.state]).toEqual([1, 'pending']);
		gate.open();
		await flush();
		expect(other).toEqual({state: 'resolved', value: true});
	});

	test("a wait at a signal's gate ends with false at the abort", async () => {
		const controller = new PausableController();
		controller.pause();
		const wait = controller.signal.gate.wait();
		queueMicrotask(() => controller.abort('cancelled'));
		await expect(wait).resolves.toBe(false);
	});

	test('a checkpoint rejects with the reason', async () => {
		const controller = new PausableController();
		controller.pause();
		const checkpoint = controller.signal.checkpoint();
		queueMicrotask(() => controller.abort('cancelled'));
		expect(await rejectionOf(checkpoint)).toBe('cancelled');
	});
});

describe('test_cancel_race of the class LockTests, for gates', () => {
	test('who was cancelled before it opens in the same turn is cancelled; the others go through', async () => {
		const [gate, controller] = [new Gate(false), new AbortController()];
		const waits = [gate.wait({signal: controller.signal}), gate.wait()].map(watched);
		controller.abort('cancelled');
		gate.open();
		await flush();
		expect(waits).toEqual([
			{state: 'rejected', reason: 'cancelled'},
			{state: 'resolved', value: true},
		]);
	});

	test('F1: who was let through is cancelled in the same turn, as a task of asyncio is', async () => {
		const [gate, controller] = [new Gate(false), new AbortController()];
		const wait = watched(gate.wait({signal: controller.signal}));
		gate.open();
		controller.abort('cancelled');
		await flush();
		expect(wait).toEqual({state: 'rejected', reason: 'cancelled'});
	});
});
