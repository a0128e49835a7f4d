// The thread of examples 22 and 23: a job that says at which turn it is, and never awaits.
import type {ThreadContext} from 'pausable-signal/thread';

export default function job({signal, report}: ThreadContext<unknown, number>): never {
	for (let turn = 1; ; turn++) {
		signal.checkpointSync(); // waits while paused, throws once stopped
		if (turn % 100_000 === 0) report(turn);
	}
}
