import {type Interruption, nameOf} from './interruption.ts';
import type {Fault} from './sweep-run.ts';

/** A fault that a {@link sweep} found, with what shows it. */
export interface SweepFault extends Fault {
	/** What shows it, such as `abort@17`; undefined when the program was left alone. */
	readonly interruption: string | undefined;
	/** Where in the program's code the interruption met it, as `file:line:column`, where the host tells. */
	readonly place: string | undefined;
	/** How many runs showed a fault of this kind. */
	readonly runs: number;
}

export interface FoundFault {
	readonly fault: Fault;
	readonly interruption: Interruption | undefined;
	readonly place: string | undefined;
	readonly runs: number;
}

/** A {@link sweep} found faults. The message tells the first of each kind, and how to run that one alone. */
export class SweepError extends Error {
	/** The first fault of each kind. */
	readonly faults: readonly SweepFault[];

	static {
		this.prototype.name = 'SweepError';
	}

	/** @internal */
	constructor(found: readonly FoundFault[]) {
		const faults = found.map(({fault, interruption, place, runs}) => ({
			...fault,
			interruption: interruption && nameOf(interruption),
			place,
			runs,
		}));
		super(faults.map(tell).join('\n\n'), {cause: faults[0]?.cause});
		this.faults = faults;
	}
}

function tell({kind, message, interruption, place, runs}: SweepFault): string {
	const when = interruption === undefined ? 'Left alone' : `Interrupted by ${interruption}`;
	const lines = [`${when}, the program ${kind}: ${message}`];
	if (place !== undefined) lines.push(`  it was at ${place}`);
	if (runs > 1) lines.push(`  and so in ${runs} runs`);
	if (interruption !== undefined) lines.push(`  to run it alone: sweep(program, {only: '${interruption}'})`);
	return lines.join('\n');
}
