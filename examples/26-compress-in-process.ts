// A program that knows nothing of pauses compresses a file. p stops it, r continues it, q ends it.
import {spawn} from 'node:child_process';
import {createWriteStream, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {stdin} from 'node:process';
import {pipeline} from 'node:stream/promises';
import {Task} from 'pausable-signal';
import {followProcess} from 'pausable-signal/process';

const file = process.argv[2] ?? process.execPath;
const target = path.join(tmpdir(), `compressed-${process.pid}.gz`);
process.once('exit', () => rmSync(target, {force: true}));

const task = Task.start(async ({signal}) => {
	const gzip = spawn('gzip', ['-1', '-c', file], {stdio: ['ignore', 'pipe', 'inherit']});
	const written = pipeline(gzip.stdout, createWriteStream(target));
	await followProcess(signal, gzip);
	await written;
	return 'compressed';
});

const keys: Record<string, () => unknown> = {
	p: async () => console.log('paused:', await task.pause('a key')),
	r: () => console.log('resumed:', task.resume()),
	q: () => task.stop('a key'),
	'\x03': () => task.stop('a key'),
};
if (stdin.isTTY) stdin.setRawMode(true).on('data', (key) => keys[String(key)]?.());
// Without a keyboard it presses two keys itself.
else await keys['p']?.();
if (!stdin.isTTY) keys['r']?.();

console.log(await task.result.catch(() => 'stopped'));
stdin.pause();

// Prints:
// paused: true
// resumed: true
// compressed
