// Pauses, resumes and aborts at every microtask of a retry and of an all, two of them at all distances.
import {describe, expect, jest, test} from '@jest/globals';
import {all, delay, PausableController, type PausableSignal, retry} from 'pausable-signal';
import {useFakeTime} from './fake-time.ts';
import {leftOn, nothing, watched} from './kit.ts';

useFakeTime();

const busy = new Error('busy');
const reason = {why: 'enough'};

type Verb = (controller: PausableController) => void;

const pause: Verb = (controller) => void controller.pause();
const resume: Verb = (controller) => void controller.resume();
const abort: Verb = (controller) => controller.abort(reason);
const inOneTick =
	(...verbs: readonly Verb[]): Verb =>
	(controller) => {
		for (const verb of verbs) verb(controller);
	};

const pairs: readonly (readonly [string, Verb, Verb])[] = [
	['pause, then resume', pause, resume],
	['pause, then abort', pause, abort],
	['pause, then resume and abort in one tick', pause, inOneTick(resume, abort)],
	['pause, then resume and pause in one tick', pause, inOneTick(resume, pause)],
	['pause and resume in one tick, then pause', inOneTick(pause, resume), pause],
	['abort, then pause', abort, pause],
	['pause and abort in one tick, then resume', inOneTick(pause, abort), resume],
];

/** One microtask after the other, and a timer whenever enough of them have passed. */
async function run(steps: number, act: (step: number) => void): Promise<void> {
	for (let step = 0; step < steps; step++) {
		act(step);
		await Promise.resolve();
		if (step % 16 === 15) jest.runOnlyPendingTimers();
	}
}

/** Three attempts, of which the second makes the third begin at once. None begins while paused. */
async function retrying(signal: PausableSignal): Promise<unknown> {
	const pausedAtCalls: boolean[] = [];
	const result = await retry(
		signal,
		async (inner, _attempt, reset) => {
			pausedAtCalls.push(inner.paused);
			if (pausedAtCalls.length === 1) throw busy;
			if (pausedAtCalls.length === 2) {
				await inner.checkpoint();
				reset();
				throw busy;
			}
			await delay(inner, 5);
			return 'done';
		},
		{baseMs: 10},
	);
	expect(pausedAtCalls).toEqual([false, false, false]);
	return result;
}

/** Two entries with checkpoints and delays. It ends after both. */
async function together(signal: PausableSignal): Promise<unknown> {
	let ended = 0;
	const results = await all(signal, (inner) =>
		[0, 10].map(async (ms, index) => {
			try {
				await inner.checkpoint();
				await delay(inner, ms);
				await inner.checkpoint();
				return index;
			} finally {
				ended++;
			}
		}),
	).finally(() => expect(ended).toBe(2));
	return results.join();
}

const works = {retry: {work: retrying, value: 'done'}, all: {work: together, value: '0,1'}};
const steps = 72;

describe.each(Object.entries(works))('%s', (_name, {work, value}) => {
	async function scenario(act: (controller: PausableController, step: number) => void): Promise<void> {
		const controller = new PausableController();
		const {signal} = controller;
		const outcome = watched(work(signal));
		await run(steps, (step) => act(controller, step));
		// While paused nothing ticks; whatever is left needs only a resume to end.
		if (signal.paused) expect(jest.getTimerCount()).toBe(0);
		controller.resume();
		await run(steps, () => {});

		if (signal.aborted && outcome.state === 'rejected') expect(outcome.reason).toBe(reason);
		else expect(outcome).toEqual({state: 'resolved', value});
		expect(leftOn(signal)).toEqual(nothing);
		expect(jest.getTimerCount()).toBe(0);
	}

	test('left alone, it ends within the steps that are tried', async () => {
		const controller = new PausableController();
		const outcome = watched(work(controller.signal));
		await run(steps, () => {});
		expect(outcome).toEqual({state: 'resolved', value});
	});

	test.each(pairs)('%s', async (_verbs, first, second) => {
		for (let at = 0; at < steps; at++) {
			for (const distance of [0, 1, 2, 4, 9, 33]) {
				await scenario((controller, step) => {
					if (step === at) first(controller);
					if (step === at + distance) second(controller);
				});
			}
		}
	});
});
