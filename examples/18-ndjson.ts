// Rows of JSON, one a line, from a server that has no end of them. While paused it is held up.
import {once} from 'node:events';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {pipeline, Readable} from 'node:stream';
import {pausable, PausableController} from 'pausable-signal';
import {pausableFetch, transferOf} from 'pausable-signal/fetch';

function* rows(): Generator<string> {
	for (let id = 1; ; id++) yield `${JSON.stringify({id, text: 'x'.repeat(10_000)})}\n`;
}
const server = createServer((_request, response) => {
	pipeline(Readable.from(rows()), response, () => server.close(() => console.log('server closed')));
}).listen(0, '127.0.0.1');
await once(server, 'listening');

/** Cuts text into lines; a newline ends each. */
function toLines(): TransformStream<string, string> {
	let rest = '';
	return new TransformStream({
		transform(text, lines) {
			const whole = (rest + text).split('\n');
			rest = whole.pop() ?? '';
			for (const line of whole) lines.enqueue(line);
		},
	});
}

const controller = new PausableController();
const {signal} = controller;
const response = await pausableFetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, {signal});
const lines = response.body!.pipeThrough(new TextDecoderStream()).pipeThrough(toLines());

async function read(): Promise<void> {
	for await (const line of pausable(signal, lines)) {
		const {id} = JSON.parse(line) as {id: number};
		console.log('row', id);
		if (id % 2 === 0) controller.pause();
	}
}

const reading = read();
await once(signal, 'pause');
console.log(transferOf(response)?.state);
controller.resume();
await once(signal, 'pause');
controller.abort('enough');
await reading.catch((reason: unknown) => console.log(transferOf(response)?.state, reason));

// Prints:
// row 1
// row 2
// held
// row 3
// row 4
// stopped enough
// server closed
