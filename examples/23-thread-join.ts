// A thread whose join stops it, as with Python's threading; one that does not listen is terminated.
import {Thread} from 'pausable-signal/thread';
import {isAbortOf} from 'pausable-signal';

/** Waits for the end; after `timeout` milliseconds it asks the thread to stop, and two seconds later ends it. */
async function join(thread: Thread<unknown, number>, timeout: number): Promise<boolean> {
	if (await thread.join({timeout})) return false;
	const {terminated} = await thread.stop('joined', {grace: 2_000});
	return terminated;
}

const start = (name: string): Thread<unknown, number> =>
	Thread.start<unknown, number>(new URL(`./threads/${name}.ts`, import.meta.url), {name});

for (const name of ['job', 'deaf']) {
	const thread = start(name);
	await new Promise((resolve) => thread.addEventListener('progress', resolve, {once: true}));
	console.log(`${name}: terminated:`, await join(thread, 10));
	console.log(`${name}: alive:`, !thread.isEnded);
	const error: unknown = await thread.result.catch((reason: unknown) => reason);
	console.log(`${name}: ended by the stop:`, isAbortOf(thread.signal, error));
}

// Prints:
// job: terminated: false
// job: alive: false
// job: ended by the stop: true
// deaf: terminated: true
// deaf: alive: false
// deaf: ended by the stop: true
