// Retries, and work side by side, paused, resumed and aborted at every moment.
import {describe} from '@jest/globals';
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
import {control, type Scenario, type Subject, testEveryMoment} from '../interleaving/kit.ts';
import {useFakeTime} from './fake-time.ts';

useFakeTime();

const busy = new Error('busy');

/** Three attempts, of which the second makes the third begin at once. None begins while paused. */
function retrying(step: () => void): Subject {
	let attempts = 0;
	let complaint: string | undefined;
	const attempt = async (signal: PausableSignal, _attempt: number, reset: () => void): Promise<string> => {
		attempts++;
		if (signal.paused || signal.aborted) complaint = 'an attempt began while paused or aborted';
		if (attempts === 1) throw busy;
		if (attempts === 2) {
			await signal.checkpoint();
			step();
			reset();
			throw busy;
		}
		await delay(signal, 5);
		step();
		return 'done';
	};
	const subject = control((signal) => retry(signal, attempt, {baseMs: 10}));
	return {...subject, complaint: () => complaint};
}

/** Two attempts, of which the second begins while the first is under way, and wins. */
function retryingAhead(step: () => void): Subject {
	let complaint: string | undefined;
	const attempt = async (signal: PausableSignal, number: number): Promise<string> => {
		if (signal.paused || signal.aborted) complaint = 'an attempt began while paused or aborted';
		if (number === 0) return forever(signal);
		await delay(signal, 5);
		step();
		return 'done';
	};
	const subject = control((signal) => proactiveRetry(signal, attempt, {baseMs: 10, maxAttempts: 2}));
	return {...subject, complaint: () => complaint};
}

/** Two entries with checkpoints and delays. It ends after both. */
function together(step: () => void): Subject {
	let ended = 0;
	let complaint: string | undefined;
	const subject = control(async (signal) => {
		const entry = async (inner: PausableSignal, ms: number): Promise<number> => {
			try {
				await inner.checkpoint();
				step();
				await delay(inner, ms);
				step();
				await inner.checkpoint();
				return ms;
			} finally {
				ended++;
			}
		};
		try {
			return (await all(signal, (inner) => [entry(inner, 0), entry(inner, 10)])).join();
		} finally {
			if (ended < 2) complaint = 'it ended before its entries';
		}
	});
	return {...subject, complaint: () => complaint};
}

/** The loser is told to end, and waited for. */
function first(step: () => void): Subject {
	let isLoserOver = false;
	let complaint: string | undefined;
	const subject = control(async (signal) => {
		const winner = async (inner: PausableSignal): Promise<string> => {
			await delay(inner, 5);
			step();
			return 'done';
		};
		const loser = async (inner: PausableSignal): Promise<never> => {
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
	});
	return {...subject, complaint: () => complaint};
}

const scenarios: Readonly<Record<string, Scenario>> = {
	retry: {value: 'done', steps: 2, start: retrying, activeMs: 15},
	proactiveRetry: {value: 'done', steps: 1, start: retryingAhead, activeMs: 15},
	all: {value: '0,10', steps: 4, flows: 2, start: together, activeMs: 10},
	race: {value: 'done', steps: 1, flows: 2, start: first, activeMs: 5},
	spawn: {
		value: 'done',
		steps: 2,
		flows: 2,
		activeMs: 15,
		start: (step) =>
			control((signal) =>
				spawn(signal, async (inner, {fork}) => {
					const forked = fork(async (forkSignal) => {
						await delay(forkSignal, 5);
						step();
					});
					await forked.join();
					await delay(inner, 10);
					step();
					return 'done';
				}),
			),
	},
	'shield from an abort': {
		value: 'done',
		steps: 1,
		activeMs: 5,
		start: (step) =>
			control((signal) =>
				shield(
					signal,
					async (inner) => {
						await delay(inner, 5);
						step();
						return 'done';
					},
					{pause: false},
				),
			),
	},
};

describe.each(Object.entries(scenarios))('%s', (_name, scenario) => testEveryMoment(scenario));
