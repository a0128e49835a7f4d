// Counts in a loop that never awaits; says at which turn it is before each look.
import type {ThreadContext} from '../../../src/thread/index.ts';

export default function count({signal, data, report}: ThreadContext<number | undefined, number>): number {
	const turns = data ?? Infinity;
	let turn = 0;
	report(0);
	while (turn < turns) {
		turn++;
		if (turn % 10_000 === 0) report(turn);
		signal.checkpointSync();
	}
	return turn;
}
