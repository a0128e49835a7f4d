// Copies a file, shows how far it is, and pauses in the middle.
import {createReadStream} from 'node:fs';
import {mkdtemp, open, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {pausable, Task} from 'pausable-signal';

const folder = await mkdtemp(path.join(tmpdir(), 'copy-'));
const from = path.join(folder, 'from');
const to = path.join(folder, 'to');
await writeFile(from, Buffer.alloc(1_000_000, 'some text\n'));

const copy = Task.start<void, number>(async ({signal, report}) => {
	const {size} = await stat(from);
	await using file = await open(to, 'w');
	let written = 0;
	for await (const chunk of pausable<Buffer>(signal, createReadStream(from, {highWaterMark: 250_000}))) {
		await file.writeFile(chunk);
		written += chunk.length;
		report(Math.round((100 * written) / size));
	}
});

async function rest(): Promise<void> {
	await copy.pause('the disk is busy');
	console.log(`${copy.state} at ${(await stat(to)).size} bytes`);
	copy.resume();
}

copy.addEventListener('progress', () => {
	console.log(`${copy.progress} %`);
	if (copy.progress === 50) void rest();
});

await copy.result;
console.log(copy.state, (await readFile(from)).equals(await readFile(to)));
await rm(folder, {recursive: true});

// Prints:
// 25 %
// 50 %
// paused at 500000 bytes
// 75 %
// 100 %
// completed true
