// Blocks on the test's own memory, and then looks at its signal once.
import type {ThreadContext} from '../../../src/thread/index.ts';

export default function blocked({signal, data, report}: ThreadContext<Int32Array, string>): string {
	report('blocked');
	Atomics.wait(data, 0, 0);
	signal.checkpointSync();
	return 'over';
}
