// A queue whose pause also stops running tasks, and resolves when they stand still.
import {delay, Gate} from 'pausable-signal';
import {PausableQueue} from 'pausable-signal/queue';

const queue = new PausableQueue({concurrency: 2});
const answer = new Gate(false);

const page = queue.add(
	async ({signal}) => {
		await answer.wait(); // a request that a pause does not interrupt
		await signal.checkpoint();
		return 'a page';
	},
	{id: 'page'},
);
const clock = queue.add(({signal}) => delay(signal, 20), {id: 'clock'});
const third = queue.add(() => 'a task that waits', {id: 'third'});

const early = await queue.pause('maintenance', {timeout: 5});
console.log(queue.state, early);

const report = queue.pause();
answer.open();
console.log((await report).parked.length, 'parked');
console.log(queue.state, queue.progress.waiting, 'waiting');

queue.resume();
console.log(await page);
console.log(await third);
await clock;
console.log(queue.state, queue.progress.completed, 'completed');

// Prints:
// pausing {
//   parked: [ { id: 'clock', set: undefined } ],
//   running: [ { id: 'page', set: undefined } ]
// }
// 2 parked
// paused 1 waiting
// a page
// a task that waits
// running 3 completed
