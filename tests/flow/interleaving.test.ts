// Retries, and work side by side, paused, resumed and aborted at every point.
import {
	all,
	delay,
	forever,
	type PausableSignal,
	proactiveRetry,
	race,
	retry,
	shield,
	spawn,
} from 'pausable-signal';
import type {SweepContext} from 'pausable-signal/testing';
import {type Scenario, testEveryPoint} from '../interleaving/kit.ts';

const busy = new Error('busy');

/** Says what must never have happened, after each run. */
function refuse({check}: SweepContext, complaint: () => string | undefined): void {
	check(() => {
		if (complaint() !== undefined) throw new Error(complaint());
	});
}

/** Three attempts, of which the second makes the third begin at once. None begins while paused. */
const retrying: Scenario['run'] = (signal, step, context) => {
	let attempts = 0;
	let complaint: string | undefined;
	refuse(context, () => complaint);
	const attempt = async (inner: PausableSignal, _attempt: number, reset: () => void): Promise<string> => {
		attempts++;
		if (inner.paused || inner.aborted) complaint = 'an attempt began while paused or aborted';
		if (attempts === 1) throw busy;
		if (attempts === 2) {
			await inner.checkpoint();
			step();
			reset();
			throw busy;
		}
		await delay(inner, 5);
		step();
		return 'done';
	};
	Math.random = () => 1;
	return retry(signal, attempt, {baseMs: 10});
};

/** Two attempts, of which the second begins while the first is under way, and wins. */
const retryingAhead: Scenario['run'] = (signal, step, context) => {
	let complaint: string | undefined;
	refuse(context, () => complaint);
	const attempt = async (inner: PausableSignal, number: number): Promise<string> => {
		if (inner.paused || inner.aborted) complaint = 'an attempt began while paused or aborted';
		if (number === 0) return forever(inner);
		await delay(inner, 5);
		step();
		return 'done';
	};
	Math.random = () => 1;
	return proactiveRetry(signal, attempt, {baseMs: 10, maxAttempts: 2});
};

/** Two entries with checkpoints and delays. It ends after both. */
const together: Scenario['run'] = async (signal, step, context) => {
	let underWay = 0;
	let complaint: string | undefined;
	refuse(context, () => complaint);
	const entry = async (inner: PausableSignal, ms: number): Promise<number> => {
		underWay++;
		try {
			await inner.checkpoint();
			step();
			await delay(inner, ms);
			step();
			await inner.checkpoint();
			return ms;
		} finally {
			underWay--;
		}
	};
	try {
		return (await all(signal, (inner) => [entry(inner, 0), entry(inner, 10)])).join();
	} finally {
		if (underWay > 0) complaint = 'it ended before its entries';
	}
};

/** The race ends the loser, and waits for it. */
const first: Scenario['run'] = async (signal, step, context) => {
	let isLoserOver = true;
	let complaint: string | undefined;
	refuse(context, () => complaint);
	const winner = async (inner: PausableSignal): Promise<string> => {
		await delay(inner, 5);
		step();
		return 'done';
	};
	const loser = async (inner: PausableSignal): Promise<never> => {
		isLoserOver = false;
		try {
			return await forever(inner);
		} finally {
			isLoserOver = true;
		}
	};
	try {
		return await race(signal, (inner) => [winner(inner), loser(inner)]);
	} finally {
		if (!isLoserOver) complaint = 'it ended before the loser';
	}
};

const spawning: Scenario['run'] = (signal, step) =>
	spawn(signal, async (inner, {fork}) => {
		const forked = fork(async (forkSignal) => {
			await delay(forkSignal, 5);
			step();
		});
		await forked.join();
		await delay(inner, 10);
		step();
		return 'done';
	});

const shielded: Scenario['run'] = (signal, step) =>
	shield(
		signal,
		async (inner) => {
			await delay(inner, 5);
			step();
			return 'done';
		},
		{pause: false},
	);

testEveryPoint('retry', {value: 'done', steps: 2, run: retrying, activeMs: 15});
testEveryPoint('proactiveRetry', {value: 'done', steps: 1, run: retryingAhead, activeMs: 15});
testEveryPoint('all', {value: '0,10', steps: 4, flows: 2, run: together, activeMs: 10});
testEveryPoint('race', {value: 'done', steps: 1, flows: 2, run: first, activeMs: 5});
testEveryPoint('spawn', {value: 'done', steps: 2, flows: 2, run: spawning, activeMs: 15});
testEveryPoint('a shield from an abort', {value: 'done', steps: 1, run: shielded, activeMs: 5});
