// The standalone Gate: threading.Event for promises.
import {afterEach, describe, expect, jest, test} from '@jest/globals';
import {getEventListeners} from 'node:events';
import {Gate, PausableController, PausableSignal} from 'pausable-signal';
import {flush, reasons, watched} from './support.ts';

afterEach(() => void jest.useRealTimers());

describe('open() and close()', () => {
	test('a gate is open at first, unless told otherwise', () => {
		expect([new Gate().isOpen, new Gate(true).isOpen, new Gate(false).isOpen]).toEqual([true, true, false]);
	});

	test('return whether they changed anything', () => {
		const gate = new Gate(false);
		expect([gate.open(), gate.open(), gate.isOpen]).toEqual([true, false, true]);
		expect([gate.close(), gate.close(), gate.isOpen]).toEqual([true, false, false]);
	});
});

describe('wait()', () => {
	test('goes through an open gate', async () => {
		await expect(new Gate().wait()).resolves.toBe(true);
	});

	test('waits at a closed gate until it opens', async () => {
		const gate = new Gate(false);
		const wait = watched(gate.wait());
		await flush();
		expect(wait.state).toBe('pending');
		gate.open();
		await flush();
		expect(wait).toEqual({state: 'resolved', value: true});
	});

	test('a waiter goes through when the gate opens, even if it closes in the same tick', async () => {
		const gate = new Gate(false);
		const early = watched(gate.wait());
		gate.open();
		gate.close();
		const late = watched(gate.wait());
		await flush();
		expect([early.state, late.state]).toEqual(['resolved', 'pending']);
	});

	test('lets all through in the order in which they came', async () => {
		const gate = new Gate(false);
		const order: number[] = [];
		for (const turn of [1, 2, 3]) void gate.wait().then(() => order.push(turn));
		gate.open();
		await flush();
		expect(order).toEqual([1, 2, 3]);
	});
});

describe('release()', () => {
	test('lets the present waiters through, leaves the gate closed, and returns their number', async () => {
		const gate = new Gate(false);
		const waits = [watched(gate.wait()), watched(gate.wait())];
		expect(gate.release()).toBe(2);
		const late = watched(gate.wait());
		await flush();
		expect(waits.map(({state, value}) => [state, value])).toEqual([
			['resolved', true],
			['resolved', true],
		]);
		expect([late.state, gate.isOpen, gate.waiting]).toEqual(['pending', false, 1]);
	});

	test('leaves an open gate open', () => {
		const gate = new Gate();
		expect([gate.release(), gate.isOpen]).toEqual([0, true]);
	});
});

describe('waiting', () => {
	test('counts the waiters, and none that went through, ran out of time or was aborted', async () => {
		jest.useFakeTimers();
		const gate = new Gate(false);
		const controller = new AbortController();
		void gate.wait();
		void gate.wait({timeout: 10});
		gate.wait({signal: controller.signal}).catch(() => {});
		expect(gate.waiting).toBe(3);
		jest.advanceTimersByTime(10);
		expect(gate.waiting).toBe(2);
		controller.abort();
		expect(gate.waiting).toBe(1);
		gate.open();
		expect(gate.waiting).toBe(0);
	});

	test('does not count a wait at an open gate', () => {
		const gate = new Gate();
		void gate.wait();
		expect(gate.waiting).toBe(0);
	});
});

