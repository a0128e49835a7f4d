import {afterEach, beforeEach, expect, jest, test} from '@jest/globals';
import {Sweep} from '../../src/bullmq/sweep.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const everyMs = 1000;

/** A sweep whose runs end only when the test ends them. */
function open(): {sweep: Sweep; runs: (() => void)[]; end(): Promise<void>} {
	const runs: (() => void)[] = [];
	const sweep = new Sweep(() => new Promise((resolve) => void runs.push(resolve)), everyMs);
	const end = async (): Promise<void> => {
		runs.at(-1)!();
		await jest.advanceTimersByTimeAsync(0);
	};
	return {sweep, runs, end};
}

test('any number of requests during a sweep get one more sweep after it', async () => {
	const {sweep, runs, end} = open();
	sweep.ask();
	sweep.ask();
	sweep.ask();
	expect(runs).toHaveLength(1);
	await end();
	expect(runs).toHaveLength(2);
	await end();
	expect(runs).toHaveLength(2);
});

test('a sweep repeats after a while, counted from the end of the last one', async () => {
	const {sweep, runs, end} = open();
	sweep.ask();
	await jest.advanceTimersByTimeAsync(2 * everyMs);
	expect(runs).toHaveLength(1);
	await end();
	await jest.advanceTimersByTimeAsync(everyMs - 1);
	expect(runs).toHaveLength(1);
	await jest.advanceTimersByTimeAsync(1);
	expect(runs).toHaveLength(2);
});

test.each(['during a sweep', 'between two', 'before any'])(
	'after a stop %s no sweep begins, and no timer is left',
	async (when) => {
		const {sweep, runs, end} = open();
		const isRunning = when === 'during a sweep';
		if (when !== 'before any') sweep.ask();
		if (when === 'between two') await end();
		if (isRunning) sweep.ask();
		const before = runs.length;
		let isOver = false;
		const over = sweep.stop().then(() => (isOver = true));
		await jest.advanceTimersByTimeAsync(0);
		expect(isOver).toBe(!isRunning);
		if (isRunning) await end();
		await over;
		sweep.ask();
		await jest.advanceTimersByTimeAsync(3 * everyMs);
		expect(runs).toHaveLength(before);
		expect(jest.getTimerCount()).toBe(0);
	},
);
