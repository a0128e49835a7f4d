// Moves its data back as progress, and says how much of it is left.
import type {ThreadContext} from '../../../src/thread/index.ts';

export default function moves({data, report}: ThreadContext<ArrayBuffer, ArrayBuffer>): number {
	report(data, [data]);
	return data.byteLength;
}