describe('wait({timeout})', () => {
	test('resolves with false when the time is over, not before', async () => {
		jest.useFakeTimers();
		const gate = new Gate(false);
		const wait = watched(gate.wait({timeout: 100}));
		jest.advanceTimersByTime(99);
		await flush();
		expect(wait.state).toBe('pending');
		jest.advanceTimersByTime(1);
		await flush();
		expect(wait).toEqual({state: 'resolved', value: false});
	});

	test('resolves with true when the gate opens in time, and leaves no timer', async () => {
		jest.useFakeTimers();
		const gate = new Gate(false);
		const wait = watched(gate.wait({timeout: 100}));
		gate.open();
		await flush();
		expect([wait.value, jest.getTimerCount()]).toEqual([true, 0]);
	});

	test('0 looks, and does not wait', async () => {
		jest.useFakeTimers();
		await expect(new Gate(false).wait({timeout: 0})).resolves.toBe(false);
		await expect(new Gate(true).wait({timeout: 0})).resolves.toBe(true);
		expect(jest.getTimerCount()).toBe(0);
	});

	test('Infinity waits forever, without a timer', () => {
		jest.useFakeTimers();
		void new Gate(false).wait({timeout: Infinity});
		expect(jest.getTimerCount()).toBe(0);
	});

	test('may be longer than the longest setTimeout', async () => {
		jest.useFakeTimers();
		const timeout = 2 ** 31 + 1000;
		const wait = watched(new Gate(false).wait({timeout}));
		jest.advanceTimersByTime(timeout - 1);
		await flush();
		expect(wait.state).toBe('pending');
		jest.advanceTimersByTime(1);
		await flush();
		expect([wait.value, jest.getTimerCount()]).toEqual([false, 0]);
	});

	test('ends the waits that ran out of time, and the others still wait in order', async () => {
		jest.useFakeTimers();
		const gate = new Gate(false);
		const order: string[] = [];
		void gate.wait().then(() => order.push('first'));
		void gate.wait({timeout: 1}).then(() => order.push('out of time'));
		void gate.wait().then(() => order.push('last'));
		jest.advanceTimersByTime(1);
		await flush();
		gate.open();
		await flush();
		expect(order).toEqual(['out of time', 'first', 'last']);
	});
});

describe('wait({signal})', () => {
	test.each(reasons)('rejects with the very reason: %s', async (_name, reason) => {
		const controller = new AbortController();
		const wait = watched(new Gate(false).wait({signal: controller.signal}));
		controller.abort(reason);
		await flush();
		expect(wait.state).toBe('rejected');
		expect(wait.reason).toBe(controller.signal.reason);
	});

	test('an aborted signal ends the wait at a closed gate at once', async () => {
		const gate = new Gate(false);
		for (const signal of [AbortSignal.abort('gone'), PausableSignal.abort('gone')])
			await expect(gate.wait({signal})).rejects.toBe('gone');
		expect(gate.waiting).toBe(0);
	});

	test('an aborted signal beats an open gate', async () => {
		await expect(new Gate().wait({signal: AbortSignal.abort('gone')})).rejects.toBe('gone');
	});

	test('who was aborted does not go through when the gate opens in the same tick', async () => {
		const gate = new Gate(false);
		const controller = new AbortController();
		const wait = watched(gate.wait({signal: controller.signal}));
		controller.abort('gone');
		gate.open();
		await flush();
		expect(wait).toEqual({state: 'rejected', reason: 'gone'});
	});

	test('a paused signal makes no difference', async () => {
		const controller = new PausableController();
		controller.pause();
		await expect(new Gate().wait({signal: controller.signal})).resolves.toBe(true);
	});

	test.each(['opened', 'released', 'out of time', 'aborted'])(
		'leaves nothing on the signal when it is over: %s',
		async (end) => {
			jest.useFakeTimers();
			const gate = new Gate(false);
			const controller = new AbortController();
			const {signal} = controller;
			const waits = [1, 2, 3].map(() => gate.wait({signal, timeout: 10}).catch(() => {}));
			expect(getEventListeners(signal, 'abort')).toHaveLength(1);
			if (end === 'opened') gate.open();
			if (end === 'released') gate.release();
			if (end === 'out of time') jest.advanceTimersByTime(10);
			if (end === 'aborted') controller.abort();
			await Promise.all(waits);
			expect(getEventListeners(signal, 'abort')).toHaveLength(0);
			expect([gate.waiting, jest.getTimerCount()]).toEqual([0, 0]);
		},
	);
});
