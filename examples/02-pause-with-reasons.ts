// Two reasons to pause do not know of each other: when one ends, the other still holds.
import {setTimeout as sleep} from 'node:timers/promises';
import {PausableController} from 'pausable-signal';

const controller = new PausableController();
const {signal} = controller;

function show(when: string): void {
	const reasons = signal.holds.map(({reason}) => reason);
	console.log(`${when}: ${signal.paused ? `paused, ${reasons.join(' + ')}` : 'running'}`);
}

async function backOff(ms: number): Promise<void> {
	using _hold = controller.hold('429 Too Many Requests');
	await sleep(ms);
}

show('at first');
const backingOff = backOff(5);
show('the server is busy');
controller.pause('user asked');
show('the user pauses, too');
await backingOff;
show('the back-off has ended');
controller.resume();
show('the user resumes');

// Prints:
// at first: running
// the server is busy: paused, 429 Too Many Requests
// the user pauses, too: paused, 429 Too Many Requests + user asked
// the back-off has ended: paused, user asked
// the user resumes: running
