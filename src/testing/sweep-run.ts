import {describe, PausableController} from '../core/index.ts';
import {type Interruption, nameOf, steps, type Verb} from './interruption.ts';
import {type Leftovers, leftOn} from './left-on.ts';
import {Origins} from './origins.ts';
import {afterRealTime, afterTurn, hasRequests} from './platform.ts';
import {createPulse, type Pulse} from './pulse.ts';
import type {RejectionWatch} from './rejections.ts';
import {type Program, type SweepRun, Work} from './sweep-context.ts';
import type {Plan} from './sweep-options.ts';
import type {VirtualTime} from './virtual-time.ts';

/** The kinds of faults that a sweep finds. */
export type FaultKind =
	| 'fails when left alone'
	| 'fails after a pause'
	| 'rejects with a wrong reason'
	| 'never settles'
	| 'works on after the abort'
	| 'leaves something on the signal'
	| 'leaves a timer'
	| 'leaves a rejection unhandled'
	| 'fails a check';

/** One fault of one run. */
export interface Fault {
	readonly kind: FaultKind;
	/** The observation. */
	readonly message: string;
	readonly cause?: unknown;
}

/** The result of a run. */
export interface RunResult {
	/** How many points it had. */
	readonly points: number;
	/** Whether it was still running at the limit, and was aborted there. */
	readonly isEndless: boolean;
	readonly faults: readonly Fault[];
	/** The place of the interruption in the program's code, if it is traced. */
	readonly place: string | undefined;
}

/** The parts that all runs of a sweep share. */
export interface Stage {
	readonly plan: Plan;
	/** Undefined in real time. */
	readonly time: VirtualTime | undefined;
	readonly rejections: RejectionWatch;
}

/** The most timers that fire during a pause: work that ignores the pause may have an interval. */
const timersInPause = 20;
/** With real time: after this many milliseconds without a point, a program counts as at rest. */
const realRest = 20;

/**
 * One run of the program, interrupted once or not at all.
 *
 * Invariants:
 *
 * 1. The points before the interruption are the same in every run of a program that does not depend on
 *    an earlier run: time, `Math.random` and the order of jobs are.
 * 2. Time moves only when nothing else can, so a point never depends on how fast the machine is.
 * 3. The run is over when the program and its tasks have ended and nothing moves, or when nothing can
 *    move any more.
 */
export class Run {
	readonly #stage: Stage;
	readonly #interruption: Interruption | undefined;
	readonly #steps: (readonly Verb[])[];
	readonly #controller: PausableController;
	readonly #reason: DOMException;
	readonly #pulse: Pulse;
	readonly #origins: Origins | undefined;
	readonly #work: Work;
	readonly #faults: Fault[] = [];
	#points = 0;
	#nextStepAt: number;
	#abortedAt = Infinity;
	#isEndless = false;
	#hasActed = false;
	#place: string | undefined;
	#timersLeft = timersInPause;

	constructor(stage: Stage, interruption: Interruption | undefined, isTracing = false) {
		this.#stage = stage;
		this.#interruption = interruption;
		this.#steps = interruption === undefined ? [] : [...steps[interruption.action]];
		this.#nextStepAt = interruption?.at ?? Infinity;
		const where = interruption === undefined ? 'at its limit' : nameOf(interruption);
		this.#reason = new DOMException(`Aborted by sweep, ${where}`, 'AbortError');
		this.#controller = new PausableController({name: 'sweep'});
		this.#pulse = createPulse(stage.plan.time, isTracing);
		this.#work = new Work(() => this.#pulse.calm?.());
		this.#origins = isTracing ? new Origins(this.#controller.signal) : undefined;
	}

	/** Runs the program to its end. Never rejects. */
	async play(program: Program): Promise<RunResult> {
		await new Promise<void>((resolve) => {
			// In a later turn, so that no earlier job counts as a point of this run, and no stack of the run
			// leads to the sweep's caller.
			afterTurn(() => {
				this.#begin(program);
				this.#turn(resolve);
			});
		});
		this.#pulse.stop();
		await this.#judge();
		return {
			points: this.#points,
			isEndless: this.#isEndless,
			faults: this.#faults,
			place: this.#place,
		};
	}

	#begin(program: Program): void {
		if (this.#nextStepAt === 0) this.#step();
		this.#pulse.start(() => this.#point());
		this.#pulse.within(() => this.#work.start(program, this.#controller.signal));
	}

	#point(): void {
		this.#points++;
		if (this.#points === this.#nextStepAt) this.#step();
		if (this.#points === this.#limit && !this.#work.hasEnded) {
			this.#isEndless = true;
			this.#abort();
		}
	}

