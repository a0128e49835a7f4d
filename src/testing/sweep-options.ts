import {expectCount, expectMilliseconds, expectOneOf, expectOptions, wrongType} from '../core/index.ts';
import {actions, expectInterruption, type Interruption, nameOf, type SweepAction} from './interruption.ts';

/** Options of {@link sweep}. */
export interface SweepOptions {
	/** The actions to try at each point. Default: all four. */
	readonly actions?: readonly SweepAction[] | undefined;
	/**
	 * An action of several steps takes the later steps when nothing moves any more, and in further runs
	 * this many points after the step before; 0 is in the same tick. Default: `[1, 3]`.
	 */
	readonly gaps?: readonly number[] | undefined;
	/** Run only this interruption, as a {@link SweepError} names it: `'abort@17'`. */
	readonly only?: string | undefined;
	/** The most runs: of more, the sweep takes an even sample. Default: 2,000. */
	readonly maxRuns?: number | undefined;
	/** Picks the sample, and the numbers of `Math.random`. Default: 1. */
	readonly seed?: number | undefined;
	/** A program with more points than this counts as endless, and is aborted there. Default: 1,000. */
	readonly maxPoints?: number | undefined;
	/** After an abort the program must come to rest within this many points. Default: 100. */
	readonly settleWithin?: number | undefined;
	/** `'real'` for programs with real I/O: then the points are checkpoints alone. Default: `'virtual'`. */
	readonly time?: 'virtual' | 'real' | undefined;
	/** With real time: after this many milliseconds without a point, it counts as never settling. Default: 2,000. */
	readonly timeout?: number | undefined;
}

/** The options, with all defaults filled in. */
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

const defaults = {seed: 1, maxPoints: 1_000, settleWithin: 100, time: 'virtual', timeout: 2_000} as const;

/** The options with which a sweep runs this interruption alone as it was run among the others. */
export function optionsToRunAlone(interruption: Interruption, plan: Plan): string {
	const names = Object.keys(defaults) as (keyof typeof defaults)[];
	const changed = names.filter((name) => plan[name] !== defaults[name]);
	const written = changed.map((name) => `, ${name}: ${name === 'time' ? `'${plan.time}'` : plan[name]}`);
	return `{only: '${nameOf(interruption)}'${written.join('')}}`;
}

export function expectSweepOptions(options: SweepOptions | undefined): Plan {
	expectOptions('options', options, '{actions}');
	const only = options?.only;
	return {
		actions: expectActions(options?.actions ?? actions),
		gaps: expectGaps(options?.gaps ?? [1, 3]),
		only: only === undefined ? undefined : expectInterruption('only', only),
		maxRuns: expectCount('maxRuns', options?.maxRuns ?? 2_000),
		seed: expectCount('seed', options?.seed ?? defaults.seed, 0),
		maxPoints: expectCount('maxPoints', options?.maxPoints ?? defaults.maxPoints),
		settleWithin: expectCount('settleWithin', options?.settleWithin ?? defaults.settleWithin),
		time: expectOneOf('time', ['virtual', 'real'], options?.time ?? defaults.time),
		timeout: expectMilliseconds('timeout', options?.timeout ?? defaults.timeout),
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
