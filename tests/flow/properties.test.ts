// all, race and spawn under every order of ends, failures, cleanups and aborts that fast-check thinks of.
import {describe, expect, test} from '@jest/globals';
import * as fc from 'fast-check';
import {
	all,
	execute,
	isAbortError,
	PausableController,
	type PausableSignal,
	race,
	spawn,
} from 'pausable-signal';
import {leftOn, nothing, watched, type Watched} from './kit.ts';

/** How one piece of work goes. */
interface Plan {
	readonly end: 'value' | 'error';
	/** A deaf one does not hear the abort. */
	readonly onAbort: 'deaf' | 'at once' | 'later' | 'value' | 'error';
	readonly isPlain: boolean;
}

const plan: fc.Arbitrary<Plan> = fc.record({
	end: fc.constantFrom('value', 'value', 'error'),
	onAbort: fc.constantFrom('deaf', 'at once', 'later', 'value', 'error'),
	isPlain: fc.boolean(),
});

const situation = {
	plans: fc.array(plan, {minLength: 1, maxLength: 5}),
	aborts: fc.boolean(),
	pauses: fc.boolean(),
	isPlain: fc.boolean(),
};

interface Situation {
	readonly plans: readonly Plan[];
	readonly aborts: boolean;
	readonly pauses: boolean;
	/** Whether the outer signal is a plain AbortSignal. */
	readonly isPlain: boolean;
}

/** Notes in which order the pieces end, and how. */
class Course {
	readonly reason: object = {why: 'enough'};
	readonly ends: {readonly kind: 'value' | 'error' | 'abort'; readonly what: unknown}[] = [];
	readonly controller: AbortController;
	readonly #scheduler: fc.Scheduler;
	started = 0;

	constructor(scheduler: fc.Scheduler, {aborts, pauses, isPlain}: Situation) {
		this.#scheduler = scheduler;
		const controller = isPlain ? new AbortController() : new PausableController();
		this.controller = controller;
		if (aborts) void this.#later('abort').then(() => controller.abort(this.reason));
		if (pauses && controller instanceof PausableController) {
			void this.#later('pause').then(() => controller.pause());
			void this.#later('resume').then(() => controller.resume());
		}
	}

	#later(label: string): Promise<unknown> {
		return this.#scheduler.schedule(Promise.resolve(), label);
	}

	/** A piece of work that goes as planned, and is noted. */
	piece(signal: PausableSignal, {end, onAbort, isPlain}: Plan): Promise<string> | string {
		const name = `piece ${this.started++}`;
		if (isPlain && end === 'value') {
			this.ends.push({kind: 'value', what: name});
			return name;
		}
		return this.#noted(
			execute<string>(signal, (resolve, reject) => {
				void this.#later(`end of ${name}`).then(() =>
					end === 'value' ? resolve(name) : reject(new Error(`${name} failed`)),
				);
				return () => {
					switch (onAbort) {
						case 'deaf':
							return new Promise(() => {});
						case 'at once':
							return undefined;
						case 'later':
							return this.#later(`cleanup of ${name}`).then(() => {});
						case 'value':
							return resolve(`${name} saved`);
						case 'error':
							return this.#later(`cleanup of ${name}`).then(() => {
								throw new Error(`cleanup of ${name} failed`);
							});
					}
				};
			}),
			signal,
		);
	}

	async #noted(work: Promise<string>, signal: PausableSignal): Promise<string> {
		try {
			const what = await work;
			this.ends.push({kind: 'value', what});
			return what;
		} catch (error) {
			this.ends.push({kind: signal.aborted && error === signal.reason ? 'abort' : 'error', what: error});
			throw error;
		}
	}

	get firstError(): {readonly what: unknown} | undefined {
		return this.ends.find(({kind}) => kind === 'error');
	}

	/** Runs everything that is scheduled; the promise must not settle before the last piece has ended. */
	async outcomeOf<T>(promise: Promise<T>): Promise<Watched<T>> {
		let settled = 0;
		let endedBefore = -1;
		promise.then(
			() => (endedBefore = this.ends.length),
			() => (endedBefore = this.ends.length),
		);
		promise.then(
			() => settled++,
			() => settled++,
		);
		const outcome = watched(promise);
		await this.#scheduler.waitIdle();
		await new Promise((resolve) => setImmediate(resolve));
		expect(settled).toBe(1);
		expect(endedBefore).toBe(this.started);
		expect(leftOn(this.controller.signal)).toEqual(nothing);
		return outcome;
	}
}

