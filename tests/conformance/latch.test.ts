// The cases of Effect's Latch: Effect-TS/effect-smol, packages/effect/test/Latch.test.ts (as read at bc95f22 and
// 1544970), and what the docstrings of Latch.ts in effect 4.1.0 promise. The latch itself runs beside the Gate as a
// control. Two differences are on purpose: a gate is open at first, and release() says how many it let through.
import {describe, expect, test} from '@jest/globals';
import {runPromise, runSync} from 'effect/Effect';
import {makeUnsafe} from 'effect/Latch';
import {Gate} from 'pausable-signal';
import {flush, watched} from './kit.ts';

interface Latch {
	isOpen(): boolean;
	open(): boolean;
	close(): boolean;
	release(): void;
	wait(): Promise<unknown>;
}

function gateAsLatch(isOpen: boolean): Latch {
	const gate = new Gate(isOpen);
	return {
		isOpen: () => gate.isOpen,
		open: () => gate.open(),
		close: () => gate.close(),
		release: () => void gate.release(),
		wait: () => gate.wait(),
	};
}

function latchOfEffect(isOpen: boolean): Latch {
	const latch = makeUnsafe(isOpen);
	return {
		isOpen: () => latch.isOpen(),
		open: () => latch.openUnsafe(),
		close: () => latch.closeUnsafe(),
		release: () => void runSync(latch.release),
		wait: () => runPromise(latch.await),
	};
}

/** Lets a latch's fibers run: they go on in a macrotask. */
async function settle(): Promise<void> {
	await new Promise((resolve) => setTimeout(resolve, 0));
	await flush();
}

const kinds = [
	['a Gate', gateAsLatch],
	["Effect's Latch", latchOfEffect],
] as const;

describe.each(kinds)('%s', (_name, create) => {
	test('is as it was made', () => {
		expect([create(false).isOpen(), create(true).isOpen()]).toEqual([false, true]);
	});

	test('isOpen tells the state', () => {
		const latch = create(false);
		latch.open();
		expect(latch.isOpen()).toBe(true);
		latch.close();
		expect(latch.isOpen()).toBe(false);
	});

	test('open and close tell whether they changed it', () => {
		const latch = create(false);
		expect([latch.open(), latch.open(), latch.close(), latch.close()]).toEqual([true, false, true, false]);
	});

	test('who waits goes on when it opens', async () => {
		const latch = create(false);
		const wait = watched(latch.wait());
		await settle();
		expect(wait.state).toBe('pending');
		latch.open();
		await settle();
		expect(wait.state).toBe('resolved');
	});

	test('nobody waits at an open one', async () => {
		const wait = watched(create(true).wait());
		await settle();
		expect(wait.state).toBe('resolved');
	});

	test('release wakes those who wait, and keeps it closed', async () => {
		const latch = create(false);
		const waits = [latch.wait(), latch.wait()].map(watched);
		await settle();
		expect(waits.map(({state}) => state)).toEqual(['pending', 'pending']);
		latch.release();
		await settle();
		expect(waits.map(({state}) => state)).toEqual(['resolved', 'resolved']);
		expect(latch.isOpen()).toBe(false);
	});

	test('who comes after a release waits, until the next one or until it opens', async () => {
		const latch = create(false);
		latch.release();
		const first = watched(latch.wait());
		await settle();
		expect(first.state).toBe('pending');
		latch.release();
		await settle();
		const second = watched(latch.wait());
		await settle();
		expect([first.state, second.state]).toEqual(['resolved', 'pending']);
		latch.open();
		await settle();
		expect(second.state).toBe('resolved');
	});

	test('release of an open one leaves it open', async () => {
		const latch = create(true);
		latch.release();
		expect(latch.isOpen()).toBe(true);
		const wait = watched(latch.wait());
		await settle();
		expect(wait.state).toBe('resolved');
	});

	test('after a close they wait again', async () => {
		const latch = create(true);
		latch.close();
		const wait = watched(latch.wait());
		await settle();
		expect(wait.state).toBe('pending');
		latch.open();
		await settle();
		expect(wait.state).toBe('resolved');
	});

	test('an open and a close in one go let those through who waited', async () => {
		const latch = create(false);
		const wait = watched(latch.wait());
		await settle();
		latch.open();
		latch.close();
		await settle();
		expect([wait.state, latch.isOpen()]).toEqual(['resolved', false]);
	});

	test('gates work behind it: whenOpen', async () => {
		const latch = create(false);
		const work = watched(latch.wait().then(() => 'ok'));
		await settle();
		expect(work.state).toBe('pending');
		latch.open();
		await settle();
		expect(work).toEqual({state: 'resolved', value: 'ok'});
	});
});

describe('differences', () => {
	test('a gate is open unless told otherwise', () => {
		expect([new Gate().isOpen, makeUnsafe().isOpen()]).toEqual([true, false]);
	});

	test('release() says how many it let through', () => {
		const gate = new Gate(false);
		void gate.wait();
		void gate.wait();
		expect([gate.release(), gate.release()]).toEqual([2, 0]);
	});
});
