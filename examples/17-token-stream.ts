// Tokens of a language model: a pause stops the reader, and the model goes on until the buffer is full.
import {once} from 'node:events';
import {setImmediate as turn} from 'node:timers/promises';
import {PausableController} from 'pausable-signal';
import {pausableStream} from 'pausable-signal/streams';

async function* generate(): AsyncGenerator<string> {
	try {
		for (const token of ['a', 'pause', 'is', 'not', 'the', 'end', 'of', 'it']) {
			console.log('model:', token);
			yield token;
		}
	} finally {
		console.log('model: let go');
	}
}

const controller = new PausableController();
const {signal} = controller;

async function show(): Promise<void> {
	for await (const token of pausableStream(signal, generate(), {buffer: 2})) {
		console.log('shown:', token);
		if (token === 'pause' || token === 'not') controller.pause();
	}
}

const showing = show();
await once(signal, 'pause');
await turn(); // what goes on by itself has gone on
console.log('paused');
controller.resume();
await once(signal, 'pause');
await turn();
controller.abort('enough');
await showing.catch((reason: unknown) => console.log('ended:', reason));

// Prints:
// model: a
// shown: a
// model: pause
// shown: pause
// model: is
// model: not
// paused
// shown: is
// shown: not
// model: the
// model: end
// model: let go
// ended: enough
