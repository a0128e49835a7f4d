// A pipeline that compresses a file. Paused in the middle, it yields the same bytes; aborted, it lets go of the files.
import {once} from 'node:events';
import {createReadStream, createWriteStream} from 'node:fs';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {pipeline} from 'node:stream/promises';
import {createGzip, gunzipSync} from 'node:zlib';
import {PausableController} from 'pausable-signal';
import {pausableStream} from 'pausable-signal/streams';

const folder = await mkdtemp(path.join(tmpdir(), 'gzip-'));
const from = path.join(folder, 'from');
const to = path.join(folder, 'to.gz');
await writeFile(from, Buffer.alloc(1_000_000, 'some text\n'));

/** Compresses the file, and pauses in the middle of it. */
async function compress(controller: PausableController): Promise<void> {
	const file = createReadStream(from, {highWaterMark: 100_000});
	async function* watch(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
		let bytes = 0;
		for await (const chunk of chunks) {
			bytes += chunk.length;
			if (bytes === 500_000) controller.pause();
			yield chunk;
		}
	}
	try {
		await pipeline(pausableStream(controller.signal, file), watch, createGzip(), createWriteStream(to));
		console.log('compressed:', gunzipSync(await readFile(to)).equals(await readFile(from)));
	} catch (reason) {
		console.log('ended:', reason, file.destroyed);
	}
}

for (const act of ['resume', 'abort'] as const) {
	const controller = new PausableController();
	const compressing = compress(controller);
	await once(controller.signal, 'pause');
	console.log('paused, then', act);
	if (act === 'resume') controller.resume();
	else controller.abort('enough');
	await compressing;
}
await rm(folder, {recursive: true});

// Prints:
// paused, then resume
// compressed: true
// paused, then abort
// ended: enough true
