// Polling on active time: no tick during a pause, and no burst after it.
import {setTimeout as sleep} from 'node:timers/promises';
import {interval, PausableController} from 'pausable-signal';

const controller = new PausableController();
const {signal} = controller;

async function poll(): Promise<void> {
	for await (const tick of interval(signal, 5)) {
		console.log('tick', tick);
		if (tick === 2) controller.pause('nobody is looking');
		if (tick === 4) break;
	}
	console.log('left the loop, the timer is gone');
}

const polling = poll();
await new Promise((resolve) => signal.addEventListener('pause', resolve, {once: true}));
await sleep(50);
console.log('50 ms later');
controller.resume();
await polling;

// Prints:
// tick 0
// tick 1
// tick 2
// 50 ms later
// tick 3
// tick 4
// left the loop, the timer is gone
