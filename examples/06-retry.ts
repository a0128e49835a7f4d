// A retry whose back-off stands still while paused.
import {setTimeout as sleep} from 'node:timers/promises';
import {PausableController, retry} from 'pausable-signal';

const controller = new PausableController();
const {signal} = controller;

async function request(attempt: number): Promise<string> {
	console.log('attempt', attempt);
	if (attempt < 2) throw new Error('503 Service Unavailable');
	return '200 OK';
}

const answer = retry(signal, (_signal, attempt) => request(attempt), {
	baseMs: 10,
	maxAttempts: 5,
	onError(error, attempt) {
		console.log(String(error));
		if (attempt === 0) controller.pause('laptop closed');
	},
});

// Without the pause, all attempts would be over by then.
await sleep(100);
console.log('100 ms later, nothing was tried');
console.log('resumed:', controller.resume());
console.log(await answer);

// Prints:
// attempt 0
// Error: 503 Service Unavailable
// 100 ms later, nothing was tried
// resumed: true
// attempt 1
// Error: 503 Service Unavailable
// attempt 2
// 200 OK
