// What the recipes and examples of streams promise, with pauses and aborts anywhere in them.
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals';
import {randomBytes} from 'node:crypto';
import {once} from 'node:events';
import {createReadStream, createWriteStream} from 'node:fs';
import {type FileHandle, mkdtemp, open, readFile, rm, writeFile} from 'node:fs/promises';
import {createServer, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {createInterface} from 'node:readline';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import type {ReadableStream as NodeStream} from 'node:stream/web';
import {setImmediate as turn} from 'node:timers/promises';
import {createGzip, gunzipSync} from 'node:zlib';
import Libsql from 'libsql';
import {pausable, PausableController} from 'pausable-signal';
import {pausableFetch} from 'pausable-signal/fetch';
import {pausableStream} from 'pausable-signal/streams';

const rows = Array.from({length: 300}, (_, at) => `row ${at + 1}: \u2026`);
const reason = {why: 'enough'};
const database = new Libsql(':memory:');
let folder: string;
let file: string;

beforeAll(async () => {
	folder = await mkdtemp(path.join(tmpdir(), 'streams-'));
	file = path.join(folder, 'rows');
	await writeFile(file, rows.join('\n'));
	database.exec('create table rows (id integer primary key, text text)');
	const insert = database.prepare('insert into rows (text) values (?)');
	for (const row of rows) insert.run(row);
});
afterAll(async () => {
	database.close();
	await rm(folder, {recursive: true});
});

/** What stands between two separators. */
function split(separator: string): TransformStream<string, string> {
	let rest = '';
	return new TransformStream({
		transform(text, parts) {
			const whole = (rest + text).split(separator);
			rest = whole.pop() ?? '';
			for (const part of whole) parts.enqueue(part);
		},
	});
}

/** A server that writes as much as it is let, and then waits for ever or ends. */
async function serve(write: (response: ServerResponse) => unknown) {
	const server = createServer((_request, response) => void write(response)).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const closed = once(server, 'close');
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
		/** Settles when all connections are gone. */
		async close(): Promise<void> {
			server.close();
			server.closeIdleConnections();
			await closed;
		},
	};
}

/** In pieces of 7 bytes, which end anywhere: in a row, in a character, in a separator. */
function writePieces(response: ServerResponse, text: string): void {
	const bytes = Buffer.from(text);
	for (let at = 0; at < bytes.length; at += 7) response.write(bytes.subarray(at, at + 7));
	response.end();
}

/** A loop over a stream. */
interface Loop {
	readonly items: AsyncIterable<string>;
	/** Settles when the source is let go of. */
	closed(): Promise<unknown>;
}

const loops: Record<string, (signal: AbortSignal) => Promise<Loop>> = {
	async 'server-sent events'(signal) {
		const server = await serve((response) =>
			writePieces(response, rows.map((row) => `data: ${row}\n\n`).join('')),
		);
		const {body} = await fetch(server.url, {signal});
		const events = body!.pipeThrough(new TextDecoderStream()).pipeThrough(split('\n\n'));
		const data = new TransformStream<string, string>({
			transform: (event, parsed) => parsed.enqueue(event.replace('data: ', '')),
		});
		const items = pausableStream(signal, events.pipeThrough(data), {buffer: 10});
		return {items, closed: () => server.close()};
	},

	async 'lines of JSON'(signal) {
		const server = await serve((response) =>
			writePieces(response, rows.map((row) => `${JSON.stringify(row)}\n`).join('')),
		);
		const {body} = await pausableFetch(server.url, {signal});
		const lines = body!.pipeThrough(new TextDecoderStream()).pipeThrough(split('\n'));
		const parsed = new TransformStream<string, string>({
			transform: (line, values) => values.enqueue(JSON.parse(line)),
		});
		return {items: pausable(signal, lines.pipeThrough(parsed)), closed: () => server.close()};
	},

	async 'lines of a file'(signal) {
		let handle: FileHandle | undefined;
		async function* lines(): AsyncGenerator<string> {
			await using opened = await open(file);
			handle = opened;
			yield* pausable(signal, opened.readLines());
		}
		return {items: lines(), closed: async () => expect(handle?.fd).toBe(-1)};
	},

	async 'lines of node:readline'(signal) {
		const input = createReadStream(file, {highWaterMark: 100});
		const lines = createInterface({input});
		const closed = async (): Promise<unknown> => {
			lines.close();
			input.destroy();
			return input.closed || once(input, 'close');
		};
		return {items: pausable(signal, lines), closed};
	},

	async 'pages of a database'(signal) {
		let isClosed = false;
		function* pages(): Generator<string> {
			const page = database.prepare('select id, text from rows where id > ? order by id limit 7');
			try {
				for (let last = 0; ;) {
					const found = page.all(last) as {id: number; text: string}[];
					if (found.length === 0) return;
					yield* found.map(({text}) => text);
					last = found.at(-1)!.id;
				}
			} finally {
				isClosed = true;
			}
		}
		return {items: pausable(signal, pages()), closed: async () => expect(isClosed).toBe(true)};
	},

	async 'a cursor of a database'(signal) {
		const cursor = database.prepare('select text from rows').iterate() as Iterable<{text: string}>;
		async function* texts(): AsyncGenerator<string> {
			for await (const {text} of pausable(signal, cursor)) yield text;
		}
		return {items: texts(), closed: async () => {}};
	},
};