	get #limit(): number {
		return this.#stage.plan.maxPoints + (this.#interruption?.at ?? 0);
	}

	#step(): void {
		this.#place ??= this.#pulse.place;
		this.#hasActed = true;
		const verbs = this.#steps.shift() ?? [];
		this.#pulse.within(() => verbs.forEach((verb) => this.#do(verb)), this.#turnsAfter(verbs));
		const gap = this.#steps.length > 0 ? this.#interruption?.gap : undefined;
		this.#nextStepAt = this.#points + (gap ?? Infinity);
		if (gap === 0) this.#step();
	}

	#do(verb: Verb): void {
		if (verb === 'abort') this.#abort();
		else this.#controller[verb]('sweep');
	}

	/** Follows work for longer after an abort: work that swallows it may reach no checkpoint again. */
	#turnsAfter(verbs: readonly Verb[]): number | undefined {
		return verbs.includes('abort') && !this.#work.hasEnded ? this.#stage.plan.settleWithin * 2 : undefined;
	}

	#abort(): void {
		if (this.#controller.signal.aborted) return;
		this.#abortedAt = this.#points;
		this.#hasActed = true;
		this.#controller.abort(this.#reason);
	}

	/** Whether the interruption has begun, and has more steps. */
	get #isInterrupting(): boolean {
		const {action = 'abort'} = this.#interruption ?? {};
		return this.#steps.length > 0 && this.#steps.length < steps[action].length;
	}

	// Runs all that can run without time passing, and then lets time pass, until nothing is left.
	#turn(done: () => void): void {
		if (this.#stage.time === undefined) this.#turnInRealTime(done);
		else
			afterTurn(() => {
				if (hasRequests() || this.#goOn()) this.#turn(done);
				else done();
			});
	}

	#turnInRealTime(done: () => void, points = this.#points, waited = 0): void {
		afterRealTime(() => {
			if (this.#points !== points) return this.#turnInRealTime(done);
			const isOver = this.#work.hasEnded || waited >= this.#stage.plan.timeout;
			if (isOver && !this.#isInterrupting) return done();
			if (this.#isInterrupting) this.#step();
			return this.#turnInRealTime(done, points, waited + realRest);
		}, realRest);
	}

	/** Returns whether there was anything to do. A standstill is a point, too. */
	#goOn(): boolean {
		if (this.#work.hasEnded && !this.#isInterrupting) return false;
		this.#hasActed = false;
		this.#point();
		if (this.#hasActed) return true;
		if (!this.#work.hasEnded) this.#abortedAt += this.#pulse.surplus ?? 0;
		if (this.#isInterrupting) return this.#goOnInPause();
		if (this.#points - this.#abortedAt > this.#stage.plan.settleWithin * 10) return false;
		return this.#passTime();
	}

	/** Runs the next timer, if there is one. */
	#passTime(): boolean {
		let hasPassed = false;
		this.#pulse.within(() => (hasPassed = this.#stage.time?.next() === true));
		return hasPassed;
	}

	#goOnInPause(): boolean {
		if (this.#nextStepAt !== Infinity) return true;
		const hasTimer = this.#timersLeft > 0 && this.#passTime();
		if (hasTimer) this.#timersLeft--;
		else this.#step();
		return true;
	}

	async #judge(): Promise<void> {
		this.#judgeOutcome();
		this.#judgeRest();
		for (const cause of this.#stage.rejections.take()) {
			const message = `a promise rejected with ${told(cause)}, and nobody handled it`;
			this.#faults.push({kind: 'leaves a rejection unhandled', message, cause});
		}
		for (const check of this.#work.checks) await this.#try(() => check(this.#run));
		// Work that never settles must not continue in the next run.
		this.#abort();
		for (const cleanup of this.#work.cleanups) await this.#try(cleanup);
		await new Promise<void>((resolve) => afterTurn(resolve));
		this.#stage.rejections.take();
	}

	get #run(): SweepRun {
		const interruption = this.#interruption === undefined ? undefined : nameOf(this.#interruption);
		return {interruption, aborted: this.#controller.signal.aborted, outcome: this.#work.outcome};
	}

	#judgeOutcome(): void {
		const {aborted} = this.#controller.signal;
		const outcome = this.#work.outcome;
		const afterAbort = this.#points - this.#abortedAt;
		if (!this.#work.hasEnded) {
			const {time, timeout} = this.#stage.plan;
			const quiet = time === 'real' ? `for ${timeout} ms` : 'with nothing parked and no timer set';
			const message = `it stands still ${aborted ? 'after the abort' : quiet}`;
			this.#faults.push({kind: 'never settles', message});
		} else if (afterAbort > this.#stage.plan.settleWithin) {
			const message = `it did ${afterAbort} more points after the abort`;
			this.#faults.push({kind: 'works on after the abort', message});
		}
		if (outcome.status !== 'rejected') return;
		const {reason: cause} = outcome;
		const message = `it rejected with ${told(cause)}`;
		if (!aborted) {
			const isAlone = this.#interruption === undefined;
			this.#faults.push({kind: isAlone ? 'fails when left alone' : 'fails after a pause', message, cause});
		} else if (cause !== this.#reason) {
			this.#faults.push({kind: 'rejects with a wrong reason', message, cause});
		}
	}

	#judgeRest(): void {
		if (!this.#work.hasEnded) return;
		const timers = this.#stage.time?.pending ?? 0;
		if (timers > 0) this.#faults.push({kind: 'leaves a timer', message: `${timers} still set at the end`});
		// An aborted signal never fires again, so anything left on it does no harm.
		if (this.#controller.signal.aborted) return;
		const left = Object.entries(leftOn(this.#controller.signal)) as [keyof Leftovers, number][];
		const kinds = left.filter(([, count]) => count > 0).map(([kind, count]) => numbered(kind, count));
		if (kinds.length === 0) return;
		const origins = (this.#origins?.left ?? []).map((origin) => `\n  ${origin}`);
		const message = `${kinds.join(', ')} at the end${origins.join('')}`;
		this.#faults.push({kind: 'leaves something on the signal', message});
	}

	async #try(fn: () => unknown): Promise<void> {
		try {
			await fn();
		} catch (cause) {
			this.#faults.push({kind: 'fails a check', message: told(cause), cause});
		}
	}
}

function numbered(kind: keyof Leftovers, count: number): string {
	const one = kind === 'children' ? 'child' : kind.slice(0, -1);
	return `${count} ${count === 1 ? one : kind}`;
}

/** An error as its own text, and anything else as error messages show it. */
function told(cause: unknown): string {
	const {name, message} = Object(cause) as {name?: unknown; message?: unknown};
	return typeof message === 'string' ? `${String(name)}: ${message}` : describe(cause);
}
