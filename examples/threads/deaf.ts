// A thread of example 23: a loop that never looks at its signal.
import type {ThreadContext} from 'pausable-signal/thread';

export default function deaf({report}: ThreadContext<unknown, number>): never {
	report(0);
	for (;;);
}
