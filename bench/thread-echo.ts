// A worker that answers each message with one, and a job for piscina.
import {type MessagePort, parentPort} from 'node:worker_threads';

parentPort?.on('message', (message: unknown) => {
	if (message === 'echo') parentPort!.postMessage('echo');
});

/** A job of nothing or of 1 ms, with a port as an abort needs it. */
export default function run({way, port}: {way: string; port?: MessagePort}): void {
	const end = performance.now() + (way === 'spin' ? 1 : 0);
	while (performance.now() < end);
	port?.close();
}
