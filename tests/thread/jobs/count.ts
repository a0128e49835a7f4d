// Counts in a loop that never awaits, in shared memory where it is given that instead of a limit.
import type {ThreadContext} from '../../../src/thread/index.ts';

export default function count({
	signal,
	data,
	report,
}: ThreadContext<number | Int32Array | undefined, number>): number {
	const turns = typeof data === 'number' ? data : Infinity;
	const counted = typeof data === 'object' ? data : new Int32Array(1);
	let turn = 0;
	report(0);
	while (turn < turns) {
		counted[0] = ++turn;
		if (turn % 10_000 === 0) report(turn);
		signal.checkpointSync();
	}
	return turn;
}
