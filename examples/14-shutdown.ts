// Two ways to end a queue: shutdown() finishes what there is, stop() aborts it. Both wait for the ends.
import {setTimeout as sleep} from 'node:timers/promises';
import {delay, isAbortOf} from 'pausable-signal';
import {PausableQueue} from 'pausable-signal/queue';

const mail = new PausableQueue({concurrency: 1});
for (const id of ['one', 'two']) void mail.add(() => console.log('sent:', id), {id});
await mail.shutdown();
console.log('mail:', mail.state);
await mail.add(() => 'too late').catch((error: Error) => console.log(error.name));

const work = new PausableQueue({concurrency: 1});
const running = work.add(
	async ({signal}) => {
		try {
			await delay(signal, 60_000);
		} catch (error) {
			console.log('aborted by stop():', isAbortOf(signal, error));
			throw error;
		} finally {
			await sleep(5);
			console.log('cleaned up');
		}
	},
	{id: 'running'},
);
for (const id of ['third', 'fourth']) void work.add(() => console.log('never'), {id});

const never = await work.stop('SIGTERM');
console.log('work:', work.state);
console.log('never started:', never);
console.log('reason:', await running.catch((reason: unknown) => reason));

// Prints:
// sent: one
// sent: two
// mail: stopped
// InvalidStateError
// aborted by stop(): true
// cleaned up
// work: stopped
// never started: [ 'third', 'fourth' ]
// reason: SIGTERM
