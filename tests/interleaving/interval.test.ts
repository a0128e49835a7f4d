// Intervals, paused, resumed and aborted at every point.
import {all, delay, interval, type PausableSignal} from 'pausable-signal';
import {type Scenario, testEveryPoint} from './kit.ts';

/** Takes this many ticks, and says which. */
async function take(count: number, ticks: AsyncIterable<number>, step: () => void): Promise<string> {
	const seen: number[] = [];
	for await (const tick of ticks) {
		step();
		seen.push(tick);
		if (seen.length === count) break;
	}
	return seen.join();
}

/** Asks for three ticks at once, and leaves. */
async function ask(ticks: AsyncIterable<number>, step: () => void): Promise<string> {
	const iterator = ticks[Symbol.asyncIterator]();
	const asked = [iterator.next(), iterator.next(), iterator.next()];
	const seen: unknown[] = [];
	try {
		for (const next of asked) {
			seen.push((await next).value);
			step();
		}
	} finally {
		await Promise.allSettled(asked);
		await iterator.return?.();
	}
	return seen.join();
}

async function takeSlowly(signal: PausableSignal, step: () => void): Promise<string> {
	const seen: number[] = [];
	for await (const tick of interval(signal, 10)) {
		seen.push(tick);
		step();
		if (seen.length === 3) break;
		await delay(signal, 15);
	}
	return seen.join();
}

const scenarios: Readonly<Record<string, Scenario>> = {
	'a loop over an interval': {
		value: '0,1,2',
		steps: 3,
		activeMs: 30,
		run: (signal, step) => take(3, interval(signal, 10), step),
	},
	'a loop whose body takes longer than the period': {
		value: '0,1,2',
		steps: 3,
		activeMs: 50,
		run: (signal, step) => takeSlowly(signal, step),
	},
	'a loop by the wall clock': {
		value: '0,1',
		steps: 2,
		run: (signal, step) => take(2, interval(signal, 10, {clock: 'wall'}), step),
	},
	'ticks that are asked for at once': {
		value: '0,1,2',
		steps: 3,
		activeMs: 30,
		run: (signal, step) => ask(interval(signal, 10), step),
	},
	'two loops over one interval': {
		value: '0,1;0,1',
		steps: 4,
		flows: 2,
		activeMs: 20,
		run: async (signal, step) => {
			const seen = await all(signal, (inner) => {
				const ticks = interval(inner, 10);
				return [take(2, ticks, step), take(2, ticks, step)];
			});
			return seen.join(';');
		},
	},
};

for (const [name, scenario] of Object.entries(scenarios)) testEveryPoint(name, scenario);
