import {type Interruption, nameOf} from './interruption.ts';
import {optionsToRunAlone, type Plan} from './sweep-options.ts';
import type {Fault} from './sweep-run.ts';

/** A fault that a {@link sweep} found, and the interruption that shows it. */
export interface SweepFault extends Fault {
	/** The interruption that shows it, such as `abort@17`; undefined if the program fails without one. */
	readonly interruption: string | undefined;
	/** The place of the interruption in the program's code, as `file:line:column`, if the host shows it. */
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

/** A {@link sweep} found faults. The message has the first of each kind, and how to run only that one. */
export class SweepError extends Error {
	/** The first fault of each kind. */
	readonly faults: readonly SweepFault[];

	static {
		this.prototype.name = 'SweepError';
	}

	/** @internal */
	constructor(found: readonly FoundFault[], plan: Plan) {
		const faults = found.map(({fault, interruption, place, runs}) => ({
			...fault,
			interruption: interruption && nameOf(interruption),
			place,
			runs,
		}));
		super(found.map((one) => tell(one, plan)).join('\n\n'), {cause: faults[0]?.cause});
		this.faults = faults;
	}
}

function tell({fault: {kind, message}, interruption, place, runs}: FoundFault, plan: Plan): string {
	const when = interruption === undefined ? 'Left alone' : `Interrupted by ${nameOf(interruption)}`;
	const lines = [`${when}, the program ${kind}: ${message}`];
	if (place !== undefined) lines.push(`  it was at ${place}`);
	if (runs > 1) lines.push(`  and so in ${runs} runs`);
	if (interruption !== undefined) {
		lines.push(`  to run it alone: sweep(program, ${optionsToRunAlone(interruption, plan)})`);
	}
	return lines.join('\n');
}
