// Events from a server, parsed by a stream. The gate comes last: what is parsed already waits, too.
import {once} from 'node:events';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {PausableController} from 'pausable-signal';
import {pausableStream} from 'pausable-signal/streams';

const server = createServer((_request, response) => {
	response.once('close', () => server.close(() => console.log('the server has no reader any more')));
	response.write('data: one\n\ndata: two\n\ndata: three\n\ndata: four\n\ndata: fi');
}).listen(0, '127.0.0.1');
await once(server, 'listening');

/** The data of each event; an empty line ends one. */
function parseEvents(): TransformStream<string, string> {
	let rest = '';
	return new TransformStream({
		transform(text, parsed) {
			const events = (rest + text).split('\n\n');
			rest = events.pop() ?? '';
			for (const event of events) parsed.enqueue(event.replace('data: ', ''));
		},
	});
}

const controller = new PausableController();
const {signal} = controller;
const {body} = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, {signal});
const events = body!.pipeThrough(new TextDecoderStream()).pipeThrough(parseEvents());

async function read(): Promise<void> {
	for await (const event of pausableStream(signal, events, {buffer: 1_000})) {
		console.log(event);
		if (event === 'two' || event === 'three') controller.pause();
	}
}

const reading = read();
await once(signal, 'pause');
console.log('paused');
controller.resume();
await once(signal, 'pause');
controller.abort('enough');
await reading.catch((reason: unknown) => console.log('ended:', reason));

// Prints:
// one
// two
// paused
// three
// ended: enough
// the server has no reader any more
