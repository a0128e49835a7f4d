// The work of a pool's run, as its data says.
import {defineThread, type ThreadFunction} from '../../../src/thread/index.ts';
import process from 'node:process';
import {threadId} from 'node:worker_threads';

interface Work {
	readonly way: string;
	readonly gate?: Int32Array;
}

const pool: ThreadFunction<Work, unknown, unknown> = defineThread(async ({signal, data, name, report}) => {
	const {way, gate} = data;
	report(`${name} started`);
	if (way === 'id') return threadId;
	if (way === 'throw') throw new RangeError('thrown');
	if (way === 'exit') process.exit(4);
	if (way === 'crashLater') setTimeout(crash);
	if (way === 'loop') for (;;) signal.checkpointSync();
	if (way === 'deaf') for (;;);
	if (way === 'gate') {
		while (Atomics.load(gate!, 0) === 0) signal.checkpointSync();
		return Atomics.add(gate!, 1, -1);
	}
	return way;
});

function crash(): never {
	throw new TypeError('crashed while idle');
}

export default pool;