describe.each(Object.entries(loops))('a loop over %s', (_name, start) => {
	test('gives all items, in order, with a pause after every second one', async () => {
		const controller = new PausableController();
		const {items, closed} = await start(controller.signal);
		const seen: string[] = [];
		for await (const item of items) {
			expect(controller.signal.paused).toBe(false);
			seen.push(item);
			if (seen.length % 2 !== 0) continue;
			controller.pause();
			setImmediate(() => controller.resume());
		}
		expect(seen).toEqual(rows);
		await closed();
	});

	test.each([1, 2, 50, 299])('ends with the reason when it is aborted in a pause after %i', async (count) => {
		const controller = new PausableController();
		const {items, closed} = await start(controller.signal);
		const seen: string[] = [];
		const reading = (async () => {
			for await (const item of items) if (seen.push(item) === count) controller.pause();
		})();
		await once(controller.signal, 'pause');
		await turn();
		await turn();
		expect(seen).toEqual(rows.slice(0, count));
		controller.abort(reason);
		await expect(reading).rejects.toBe(reason);
		expect(seen).toHaveLength(count);
		await closed();
	});
});

describe('a producer', () => {
	/** Counts how many tokens were made while the reader was paused after the first. */
	async function madeInPause(buffer: number): Promise<number> {
		let made = 0;
		async function* generate(): AsyncGenerator<number> {
			while (made < 100) yield ++made;
		}
		const controller = new PausableController();
		const reader = pausableStream(controller.signal, generate(), {buffer}).getReader();
		await reader.read();
		controller.pause();
		const next = reader.read();
		await turn();
		const inPause = made - 1;
		controller.resume();
		expect((await next).value).toBe(2);
		await reader.cancel();
		return inPause;
	}

	test.each([0, 1, 10])('in the same process produces as much as the buffer of %i holds', async (buffer) => {
		expect(await madeInPause(buffer)).toBe(buffer);
	});

	test('behind a server is not blocked by a pause, as long as the buffer has room', async () => {
		const block = Buffer.alloc(1 << 20, 'x');
		// Far more than the sockets of both sides take.
		const blocks = 32;
		let finished: Promise<unknown> | undefined;
		const server = await serve(async (response) => {
			finished = once(response, 'finish');
			for (let sent = 0; sent < blocks; sent++) if (!response.write(block)) await once(response, 'drain');
			response.end();
		});
		const controller = new PausableController();
		const init = {signal: controller.signal, buffer: blocks * block.length};
		const {body} = await pausableFetch(server.url, init);
		const reader = (body as ReadableStream<Uint8Array>).getReader();
		let bytes = (await reader.read()).value?.byteLength ?? 0;
		controller.pause();
		await finished;
		controller.resume();
		for (let next = await reader.read(); !next.done; next = await reader.read())
			bytes += next.value.byteLength;
		expect(bytes).toBe(blocks * block.length);
		await server.close();
	});
});

describe('a pipeline that compresses', () => {
	const bytes = randomBytes(1_000_000);
	const wrap = {
		'the stream itself': (stream: ReadableStream<Buffer>) => stream,
		'Readable.fromWeb': (stream: ReadableStream<Buffer>) => Readable.fromWeb(stream as NodeStream<Buffer>),
	};

	async function start(controller: PausableController, name: string, onBytes: (bytes: number) => void) {
		const [from, to] = [path.join(folder, 'from'), path.join(folder, 'to.gz')];
		await writeFile(from, bytes);
		const input = createReadStream(from, {highWaterMark: 10_000});
		const output = createWriteStream(to);
		async function* watch(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
			let seen = 0;
			for await (const chunk of chunks) {
				onBytes((seen += chunk.length));
				yield chunk;
			}
		}
		const source = wrap[name as keyof typeof wrap](pausableStream<Buffer>(controller.signal, input));
		return {to, input, output, done: pipeline(source, watch, createGzip(), output)};
	}

	test.each(Object.keys(wrap))('yields the same bytes with pauses in it: %s', async (name) => {
		const controller = new PausableController();
		const {to, done} = await start(controller, name, () => {
			controller.pause();
			setImmediate(() => controller.resume());
		});
		await done;
		expect(gunzipSync(await readFile(to)).equals(bytes)).toBe(true);
	});

	test.each(Object.keys(wrap))('closes its files when it is aborted in a pause: %s', async (name) => {
		const controller = new PausableController();
		const {input, output, done} = await start(controller, name, (seen) => {
			if (seen >= 200_000) controller.pause();
		});
		await once(controller.signal, 'pause');
		const closed = Promise.all(
			[input, output].map((stream) => new Promise((resolve) => stream.once('close', resolve))),
		);
		controller.abort(reason);
		await expect(done).rejects.toBe(reason);
		await closed;
	});
});
