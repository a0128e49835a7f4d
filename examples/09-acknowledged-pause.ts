// Asked to pause and paused are two states: pause() resolves when nothing moves any more.
import {all, Gate, type PausableSignal, Task} from 'pausable-signal';

const answer = new Gate(false);

async function read(signal: PausableSignal): Promise<void> {
	await signal.checkpoint();
	await answer.wait(); // a request that a pause does not interrupt
	console.log('the answer has come');
	await signal.checkpoint();
}

async function count(signal: PausableSignal): Promise<void> {
	for (let turn = 0; turn < 3; turn++) await signal.checkpoint();
}

// Two branches at once: the task stands still when both do.
const task = Task.start(({signal}) => all(signal, (inner) => [read(inner), count(inner)]));
task.addEventListener('statechange', () => console.log('state:', task.state));

console.log('parked in time:', await task.pause('user asked', {timeout: 10}));
const parked = task.pause();
answer.open();
console.log('parked:', await parked);
task.resume();
await task.result;

// Prints:
// state: pausing
// parked in time: false
// the answer has come
// state: paused
// parked: true
// state: running
// state: completed