function check(run: (course: Course, situation: Situation) => Promise<void>): Promise<void> {
	return fc.assert(
		fc.asyncProperty(fc.scheduler(), fc.record(situation), async (scheduler, given) =>
			run(new Course(scheduler, given), given),
		),
		{numRuns: 500},
	);
}

describe('each of these settles once, after its last part, and leaves nothing', () => {
	test('all', () =>
		check(async (course, {plans}) => {
			let inner: PausableSignal | undefined;
			const outcome = await course.outcomeOf(
				all(course.controller.signal, (signal) => {
					inner = signal;
					return plans.map((one) => course.piece(signal, one));
				}),
			);
			if (course.firstError !== undefined) {
				expect(outcome).toEqual({state: 'rejected', reason: course.firstError.what});
				expect(inner?.aborted).toBe(true);
			} else if (course.ends.some(({kind}) => kind === 'abort')) {
				expect(outcome).toEqual({state: 'rejected', reason: course.reason});
				expect(inner?.reason).toBe(course.reason);
			} else {
				expect(outcome.value).toEqual(plans.map((_, index) => expect.stringMatching(`^piece ${index}`)));
			}
		}));

	test('race', () =>
		check(async (course, {plans}) => {
			let inner: PausableSignal | undefined;
			const outcome = await course.outcomeOf(
				race(course.controller.signal, (signal) => {
					inner = signal;
					return plans.map((one) => course.piece(signal, one));
				}),
			);
			expect(inner?.aborted).toBe(true);
			const [first] = course.ends;
			if (course.firstError !== undefined) {
				expect(outcome).toEqual({state: 'rejected', reason: course.firstError.what});
			} else if (first?.kind === 'abort') {
				expect(outcome).toEqual({state: 'rejected', reason: course.reason});
			} else {
				// Plain values are there before anything else.
				const plain = plans.findIndex(({isPlain, end}) => isPlain && end === 'value');
				expect(outcome.value).toBe(plain === -1 ? first?.what : `piece ${plain}`);
			}
		}));

	test('spawn, its forks and its deferred functions', () =>
		check(async (course, {plans: [main, ...forks]}) => {
			const log: string[] = [];
			let inner: PausableSignal | undefined;
			let mainEnd: unknown;
			const outcome = await course.outcomeOf(
				spawn(course.controller.signal, async (signal, {fork, defer}) => {
					inner = signal;
					defer(() => void log.push(`first, after ${course.ends.length}`));
					defer(() => void log.push(`second, after ${course.ends.length}`));
					for (const one of forks) fork((forkSignal) => course.piece(forkSignal, one));
					return (mainEnd = await course.piece(signal, main!));
				}),
			);
			expect(inner?.aborted).toBe(true);
			expect(log).toEqual([`second, after ${course.started}`, `first, after ${course.started}`]);
			if (course.firstError !== undefined) {
				expect(outcome).toEqual({state: 'rejected', reason: course.firstError.what});
				if (!Object.is(inner?.reason, course.reason)) expect(isAbortError(inner?.reason)).toBe(true);
			} else if (mainEnd === undefined) {
				expect(outcome).toEqual({state: 'rejected', reason: course.reason});
			} else {
				expect(outcome).toEqual({state: 'resolved', value: mainEnd});
			}
		}));
});
