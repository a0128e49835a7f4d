// Sweeps a scenario, and looks at what a sweep cannot know of it: its steps, its value and its time.
import {expect, test} from '@jest/globals';
import {type PausableSignal, stopwatch} from 'pausable-signal';
import {leftOn, type SweepContext, type SweepRun, sweep} from 'pausable-signal/testing';

/** Some work to interrupt at each of its points. */
export interface Scenario {
	/** Starts it; the work is to call `step` for each thing that it does. */
	readonly run: (signal: PausableSignal, step: () => void, context: SweepContext) => Promise<unknown>;
	/** What it resolves with when nobody aborts it. */
	readonly value: unknown;
	/** How many steps that takes. */
	readonly steps: number;
	/** How many flows it has: each may finish the step that is under way at a pause. Default: 1. */
	readonly flows?: number;
	/** How many milliseconds it takes, without the pauses. */
	readonly activeMs?: number;
}

/** In each of these distances the later steps of an interruption come, and when nothing moves any more. */
const gaps = [0, 1, 2, 3, 5, 8, 13, 21];
/** What a test sets that lets time pass in a pause. */
const longPause = 1_000;

class Play {
	readonly #scenario: Scenario;
	readonly #signal: PausableSignal;
	#steps = 0;
	#stepsInPause = 0;
	#activeMs = 0;

	constructor(scenario: Scenario, signal: PausableSignal) {
		this.#scenario = scenario;
		this.#signal = signal;
	}

	async run(context: SweepContext): Promise<unknown> {
		const timer = setTimeout(() => {}, longPause);
		using watch = stopwatch(this.#signal);
		try {
			return await this.#scenario.run(this.#signal, () => this.#step(), context);
		} finally {
			clearTimeout(timer);
			this.#activeMs = watch.elapsed;
		}
	}

	#step(): void {
		this.#steps++;
		if (this.#signal.paused) this.#stepsInPause++;
	}

	check({interruption, aborted, outcome}: SweepRun): void {
		const {flows = 1, activeMs = this.#activeMs} = this.#scenario;
		const pauses = interruption?.startsWith('resume-pause') === true ? 2 : 1;
		expect(this.#stepsInPause).toBeLessThanOrEqual(flows * pauses);
		// Of an aborted signal, too: a sweep by itself does not mind that.
		expect(leftOn(this.#signal)).toEqual({listeners: 0, waiters: 0, followers: 0, children: 0});
		if (outcome.status !== 'fulfilled') return;
		const {value, steps} = this.#scenario;
		expect([outcome.value, this.#steps]).toEqual([value, steps]);
		// The clock stands still after an abort, from which some work is shielded.
		if (!aborted) expect(this.#activeMs).toBe(activeMs);
	}
}

// Some thousand runs, on a machine that others use as well.
const longest = 300_000;

/** Defines the test: each action at each point, its later steps at several distances. */
export function testEveryPoint(name: string, scenario: Scenario): void {
	test(
		`${name}, interrupted at every point`,
		async () => {
			const report = await sweep(
				(context) => {
					const play = new Play(scenario, context.signal);
					context.check((run) => play.check(run));
					return play.run(context);
				},
				{gaps, maxRuns: 100_000},
			);
			expect(report).toMatchObject({isSample: false, isEndless: false});
			expect(report.points).toBeGreaterThan(scenario.steps);
		},
		longest,
	);
}
