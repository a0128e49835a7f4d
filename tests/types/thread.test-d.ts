// Checked by `npm run check`, never run: what the types of threads promise and refuse.
import {Worker as NodeWorker} from 'node:worker_threads';
import type {PausableSignal} from 'pausable-signal';
import {
	defineThread,
	receiveSignal,
	Thread,
	ThreadPool,
	type ThreadFunction,
	type ThreadSignal,
	transferSignal,
	type WorkerLike,
} from 'pausable-signal/thread';
import {same} from './same.ts';

const url = new URL('file:///job.js');

const thread = Thread.start<number, string>(url, {data: {any: 'thing'}, grace: 5, name: 'n'});
same<typeof thread.result, Promise<number>>();
same<typeof thread.progress, string | undefined>();
void (thread.signal satisfies PausableSignal);
void (thread.worker satisfies WorkerLike | undefined);
void (thread.pause('why', {timeout: 5}) satisfies Promise<boolean>);
void ((await thread.stop('why', {grace: 5})).terminated satisfies boolean);

// Node's workers and the browser's.
Thread.start(() => new NodeWorker(url));
Thread.start(() => new Worker(url, {type: 'module'}));

const job = defineThread<number, string, boolean>(({signal, data, report, name}) => {
	void (signal satisfies ThreadSignal);
	void (data satisfies number);
	void (name satisfies string | undefined);
	signal.checkpointSync();
	report(true);
	// @ts-expect-error progress is a boolean here
	report('yes');
	return String(data);
});
void (job satisfies ThreadFunction<number, string, boolean>);

const pool = new ThreadPool<number, string>(url, {threads: 2, queue: {name: 'n'}});
void (pool.run(5, {priority: 1, grace: 5}) satisfies Promise<string>);
void (pool.stop() satisfies Promise<string[]>);
for await (const result of pool.map([1, 2])) void (result satisfies string);

const {message, transfer} = transferSignal(new AbortController().signal);
new NodeWorker(url).postMessage(message, transfer);
new Worker(url).postMessage(message, transfer);
void (receiveSignal(message, {onLost: 'ignore'}) satisfies ThreadSignal);

// @ts-expect-error a path is no source
Thread.start('./job.js');
// @ts-expect-error nor is a function
Thread.start(() => 5);
// @ts-expect-error a signal in the place of the options
Thread.start(url, new AbortController().signal);
// @ts-expect-error the number of threads is the concurrency
new ThreadPool(url, {queue: {concurrency: 5}});
// @ts-expect-error the data of this pool is a number
void pool.run('five');
// @ts-expect-error there is no such choice
receiveSignal(message, {onLost: 'resume'});
// @ts-expect-error it cannot be constructed
new (receiveSignal(message).constructor as typeof ThreadSignal)();
