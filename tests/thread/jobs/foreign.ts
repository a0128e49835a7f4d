// A job of somebody else's pool: piscina and tinypool call its default, workerpool its registered method.
import {isMainThread} from 'node:worker_threads';
import workerpool from 'workerpool';
import {receiveSignal} from '../../../src/thread/index.ts';

interface Job {
	readonly signal: unknown;
	/** Word 0 counts turns; word 1 is the turn to end at. */
	readonly turns: Int32Array;
}

export default function count({signal: message, turns}: Job): string {
	const signal = receiveSignal(message);
	while (Atomics.load(turns, 1) === 0) {
		Atomics.add(turns, 0, 1);
		signal.checkpointSync();
	}
	return 'counted';
}

// Only where workerpool started it: it would answer the messages of the others.
if (!isMainThread && process.env['POOL'] === 'workerpool') workerpool.worker({count});
