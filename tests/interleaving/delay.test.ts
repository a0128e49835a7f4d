// Delays and deadlines, paused, resumed and aborted at every point.
import {all, deadline, delay, forever, PausableController, type PausableSignal} from 'pausable-signal';
import {type Scenario, testEveryPoint} from './kit.ts';

/** Waits for the end of a time limit. An abort that is not its own is thrown. */
async function outlast(limited: PausableSignal): Promise<string> {
	const error = await forever(limited).catch((reason: unknown) => reason);
	if ((error as {name?: string}).name === 'TimeoutError') return 'timed out';
	throw error;
}

const scenarios: Readonly<Record<string, Scenario>> = {
	'two delays': {
		value: 'done',
		steps: 2,
		activeMs: 25,
		run: async (signal, step) => {
			await delay(signal, 10);
			step();
			await delay(signal, 15);
			step();
			return 'done';
		},
	},
	'two delays on a child': {
		value: 'done',
		steps: 2,
		activeMs: 25,
		run: async (outer, step) => {
			using child = new PausableController({signal: outer});
			await delay(child.signal, 10);
			step();
			await delay(child.signal, 15);
			step();
			return 'done';
		},
	},
	'two delays at once': {
		value: 'done',
		steps: 2,
		flows: 2,
		activeMs: 20,
		run: async (signal, step) => {
			await all(signal, (inner) => [10, 20].map((ms) => delay(inner, ms).then(step)));
			return 'done';
		},
	},
	'no time, and a date that has passed': {
		value: 'done',
		steps: 2,
		activeMs: 0,
		run: async (signal, step) => {
			await delay(signal, 0);
			step();
			await delay(signal, new Date(0));
			step();
			return 'done';
		},
	},
	'delays by the wall clock': {
		value: 'done',
		steps: 2,
		run: async (signal, step) => {
			await delay(signal, 10, {clock: 'wall'});
			step();
			await delay(signal, new Date(Date.now() + 10));
			step();
			return 'done';
		},
	},
	'a deadline': {
		value: 'timed out',
		steps: 1,
		activeMs: 10,
		run: async (signal, step) => {
			const end = await outlast(deadline(signal, 10));
			step();
			return end;
		},
	},
	// It ends what is under it during a pause, too: an abort beats a pause.
	'a deadline by the wall clock': {
		value: 'timed out',
		steps: 0,
		run: (signal) => outlast(deadline(signal, 10, {clock: 'wall'})),
	},
};

for (const [name, scenario] of Object.entries(scenarios)) testEveryPoint(name, scenario);
