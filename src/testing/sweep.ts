import {expectFunction} from '../core/index.ts';
import {actions, type Interruption, steps} from './interruption.ts';
import {RejectionWatch} from './rejections.ts';
import {SeededRandom} from './seeded-random.ts';
import {type FoundFault, SweepError} from './sweep-error.ts';
import {expectSweepOptions, type Plan, type SweepOptions} from './sweep-options.ts';
import {
	type FaultKind,
	type Program,
	Run,
	type RunResult,
	type Stage,
	type SweepContext,
} from './sweep-run.ts';
import {virtualTime} from './virtual-time.ts';

/** What a {@link sweep} that found no fault tells of itself. */
export interface SweepReport {
	/** How many points the program has when it is left alone. */
	readonly points: number;
	/** How many interruptions were tried. */
	readonly runs: number;
	/** Whether that was a sample, because there were more than `maxRuns`. */
	readonly isSample: boolean;
	/** Whether the program was still running at `maxPoints`, and was aborted there. */
	readonly isEndless: boolean;
	readonly seed: number;
}

/**
 * Runs a program once for each of its points, interrupted just there, and looks at what it does.
 *
 * Use it to test that code which can be paused and aborted ends when it is aborted, loses nothing in a
 * pause and leaves nothing behind, at every point and without sleeping. The program is called anew for
 * each run, with a context that has the signal to work on. It must not depend on what an earlier run
 * left, and must end, unless it only ends when it is aborted.
 *
 * Each run looks for a promise that never settles, an unhandled rejection, something left on the signal,
 * a timer left, work that goes on after the abort, a rejection that is not the very reason of the abort,
 * a failure after a mere pause, and whatever `context.check()` says. Time is virtual and jumps: a
 * program that sleeps for an hour takes no time. `Math.random` gives the same numbers in each run.
 *
 * Resolves with a report. Rejects with a {@link SweepError} that names the first fault of each kind, where
 * in the program it happened and how to run that one alone; with a `TypeError` or `RangeError` on a bad
 * option, and with an `Error` when there is no virtual time to be had ({@link virtualTime}).
 *
 * @example
 * ```ts
 * import {delay} from 'pausable-signal';
 * import {sweep} from 'pausable-signal/testing';
 *
 * const report = await sweep(async ({signal, check}) => {
 * 	const sent: string[] = [];
 * 	check(({aborted}) => {
 * 		if (!aborted && sent.join() !== 'hello,world') throw new Error('a word was lost');
 * 	});
 * 	for (const word of ['hello', 'world']) {
 * 		await delay(signal, 60_000);
 * 		sent.push(word);
 * 	}
 * });
 * report.runs > 20; // => true
 * ```
 */
export async function sweep(
	program: (context: SweepContext) => unknown,
	options?: SweepOptions,
): Promise<SweepReport> {
	expectFunction('program', program);
	const plan = expectSweepOptions(options);
	const time = plan.time === 'virtual' ? virtualTime() : undefined;
	const rejections = new RejectionWatch();
	const random = new SeededRandom(plan.seed);
	const stage: Stage = {plan, time, rejections};
	try {
		return await new Sweep(program, stage, random).run();
	} finally {
		random.dispose();
		rejections.stop();
		time?.dispose();
	}
}

class Sweep {
	readonly #program: Program;
	readonly #stage: Stage;
	readonly #random: SeededRandom;
	readonly #found = new Map<FaultKind, {interruption: Interruption | undefined; runs: number}>();

	constructor(program: Program, stage: Stage, random: SeededRandom) {
		this.#program = program;
		this.#stage = stage;
		this.#random = random;
	}

	async run(): Promise<SweepReport> {
		const {plan} = this.#stage;
		const {points, isEndless} = await this.#play(plan.only);
		// What fails when left alone fails everywhere: only that is worth telling.
		const all = plan.only !== undefined || this.#found.size > 0 ? [] : interruptions(plan, points);
		const sample = pick(all, plan.maxRuns, this.#random);
		for (const interruption of sample) await this.#play(interruption);
		if (this.#found.size > 0) throw new SweepError(await this.#explain());
		const isSample = sample.length < all.length;
		return {points, runs: sample.length, isSample, isEndless, seed: plan.seed};
	}

	async #play(interruption: Interruption | undefined): Promise<RunResult> {
		const result = await this.#once(interruption, false);
		for (const kind of new Set(result.faults.map((fault) => fault.kind))) {
			const found = this.#found.get(kind);
			if (found === undefined) this.#found.set(kind, {interruption, runs: 1});
			else found.runs++;
		}
		return result;
	}

	async #once(interruption: Interruption | undefined, isTracing: boolean): Promise<RunResult> {
		this.#stage.time?.reset();
		this.#random.reset();
		return new Run(this.#stage, interruption, isTracing).play(this.#program);
	}

	// Each fault is shown once more, with the place: to trace places in all runs would take too long.
	async #explain(): Promise<FoundFault[]> {
		const faults: FoundFault[] = [];
		for (const [kind, {interruption, runs}] of this.#found) {
			const {faults: again, place} = await this.#once(interruption, true);
			const fault = again.find((one) => one.kind === kind) ?? {kind, message: 'but not when run once more'};
			faults.push({fault, interruption, place, runs});
		}
		return faults;
	}
}

/** The simplest ones first: a fault is told by the first that shows it. */
function interruptions({actions: chosen, gaps, maxPoints}: Plan, points: number): Interruption[] {
	const all: Interruption[] = [];
	// Before the program comes last: a place in it tells more.
	const order = [...Array.from({length: Math.min(points, maxPoints)}, (_, index) => index + 1), 0];
	for (const action of actions.filter((one) => chosen.includes(one))) {
		for (const gap of steps[action].length === 1 ? [undefined] : [undefined, ...gaps])
			for (const at of order) all.push({action, at, gap});
	}
	return all;
}

/** An even sample: one of each stretch of the same length. */
function pick<T>(all: readonly T[], count: number, random: SeededRandom): readonly T[] {
	if (all.length <= count) return all;
	const stretch = all.length / count;
	const offset = random.next();
	return Array.from({length: count}, (_, index) => all[Math.floor((index + offset) * stretch)] as T);
}
