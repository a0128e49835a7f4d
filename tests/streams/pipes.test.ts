// pausableStream() where streams are used: pipes, coders, Node's streams, tee(), buffers of the reader.
import {afterAll, describe, expect, test} from '@jest/globals';
import {Readable, Writable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {setImmediate} from 'node:timers/promises';
import {createGunzip, createGzip} from 'node:zlib';
import {PausableController} from 'pausable-signal';
import {pausableStream} from 'pausable-signal/streams';
import {collect, expectNothingOn, flush, removeFile, subjects, watched} from './kit.ts';

afterAll(removeFile);

// Letters of several bytes, so that chunks end in the middle of one.
const text = Array.from({length: 3000}, (_, line) => `s\u00f6me t\u00ebxt \u{1f600} ${line}\n`).join('');
const bytes = new TextEncoder().encode(text);

/** The text in chunks of 1000 bytes, and the reasons that the source got. */
function source(type?: 'bytes'): {
	stream: ReadableStream<Uint8Array<ArrayBuffer>>;
	cancelled: unknown[];
	at(): number;
} {
	let at = 0;
	const cancelled: unknown[] = [];
	const stream = new ReadableStream<Uint8Array<ArrayBuffer>>(
		{
			...(type === undefined ? {} : {type}),
			pull(controller: ReadableStreamDefaultController<Uint8Array>) {
				if (at < bytes.length) controller.enqueue(bytes.slice(at, (at += 1000)));
				else controller.close();
			},
			cancel: (reason: unknown) => void cancelled.push(reason),
		} as object,
		{highWaterMark: 0},
	);
	return {stream, cancelled, at: () => Math.min(at, bytes.length)};
}

/** Pauses at each of the first writes, for a while, and sees that nothing comes meanwhile. */
function pausing<T>(controller: PausableController, times: number): TransformStream<T, T> {
	let seen = 0;
	return new TransformStream<T, T>({
		async transform(chunk, output) {
			output.enqueue(chunk);
			if (++seen > times) return;
			controller.pause();
			void setImmediate().then(() => controller.resume());
		},
	});
}

async function read(stream: AsyncIterable<Uint8Array>): Promise<string> {
	const chunks: Uint8Array[] = [];
	for await (const chunk of stream) chunks.push(chunk);
	return Buffer.concat(chunks).toString();
}

describe.each([undefined, 'bytes'] as const)('a source of type %s', (type) => {
	test('pipeTo, with pauses', async () => {
		const controller = new PausableController();
		const chunks: Uint8Array[] = [];
		let paused = 0;
		await pausableStream<Uint8Array>(controller.signal, source(type).stream).pipeTo(
			new WritableStream({
				async write(chunk) {
					chunks.push(chunk);
					if (chunks.length % 10 !== 1) return;
					controller.pause();
					paused++;
					const {length} = chunks;
					void setImmediate().then(() => {
						expect(chunks.length).toBe(length);
						controller.resume();
					});
				},
			}),
		);
		expect(Buffer.concat(chunks).toString()).toBe(text);
		expect(paused).toBeGreaterThan(1);
		expectNothingOn(controller);
	});

	test('pipeThrough: decoded, with pauses', async () => {
		const controller = new PausableController();
		const decoded = pausableStream<Uint8Array<ArrayBuffer>>(controller.signal, source(type).stream)
			.pipeThrough(pausing<Uint8Array<ArrayBuffer>>(controller, 5))
			.pipeThrough(new TextDecoderStream());
		expect(await collect(decoded)).toBe(text);
		expectNothingOn(controller);
	});

	test('pipeThrough: compressed and decompressed, with pauses', async () => {
		const controller = new PausableController();
		const again = pausableStream<Uint8Array<ArrayBuffer>>(controller.signal, source(type).stream)
			.pipeThrough(pausing<Uint8Array<ArrayBuffer>>(controller, 5))
			.pipeThrough(new CompressionStream('gzip'))
			.pipeThrough(new DecompressionStream('gzip'));
		expect(await read(again)).toBe(text);
	});

	test('the body of a Response, and of a Request', async () => {
		const {signal} = new PausableController();
		expect(
			await new Response(pausableStream<Uint8Array<ArrayBuffer>>(signal, source(type).stream)).text(),
		).toBe(text);
		const body = pausableStream<Uint8Array<ArrayBuffer>>(signal, source(type).stream);
		const request = new Request('http://localhost/', {method: 'POST', body, duplex: 'half'} as RequestInit);
		expect(await request.text()).toBe(text);
	});

	test('Readable.fromWeb, and a pipeline that compresses', async () => {
		const controller = new PausableController();
		const chunks: Buffer[] = [];
		const readable = Readable.fromWeb(pausableStream(controller.signal, source(type).stream) as never);
		readable.once('data', () => {
			controller.pause();
			void setImmediate().then(() => controller.resume());
		});
		await pipeline(readable, createGzip(), createGunzip(), async (unzipped: AsyncIterable<Buffer>) => {
			for await (const chunk of unzipped) chunks.push(chunk);
		});
		expect(Buffer.concat(chunks).toString()).toBe(text);
		expectNothingOn(controller);
	});

	test('a pipeline of a web stream itself', async () => {
		const controller = new PausableController();
		const chunks: Uint8Array[] = [];
		const sink = new Writable({
			write(chunk: Uint8Array, _encoding, callback) {
				chunks.push(chunk);
				callback();
			},
		});
		await pipeline(pausableStream(controller.signal, source(type).stream) as never, sink);
		expect(Buffer.concat(chunks).toString()).toBe(text);
	});

	test('tee(): both branches have all, and a pause holds both', async () => {
		const controller = new PausableController();
		const branches = pausableStream<Uint8Array>(controller.signal, source(type).stream).tee();
		const readers = branches.map((branch) => branch.getReader());
		await Promise.all(readers.map((reader) => reader.read()));
		await flush();
		controller.pause();
		// A branch may have read one chunk ahead, as branches do.
		await Promise.race([readers[0]!.read(), flush()]);
		await Promise.race([readers[1]!.read(), flush()]);
		const held = readers.map((reader) => watched(reader.read()));
		await flush();
		expect(held.map(({state}) => state)).toEqual(['pending', 'pending']);
		controller.resume();
		await flush();
		expect(held.map(({state}) => state)).toEqual(['resolved', 'resolved']);
		const at = Buffer.from(bytes).indexOf(held[0]!.value!.value!) + 1000;
		for (const reader of readers) reader.releaseLock();
		const rests = await Promise.all(branches.map(read));
		expect(rests).toEqual([0, 1].map(() => Buffer.from(bytes.subarray(at)).toString()));
		expectNothingOn(controller);
	});

	test('an abort while the destination is busy, paused: the pipe rejects with it, and the source hears it', async () => {
		const controller = new PausableController();
		const {stream, cancelled} = source(type);
		const aborted: unknown[] = [];
		const piped = watched(
			pausableStream(controller.signal, stream).pipeTo(
				new WritableStream({
					write: () => controller.pause() as never,
					abort: (reason) => void aborted.push(reason),
				}),
			),
		);
		await flush();
		expect(piped.state).toBe('pending');
		const reason = {why: 'enough'};
		controller.abort(reason);
		await flush();
		expect(piped.state).toBe('rejected');
		for (const seen of [piped.reason, cancelled[0], aborted[0]]) expect(seen).toBe(reason);
		expectNothingOn(controller);
	});

	test('an abort with pipeTo({signal}) on the same signal reaches the source, also when the write rejects', async () => {
		const controller = new PausableController();
		const {stream, cancelled} = source(type);
		const {signal} = controller;
		const piped = watched(
			pausableStream(signal, stream).pipeTo(
				new WritableStream({
					write: () =>
						new Promise((_resolve, reject) => {
							signal.addEventListener('abort', () => reject(signal.reason as Error), {once: true});
						}),
				}),
				{signal},
			),
		);
		await flush();
		controller.abort('enough');
		await flush();
		expect(piped).toMatchObject({state: 'rejected', reason: 'enough'});
		expect(cancelled).toEqual(['enough']);
		expectNothingOn(controller);
	});

	test('a destination that fails during a pause reaches the source at once', async () => {
		const controller = new PausableController();
		const {stream, cancelled} = source(type);
		const failure = new Error('no space');
		let fail = (): void => {};
		const piped = watched(
			pausableStream(controller.signal, stream).pipeTo(
				new WritableStream({
					start: (destination) => void (fail = () => destination.error(failure)),
					write: () => void controller.pause(),
				}),
			),
		);
		await flush();
		fail();
		await flush();
		expect(piped.state).toBe('rejected');
		expect(piped.reason).toBe(failure);
		expect(cancelled).toEqual([failure]);
		expectNothingOn(controller);
	});

	test('an abort of a pipeline, paused: it rejects, and the source is cancelled', async () => {
		const controller = new PausableController();
		const {stream, cancelled} = source(type);
		const sink = new Writable({
			write(_chunk, _encoding, callback) {
				controller.pause();
				callback();
			},
		});
		const readable = Readable.fromWeb(pausableStream(controller.signal, stream) as never);
		const piped = watched(pipeline(readable, sink));
		await setImmediate();
		await flush();
		const reason = new Error('enough');
		controller.abort(reason);
		for (let turn = 0; turn < 10; turn++) await setImmediate();
		expect(piped.state).toBe('rejected');
		expect(piped.reason).toBe(reason);
		expect(cancelled).toEqual([reason]);
		expect(sink.destroyed).toBe(true);
	});
});

describe('buffers of the reader', () => {
	test('are filled from a stream of bytes; the rest of a chunk waits behind the gate', async () => {
		const controller = new PausableController();
		const stream = pausableStream<Uint8Array>(controller.signal, source('bytes').stream);
		const reader = stream.getReader({mode: 'byob'});
		const parts: Uint8Array[] = [];
		for (;;) {
			const {done, value} = await reader.read(new Uint8Array(300));
			if (done) break;
			parts.push(value);
			if (parts.length !== 1) continue;
			controller.pause();
			const held = watched(reader.read(new Uint8Array(300)));
			await flush();
			expect(held.state).toBe('pending');
			controller.resume();
			await flush();
			parts.push(held.value!.value!);
		}
		expect(Buffer.concat(parts).toString()).toBe(text);
		expectNothingOn(controller);
	});

	test('end at once with an abort and with a cancel, during a pause', async () => {
		for (const how of ['abort', 'cancel'] as const) {
			const controller = new PausableController();
			const {stream, cancelled} = source('bytes');
			const reader = pausableStream<Uint8Array>(controller.signal, stream).getReader({mode: 'byob'});
			await reader.read(new Uint8Array(300));
			controller.pause();
			const held = watched(reader.read(new Uint8Array(300)));
			if (how === 'abort') controller.abort('enough');
			else void reader.cancel('enough');
			await flush();
			expect(held.state).toBe(how === 'abort' ? 'rejected' : 'resolved');
			expect(cancelled).toEqual(['enough']);
			expectNothingOn(controller);
		}
	});

	test('are not for other streams, as everywhere', () => {
		const {signal} = new PausableController();
		expect(() => pausableStream<Uint8Array>(signal, source().stream).getReader({mode: 'byob'})).toThrow();
		expect(() => pausableStream<string>(signal, ['a']).getReader({mode: 'byob'} as never)).toThrow();
	});
});

test('one in another: each gate holds', async () => {
	const [inner, outer] = [new PausableController(), new PausableController()];
	const subject = subjects['a ReadableStream']!();
	const stream = pausableStream(outer.signal, pausableStream(inner.signal, subject.source));
	const reader = stream.getReader();
	for (const controller of [inner, outer]) {
		controller.pause();
		const read = watched(reader.read());
		await flush();
		expect(read.state).toBe('pending');
		controller.resume();
		await flush();
		expect(read.state).toBe('resolved');
	}
	outer.abort('enough');
	await flush();
	expect(subject.ended()).toBe('enough');
	expectNothingOn(inner);
	expectNothingOn(outer);
});
