import {expectOneOf, outOfRange, wrongType} from '../core/index.ts';

/** An action of a sweep on the program at a point. */
export type SweepAction = 'abort' | 'pause-resume' | 'pause-abort' | 'resume-pause';

/** A step of an action, in one tick. */
export type Verb = 'pause' | 'resume' | 'abort';

export const actions = ['abort', 'pause-resume', 'pause-abort', 'resume-pause'] as const;

/** The steps of each action: the first one at its point, the others later. */
export const steps: Readonly<Record<SweepAction, readonly (readonly Verb[])[]>> = {
	abort: [['abort']],
	'pause-resume': [['pause'], ['resume']],
	'pause-abort': [['pause'], ['abort']],
	'resume-pause': [['pause'], ['resume', 'pause'], ['resume']],
};

/** An action at a point; 0 is before the program begins. */
export interface Interruption {
	readonly action: SweepAction;
	readonly at: number;
	/** The number of points between its steps; undefined if each waits until nothing moves any more. */
	readonly gap: number | undefined;
}

/** The name of an interruption, for `only`: `abort@17`, or `pause-abort@17+3` with a gap of 3 points. */
export function nameOf({action, at, gap}: Interruption): string {
	return gap === undefined ? `${action}@${at}` : `${action}@${at}+${gap}`;
}

export function expectInterruption(name: string, value: unknown): Interruption {
	const expected = "an action and a point, as in 'abort@17'";
	if (typeof value !== 'string') throw wrongType(name, expected, value);
	const [, action, at, gap] = /^([\w-]+)@(\d+)(?:\+(\d+))?$/.exec(value) ?? [];
	if (action === undefined) throw outOfRange(name, expected, value);
	return {
		action: expectOneOf(name, actions, action),
		at: Number(at),
		gap: gap === undefined ? undefined : Number(gap),
	};
}
