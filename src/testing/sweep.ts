import {expectFunction} from '../core/index.ts';
import {actions, type Interruption, steps} from './interruption.ts';
import {RejectionWatch} from './rejections.ts';
import {SeededRandom} from './seeded-random.ts';
import {type FoundFault, SweepError} from './sweep-error.ts';
import {expectSweepOptions, type Plan, type SweepOptions} from './sweep-options.ts';
import type {Program, SweepContext} from './sweep-context.ts';
import {type Fault, type FaultKind, Run, type RunResult, type Stage} from './sweep-run.ts';
import {virtualTime} from './virtual-time.ts';

/** The report of a {@link sweep} that found no fault. */
export interface SweepReport {
	/** The number of points that the program has without an interruption. */
	readonly points: number;
	/** The number of interruptions that it tried. */
	readonly runs: number;
	/** Whether that was only a sample, because there are more than `maxRuns`. */
	readonly isSample: boolean;
	/** Whether the program was still running at `maxPoints`, and was aborted there. */
	readonly isEndless: boolean;
	readonly seed: number;
}

/**
 * Runs a program once for each of its points, interrupts it just there, and checks how it ends.
 *
 * Use it to test that code ends when it is aborted, loses nothing in a pause and leaves nothing behind,
 * at every point and without sleeping. Each run calls the program again, with a context that has the
 * signal to work on. The program must not depend on earlier runs, and must end, at least when it is
 * aborted.
 *
 * Each run looks for a promise that never settles, an unhandled rejection, something left on the signal,
 * a timer left, work that continues after the abort, a rejection with anything but the reason of the
 * abort, a failure after a mere pause, and faults that `context.check()` finds. Time is virtual and
 * jumps: a program that sleeps for an hour takes no time. `Math.random` gives the same numbers in each
 * run.
 *
 * Resolves with a report. Rejects with a {@link SweepError} that has the first fault of each kind, its
 * place in the program and how to run only that one; with a `TypeError` or `RangeError` on a bad option,
 * and with an `Error` if there is no virtual time ({@link virtualTime}). It is no checkpoint, and takes
 * no signal.
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
	readonly #found = new Map<
		FaultKind,
		{fault: Fault; interruption: Interruption | undefined; runs: number}
	>();

	constructor(program: Program, stage: Stage, random: SeededRandom) {
		this.#program = program;
		this.#stage = stage;
		this.#random = random;
	}

	async run(): Promise<SweepReport> {
		const {plan} = this.#stage;
		const {points, isEndless} = await this.#play(plan.only);
		// A program that fails without an interruption fails everywhere: then only that fault is of use.
		const all = plan.only !== undefined || this.#found.size > 0 ? [] : interruptions(plan, points);
		const sample = pick(all, plan.maxRuns, this.#random);
		for (const interruption of sample) await this.#play(interruption);
		if (this.#found.size > 0) throw new SweepError(await this.#explain(), plan);
		const isSample = sample.length < all.length;
		return {points, runs: sample.length, isSample, isEndless, seed: plan.seed};
	}

	async #play(interruption: Interruption | undefined): Promise<RunResult> {
		const result = await this.#once(interruption, false);
		for (const [kind, fault] of new Map(result.faults.map((one) => [one.kind, one]))) {
			const found = this.#found.get(kind);
			if (found === undefined) this.#found.set(kind, {fault, interruption, runs: 1});
			else found.runs++;
		}
		return result;
	}

	async #once(interruption: Interruption | undefined, isTracing: boolean): Promise<RunResult> {
		this.#stage.time?.reset();
		this.#random.reset();
		return new Run(this.#stage, interruption, isTracing).play(this.#program);
	}

	// Runs each fault once more, to find its place: tracing places in all runs would take too long.
	async #explain(): Promise<FoundFault[]> {
		const faults: FoundFault[] = [];
		for (const [kind, {fault: first, interruption, runs}] of this.#found) {
			const {faults: again, place} = await this.#once(interruption, true);
			const unseen = {...first, message: `${first.message} (and not when run once more)`};
			faults.push({fault: again.find((one) => one.kind === kind) ?? unseen, interruption, place, runs});
		}
		return faults;
	}
}

/** The interruptions, the simplest ones first, because the first that shows a fault reports it. */
function interruptions({actions: chosen, gaps, maxPoints}: Plan, points: number): Interruption[] {
	const all: Interruption[] = [];
	// Point 0, before the program, comes last, because a place inside the program says more.
	const order = [...Array.from({length: Math.min(points, maxPoints)}, (_, index) => index + 1), 0];
	for (const action of actions.filter((one) => chosen.includes(one))) {
		for (const gap of steps[action].length === 1 ? [undefined] : [undefined, ...gaps])
			for (const at of order) all.push({action, at, gap});
	}
	return all;
}

/** An even sample: one of each section of the same length. */
function pick<T>(all: readonly T[], count: number, random: SeededRandom): readonly T[] {
	if (all.length <= count) return all;
	const stretch = all.length / count;
	const offset = random.next();
	return Array.from({length: count}, (_, index) => all[Math.floor((index + offset) * stretch)] as T);
}
