// A downloader with a progress bar: p pauses, r resumes, q stops, and the next run continues from there.
// node --import tsx examples/15-download.ts <url> <file>
import {rmSync} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {PausableController} from 'pausable-signal';
import {download, type Transfer} from 'pausable-signal/fetch';

const [url = '', file = 'download'] = process.argv[2] ? process.argv.slice(2) : await demo();
const {stdin, stdout} = process;
const before = stdout.isTTY ? '\r\x1B[K' : '';
const controller = new PausableController();
let shown = '';
const onProgress = ({offset, total = offset}: Transfer): void => {
	const tenths = Math.floor((10 * offset) / (total || 1));
	const bar = `${'#'.repeat(tenths).padEnd(10, '.')} ${tenths * 10} %`;
	if (stdout.isTTY && bar !== shown) stdout.write(before + (shown = bar));
};
const stop = (): void => controller.abort('Stopped. The next run continues from here.');
const pause = (): unknown => controller.pause() && stdout.write(' paused');
const resume = (): unknown => controller.resume() && stdout.write(before + shown);
const keys: Record<string, () => unknown> = {p: pause, r: resume, q: stop, '\x03': stop};
if (stdin.isTTY) stdin.setRawMode(true).on('data', (key) => keys[String(key)]?.());
const result = await download(url, file, {signal: controller.signal, onProgress}).catch(String);
if (typeof result === 'string') process.exitCode = 1;
if (typeof result === 'string') console.error(`\n${result}`);
else console.log(`${before}${result.size} bytes, ${result.resumedFrom} of them from before`);
stdin.pause();

/** Without arguments: a server of its own, and a file that does not stay. */
async function demo(): Promise<string[]> {
	const server = createServer((_, response) => response.end(Buffer.alloc(5e6)));
	server.on('connection', (socket) => socket.unref());
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const file = `${tmpdir()}/download-${process.pid}`;
	process.once('exit', () => rmSync(file, {force: true}));
	return [`http://127.0.0.1:${(server.unref().address() as AddressInfo).port}/`, file];
}

// Prints:
// 5000000 bytes, 0 of them from before
