// A file, line by line. A pause leaves the rest of it on the disk; an abort closes it.
import {once} from 'node:events';
import {mkdtemp, open, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {pausable, PausableController} from 'pausable-signal';

const folder = await mkdtemp(path.join(tmpdir(), 'lines-'));
const log = path.join(folder, 'log');
await writeFile(
	log,
	Array.from({length: 100_000}, (_, at) => `line ${at + 1}\n`),
);

const file = await open(log);
const controller = new PausableController();
const {signal} = controller;

async function read(): Promise<void> {
	try {
		for await (const line of pausable(signal, file.readLines())) {
			console.log(line);
			if (line === 'line 2' || line === 'line 4') controller.pause();
		}
	} finally {
		await file.close();
	}
}

const reading = read();
await once(signal, 'pause');
console.log('paused');
controller.resume();
await once(signal, 'pause');
controller.abort('enough');
await reading.catch((reason: unknown) => console.log('ended:', reason));
console.log('closed:', file.fd === -1);
await rm(folder, {recursive: true});

// Prints:
// line 1
// line 2
// paused
// line 3
// line 4
// ended: enough
// closed: true
