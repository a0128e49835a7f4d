// Hashes a file tree in threads. At a terminal p pauses, r resumes and q stops; elsewhere it pauses once.
import {readdirSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {fileURLToPath} from 'node:url';
import {PausableController} from 'pausable-signal';
import {ThreadPool} from 'pausable-signal/thread';

const root = process.argv[2] ?? fileURLToPath(new URL('./threads', import.meta.url));
const files = readdirSync(root, {recursive: true, withFileTypes: true})
	.filter((entry) => entry.isFile())
	.map((entry) => path.join(entry.parentPath, entry.name));
const stop = new PausableController();
await using pool = new ThreadPool<string, string>(new URL('./threads/hash.ts', import.meta.url), {
	queue: {signal: stop.signal},
});
const {queue} = pool;

const keys: Record<string, () => unknown> = {
	p: async () =>
		console.log(
			'parked:',
			(await queue.pause()).parked.map(({id}) => id),
		),
	r: () => queue.resume(),
	q: () => stop.abort('stopped at the keyboard'),
};
if (process.stdin.isTTY) {
	process.stdin.setRawMode(true).on('data', (key) => keys[String(key)]?.());
} else {
	await queue.pause('so that all wait');
	console.log('threads while paused:', pool.size);
	setTimeout(() => queue.resume(), 10);
}

let hashed = 0;
for await (const hash of pool.map(files)) if (hash.length === 64) hashed++;
console.log('all hashed:', hashed === files.length);
process.stdin.destroy();

// Prints:
// threads while paused: 0
// all hashed: true
