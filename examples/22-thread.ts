// A job in a thread, with pause, resume and stop: its loop never awaits.
import {PausableController} from 'pausable-signal';
import {Thread} from 'pausable-signal/thread';

const program = new PausableController();
const job = Thread.start<never, number>(new URL('./threads/job.ts', import.meta.url), {
	signal: program.signal,
});
job.addEventListener('statechange', () => console.log('state:', job.state));
const moves = (): Promise<void> =>
	new Promise((resolve) => job.addEventListener('progress', () => resolve(), {once: true}));

await moves();
console.log('parked:', await job.pause('lunch'));
const turn = job.progress!;
await new Promise((resolve) => setTimeout(resolve, 20));
console.log('it stands still:', job.progress === turn);

job.resume();
await moves();
console.log('it went on from there:', job.progress! > turn);

// A pause of the program reaches the thread, and a stop gets through it.
program.pause('shutting down');
const {terminated} = await job.stop('enough');
console.log('terminated:', terminated);
console.log('why:', await job.result.catch((reason: unknown) => reason));

// Prints:
// state: pausing
// state: paused
// parked: true
// it stands still: true
// state: running
// it went on from there: true
// state: pausing
// state: stopping
// state: stopped
// terminated: false
// why: enough
