// A stream that is read while not paused, and let go of on abort.
import {setTimeout as sleep} from 'node:timers/promises';
import {pausable, PausableController} from 'pausable-signal';

const controller = new PausableController();
const {signal} = controller;

let made = 0;
const numbers = new ReadableStream<number>(
	{
		pull: (stream) => stream.enqueue(++made),
		cancel: (reason) => console.log('source cancelled:', reason),
	},
	{highWaterMark: 0},
);

async function read(): Promise<void> {
	try {
		for await (const number of pausable(signal, numbers)) {
			console.log('read', number);
			if (number % 2 === 0) controller.pause();
		}
	} catch (reason) {
		console.log('reading ended:', reason);
	}
}

const reading = read();
await sleep(5);
console.log('paused, the source has made', made);

controller.resume();
await sleep(5);
console.log('paused, the source has made', made);

// An abort waits neither for the end of the pause nor for the source.
controller.abort('enough');
await reading;

// Prints:
// read 1
// read 2
// paused, the source has made 2
// read 3
// read 4
// paused, the source has made 4
// source cancelled: enough
// reading ended: enough
