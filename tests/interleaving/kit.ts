/**
 * Runs a scenario once for each of its moments, with something done to it just then.
 *
 * A moment is the beginning of any job that the event loop runs: each promise job of the work by
 * itself, wherever it stands among the others, and each standstill, where only a timer could go on.
 */
import {createHook} from 'node:async_hooks';
import {expect, jest, test} from '@jest/globals';
import {PausableController, type PausableSignal} from 'pausable-signal';
import {leftOn, nothing, watched} from '../flow/kit.ts';

// As they were at the start: fake timers must not stop the clockwork.
const {setImmediate} = globalThis;

/** Work under way, and the verbs of whoever controls it. */
export interface Subject {
	/** What is paused. */
	readonly signal: PausableSignal;
	/** What stands above it, if anything does: nothing may be left there either. */
	readonly outer?: PausableSignal;
	readonly result: Promise<unknown>;
	pause(): void;
	resume(): void;
	abort(reason: unknown): void;
	/** What is wrong with it, looked at whenever nothing moves and at the end. */
	complaint?(isOver: boolean): string | undefined;
}

/** Some work to try at each of its moments. */
export interface Scenario {
	/** Starts it; the work is to call `step` for each thing that it does. */
	start(step: () => void): Subject;
	/** What it resolves with when nobody aborts it. */
	readonly value: unknown;
	/** How many steps that takes. */
	readonly steps: number;
	/** How many flows it has: each may finish the step that is under way at a pause. Default: 1. */
	readonly flows?: number;
	/** How many milliseconds it takes, without the pauses. */
	readonly activeMs?: number;
	/** It has timers that run on during a pause. */
	readonly wall?: boolean;
}

export type Verb = 'pause' | 'resume' | 'abort';

/** What is done in one tick, and how many moments after the act before it, or after the start. */
interface Act {
	readonly after: number;
	readonly verbs: readonly Verb[];
}

const reason = {why: 'enough'};

class Play {
	readonly #scenario: Scenario;
	readonly #acts: Act[];
	readonly complaints = new Set<string>();
	#subject: Subject | undefined;
	#moments = 0;
	#untilAct: number;
	#steps = 0;
	#activeMs = 0;
	/** How many steps may still be done during this pause. */
	#underWay = 0;
	#isAborted = false;
	#hasMoved = false;

	constructor(scenario: Scenario, acts: readonly Act[]) {
		this.#scenario = scenario;
		this.#acts = [...acts];
		this.#untilAct = acts[0]?.after ?? Infinity;
	}

