// A pool whose futures are cancelled: those that wait never start, the one that runs is stopped.
import {PausableController} from 'pausable-signal';
import {ThreadPool} from 'pausable-signal/thread';

await using pool = new ThreadPool(new URL('./threads/job.ts', import.meta.url), {threads: 1});
const batch = new PausableController();
const futures = ['a', 'b', 'c'].map((id) => pool.run(undefined, {id, signal: batch.signal}));
const isRunning = (): boolean => pool.queue.inspect().tasks.some(({progress}) => progress !== undefined);
while (!isRunning()) await new Promise((resolve) => setTimeout(resolve, 1));

console.log(
	'running:',
	pool.queue.runningTasks.map(({id}) => id),
);
console.log('waiting:', pool.queue.size);
console.log(
	'parked:',
	(await pool.queue.pause()).parked.map(({id}) => id),
);

batch.abort('cancelled'); // while they are paused
for (const {status} of await Promise.allSettled(futures)) console.log(status);
pool.queue.resume();
console.log('threads:', pool.size);
console.log('never started:', await pool.stop());

// Prints:
// running: [ 'a' ]
// waiting: 2
// parked: [ 'a' ]
// rejected
// rejected
// rejected
// threads: 1
// never started: []
