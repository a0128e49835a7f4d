import {expectCount, expectMilliseconds, expectOneOf, expectOptions, wrongType} from '../core/index.ts';
import {actions, expectInterruption, type Interruption, type SweepAction} from './interruption.ts';

/** Options of {@link sweep}. */
export interface SweepOptions {
	/** What is tried at each point. Default: all four. */
	readonly actions?: readonly SweepAction[] | undefined;
	/**
	 * An action of several steps takes the later ones when nothing moves any more, and in further runs
	 * this many points after the one before; 0 is in the same tick. Default: `[1, 3]`.
	 */
	readonly gaps?: readonly number[] | undefined;
	/** Run this interruption alone, as a {@link SweepError} names it: `'abort@17'`. */
	readonly only?: string | undefined;
	/** Above this many runs the sweep takes an even sample. Default: 2,000. */
	readonly maxRuns?: number | undefined;
	/** Picks the sample, and the numbers of `Math.random`. Default: 1. */
	readonly seed?: number | undefined;
	/** A program that has not ended by then is taken to be endless, and aborted there. Default: 1,000 points. */
	readonly maxPoints?: number | undefined;
	/** After an abort the program must come to rest within this many points. Default: 100. */
	readonly settleWithin?: number | undefined;
	/** `'real'` for programs with real I/O: then the points are checkpoints alone. Default: `'virtual'`. */
	readonly time?: 'virtual' | 'real' | undefined;
	/** With real time, how many milliseconds without a point mean that it never settles. Default: 2,000. */
	readonly timeout?: number | undefined;
}

/** The options, complete. */
export interface Plan {
	readonly actions: readonly SweepAction[];
	readonly gaps: readonly number[];
	readonly only: Interruption | undefined;
	readonly maxRuns: number;
	readonly seed: number;
	readonly maxPoints: number;
	readonly settleWithin: number;
	readonly time: 'virtual' | 'real';
	readonly timeout: number;
}

export function expectSweepOptions(options: SweepOptions | undefined): Plan {
	expectOptions('options', options, '{actions}');
	const {only, time = 'virtual', timeout = 2_000, seed = 1} = options ?? {};
	return {
		actions: expectActions(options?.actions ?? actions),
		gaps: expectGaps(options?.gaps ?? [1, 3]),
		only: only === undefined ? undefined : expectInterruption('only', only),
		maxRuns: expectCount('maxRuns', options?.maxRuns ?? 2_000),
		seed: expectCount('seed', seed, 0),
		maxPoints: expectCount('maxPoints', options?.maxPoints ?? 1_000),
		settleWithin: expectCount('settleWithin', options?.settleWithin ?? 100),
		time: expectOneOf('time', ['virtual', 'real'], time),
		timeout: expectMilliseconds('timeout', timeout),
	};
}

function expectActions(value: unknown): readonly SweepAction[] {
	if (!Array.isArray(value)) throw wrongType('actions', `an array of ${actions.join(', ')}`, value);
	return value.map((action) => expectOneOf('actions', actions, action));
}

function expectGaps(value: unknown): readonly number[] {
	if (!Array.isArray(value)) throw wrongType('gaps', 'an array of whole numbers, 0 or more', value);
	return value.map((gap) => expectCount('gaps', gap, 0));
}