	/** Plays it to the end, and says how many moments it had. */
	async run(): Promise<number> {
		const hook = createHook({before: () => this.#tick()});
		hook.enable();
		try {
			const subject = (this.#subject = this.#scenario.start(() => this.#step()));
			const outcome = watched(subject.result);
			while (await this.#goesOn(subject, () => outcome.state !== 'pending'));
			this.#checkOutcome(outcome);
			this.#checkLeftovers(subject);
		} finally {
			hook.disable();
		}
		return this.#moments;
	}

	#tick(): void {
		this.#moments++;
		if (--this.#untilAct < 0) this.#act();
	}

	#act(): void {
		const subject = this.#subject;
		// The scenario is being started: nobody has its verbs yet.
		if (subject === undefined) return;
		const wasPaused = subject.signal.paused;
		for (const verb of this.#acts.shift()?.verbs ?? []) {
			if (verb === 'abort') this.#isAborted = true;
			subject[verb](reason);
		}
		this.#untilAct = (this.#acts[0]?.after ?? Infinity) - 1;
		if (!wasPaused && subject.signal.paused) this.#underWay = this.#scenario.flows ?? 1;
		this.#hasMoved = true;
	}

	#step(): void {
		this.#steps++;
		if (this.#subject?.signal.paused !== true) return;
		if (--this.#underWay < 0) this.complaints.add('a step was done while paused');
	}

	/** Lets everything run that can without time passing; then what is next, if anything is. */
	async #goesOn(subject: Subject, isSettled: () => boolean): Promise<boolean> {
		this.#hasMoved = false;
		await new Promise((resolve) => setImmediate(resolve));
		if (this.#hasMoved) return true;
		this.#checkStandstill(subject);
		if (isSettled() && this.#acts.length === 0) return false;
		if (jest.getTimerCount() > 0) this.#passTime(subject);
		else if (this.#acts.length > 0) this.#act();
		else if (subject.signal.paused) resumeLater(subject);
		else {
			this.complaints.add('it never settles');
			return false;
		}
		return true;
	}

	#passTime(subject: Subject): void {
		const {paused} = subject.signal;
		const before = performance.now();
		jest.advanceTimersToNextTimer();
		if (!paused) this.#activeMs += performance.now() - before;
	}

	#checkStandstill(subject: Subject): void {
		this.#complain(subject.complaint?.(false));
		if (!subject.signal.paused) return;
		this.#underWay = 0;
		if (this.#scenario.wall !== true && jest.getTimerCount() > 0)
			this.complaints.add('time passes while paused');
	}

	#checkOutcome({state, value, reason: error}: {state: string; value?: unknown; reason?: unknown}): void {
		if (state === 'rejected') {
			if (!this.#isAborted || error !== reason) this.complaints.add(`it rejects with ${String(error)}`);
		} else if (state === 'resolved') {
			if (value !== this.#scenario.value) this.complaints.add(`it resolves with ${String(value)}`);
			if (this.#steps !== this.#scenario.steps) this.complaints.add(`it does ${this.#steps} steps`);
			const {activeMs = this.#activeMs} = this.#scenario;
			if (this.#activeMs !== activeMs) this.complaints.add(`it takes ${this.#activeMs} ms`);
		}
	}

	#checkLeftovers(subject: Subject): void {
		this.#complain(subject.complaint?.(true));
		this.#checkSignal(subject.signal);
		if (subject.outer !== undefined) this.#checkSignal(subject.outer);
		if (jest.getTimerCount() > 0) this.complaints.add('it leaves timers');
		jest.clearAllTimers();
	}

	#checkSignal(signal: PausableSignal): void {
		const left = leftOn(signal);
		const kinds = Object.keys(nothing) as (keyof typeof nothing)[];
		for (const kind of kinds) if (left[kind] > 0) this.complaints.add(`it leaves ${kind}`);
	}

	#complain(complaint: string | undefined): void {
		if (complaint !== undefined) this.complaints.add(complaint);
	}
}

function resumeLater(subject: Subject): void {
	jest.advanceTimersByTime(7);
	subject.resume();
}

/** Work on the signal of a controller, and the controller's verbs. */
export function control(work: (signal: PausableSignal) => Promise<unknown>): Subject {
	const controller = new PausableController();
	const {signal} = controller;
	return {
		signal,
		result: work(signal),
		pause: () => void controller.pause(),
		resume: () => void controller.resume(),
		abort: (why) => controller.abort(why),
	};
}

/** Plays a scenario once, and says how many moments it had. */
async function countMoments(scenario: Scenario): Promise<number> {
	return new Play(scenario, []).run();
}

/** What is wrong when these acts are done. */
async function complaintsOf(scenario: Scenario, acts: readonly Act[]): Promise<string[]> {
	const play = new Play(scenario, acts);
	await play.run();
	const when = acts.map(({after, verbs}) => `${verbs.join(' and ')} after ${after}`).join(', ');
	return [...play.complaints].map((complaint) => `${when}: ${complaint}`);
}

/** What is done: one act after the other, each of verbs in one tick. */
const scripts: readonly (readonly (readonly Verb[])[])[] = [
	[['pause']],
	[['abort']],
	[['pause', 'resume']],
	[['pause', 'abort']],
	[['abort', 'pause']],
	[['pause', 'resume', 'abort']],
	[['pause', 'resume', 'pause']],
	[['pause'], ['resume']],
	[['pause'], ['abort']],
	[['pause'], ['resume', 'pause']],
	[['pause'], ['resume', 'abort']],
	[['pause'], ['abort', 'resume']],
	[['pause', 'resume'], ['pause']],
	[['abort'], ['pause']],
	[['pause'], ['resume'], ['pause']],
	[['pause'], ['resume'], ['abort']],
];

// All pairs of moments take a minute a file; these find what all of them find.
const isThorough = process.env['INTERLEAVING'] === 'all';
const distances = {pair: [1, 2, 3, 5, 8, 13, 21], triple: [1, 2, 4]};

/** How many moments the acts after the first one may come after the act before them. */
function waitsFor(acts: number, moments: number): readonly (readonly number[])[] {
	if (acts === 1) return [[]];
	if (acts === 2) {
		const all = Array.from({length: moments}, (_, index) => index + 1);
		return (isThorough ? all : distances.pair).map((after) => [after]);
	}
	return distances.triple.flatMap((second) => distances.triple.map((third) => [second, third]));
}

function* variants(script: readonly (readonly Verb[])[], moments: number): Iterable<Act[]> {
	for (let first = 0; first <= moments; first++) {
		for (const later of waitsFor(script.length, moments))
			yield script.map((verbs, index) => ({verbs, after: index === 0 ? first : (later[index - 1] ?? 1)}));
	}
}

const told = (script: readonly (readonly Verb[])[]): string =>
	script.map((verbs) => verbs.join(' and ')).join(', later ');

/**
 * Defines the tests: each script begun at each moment, its later acts at several distances; with
 * `INTERLEAVING=all` in the environment, all pairs of moments.
 */
export function testEveryMoment(scenario: Scenario): void {
	test('left alone, it does all its steps', async () => {
		expect(await complaintsOf(scenario, [])).toEqual([]);
	});

	test.each(scripts.map((script) => [told(script), script] as const))(
		'at any moment: %s',
		async (_told, script) => {
			const moments = await countMoments(scenario);
			const complaints: string[] = [];
			for (const acts of variants(script, moments)) complaints.push(...(await complaintsOf(scenario, acts)));
			expect(complaints).toEqual([]);
		},
	);
}
