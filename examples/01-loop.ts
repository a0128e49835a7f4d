// A loop that waits while it is paused, and ends when it is aborted.
import {setTimeout as sleep} from 'node:timers/promises';
import {PausableController} from 'pausable-signal';

const controller = new PausableController();
const {signal} = controller;

async function work(): Promise<void> {
	let turn = 0;
	while (await signal.gate.wait()) {
		console.log('turn', ++turn);
		// Somebody presses "pause" in the middle of every second turn.
		if (turn % 2 === 0) controller.pause('user asked');
	}
	console.log('the loop has ended');
}

const loop = work();
await sleep(5);
console.log('paused:', signal.paused, signal.pauseReason);

controller.resume();
await sleep(5);
console.log('paused:', signal.paused, signal.pauseReason);

// No resume is needed: an abort wakes what is paused.
controller.abort();
await loop;
console.log('paused:', signal.paused);

// Prints:
// turn 1
// turn 2
// paused: true user asked
// turn 3
// turn 4
// paused: true user asked
// the loop has ended
// paused: false
