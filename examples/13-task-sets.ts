// A set of tasks for each host: a busy host is held back, the others take its slots.
import {Gate} from 'pausable-signal';
import {PausableQueue} from 'pausable-signal/queue';

const queue = new PausableQueue({concurrency: 1});
const busy = queue.taskSet('busy.example', {concurrency: 1});
const calm = queue.taskSet('calm.example');
const answer = new Gate(false);

const first = busy.add(async ({signal}) => {
	await answer.wait();
	console.log('busy: was told to come back later');
	await signal.checkpoint();
	console.log('busy: asks again');
});
const second = busy.add(() => console.log('busy: the next page'));

const hold = busy.hold('429 Too Many Requests');
const paused = busy.pause('user asked');
answer.open();
console.log('standing still:', (await paused).parked.length, 'waiting:', busy.size);

// The only slot is not lost: the task that stands still has given it back.
await calm.add(() => console.log('calm: a page'));

console.log('released:', hold.release(), '- still held by:', busy.holds[0]?.reason);
busy.resume();

// Who stood still goes on before those who have not started.
await Promise.all([first, second]);

// Sets of equal priority take turns, however many tasks each has.
void queue.pause();
for (const name of ['a1', 'a2', 'a3']) void busy.add(() => console.log(name));
for (const name of ['b1', 'b2']) void calm.add(() => console.log(name));
queue.resume();
await queue.onIdle();

// Prints:
// busy: was told to come back later
// standing still: 1 waiting: 1
// calm: a page
// released: true - still held by: user asked
// busy: asks again
// busy: the next page
// a1
// b1
// a2
// b2
// a3
