// What pausableStream() delivers, and when; what reaches its source.
import {describe, expect, test} from '@jest/globals';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {PausableController} from 'pausable-signal';
import {pausableStream} from 'pausable-signal/streams';
import {leftOn} from 'pausable-signal/testing';
import {collectGarbage, flush, macrotask, reasons, watched} from '../core/support.ts';

interface Watch {
	pulls: number;
	cancelled: unknown[];
}

/** A stream of 0, 1, 2 … that records the calls it gets. */
function counted(length = Infinity): {stream: ReadableStream<number>; seen: Watch} {
	const seen: Watch = {pulls: 0, cancelled: []};
	const stream = new ReadableStream<number>(
		{
			pull(controller) {
				if (seen.pulls < length) controller.enqueue(seen.pulls++);
				else controller.close();
			},
			cancel: (reason) => void seen.cancelled.push(reason),
		},
		{highWaterMark: 0},
	);
	return {stream, seen};
}

async function collect<T>(stream: ReadableStream<T>): Promise<T[]> {
	const items: T[] = [];
	for await (const item of stream) items.push(item);
	return items;
}

function followersOf(signal: AbortSignal): number {
	return leftOn(signal).followers;
}

describe('reading', () => {
	const sources: Record<string, () => Parameters<typeof pausableStream<number>>[1]> = {
		'a ReadableStream': () => counted(3).stream,
		'a Node Readable': () => Readable.from([0, 1, 2]),
		'an async iterable': () =>
			(async function* () {
				yield* [0, 1, 2];
			})(),
		'an iterable': () => [0, 1, 2],
	};

	test.each(Object.entries(sources))(
		'%s: all of it, and nothing stays on the signal',
		async (_name, make) => {
			const {signal} = new PausableController();
			expect(await collect(pausableStream(signal, make()))).toEqual([0, 1, 2]);
			expect(followersOf(signal)).toBe(0);
		},
	);

	test('pulls once for each read, and nothing before the first', async () => {
		const {stream, seen} = counted();
		const reader = pausableStream(new PausableController().signal, stream).getReader();
		await macrotask();
		expect(seen.pulls).toBe(0);
		await reader.read();
		await macrotask();
		expect(seen.pulls).toBe(1);
	});

	test('several reads at once are answered in order, with as many pulls', async () => {
		const {stream, seen} = counted();
		const reader = pausableStream(new PausableController().signal, stream).getReader();
		const results = await Promise.all([reader.read(), reader.read(), reader.read()]);
		expect(results.map(({value}) => value)).toEqual([0, 1, 2]);
		expect(seen.pulls).toBe(3);
	});

	test('an error of the source is the same object', async () => {
		const failure = new Error('it failed');
		const source = new ReadableStream({pull: (controller) => controller.error(failure)});
		const {signal} = new PausableController();
		await expect(collect(pausableStream(signal, source))).rejects.toBe(failure);
		expect(followersOf(signal)).toBe(0);
	});
});

describe('a pause', () => {
	test('from the start leaves the source untouched', async () => {
		const controller = new PausableController();
		controller.pause();
		const {stream, seen} = counted();
		const read = watched(pausableStream(controller.signal, stream, {buffer: 10}).getReader().read());
		await macrotask();
		expect([seen.pulls, read.state]).toEqual([0, 'pending']);
		controller.resume();
		await macrotask();
		expect(read).toMatchObject({state: 'resolved', value: {value: 0}});
	});

	test('keeps the chunk that was requested, and delivers it first', async () => {
		const controller = new PausableController();
		let give = (_chunk: string): void => {};
		const source = new ReadableStream<string>(
			{pull: (stream) => new Promise((resolve) => (give = (chunk) => resolve(stream.enqueue(chunk))))},
			{highWaterMark: 0},
		);
		const reader = pausableStream(controller.signal, source).getReader();
		const reads = [watched(reader.read()), watched(reader.read())];
		await flush();
		controller.pause();
		give('one');
		await flush();
		expect(reads[0]!.state).toBe('pending');
		controller.resume();
		await flush();
		give('two');
		await flush();
		expect(reads.map(({value}) => value?.value)).toEqual(['one', 'two']);
	});

	test('ended and begun again in one tick lets nothing through', async () => {
		const controller = new PausableController();
		const reader = pausableStream(controller.signal, counted().stream).getReader();
		controller.pause();
		const read = watched(reader.read());
		controller.resume();
		controller.pause();
		await macrotask();
		expect(read.state).toBe('pending');
		controller.abort();
	});

	test('keeps reading into the buffer until it is full, in order', async () => {
		const controller = new PausableController();
		const {stream, seen} = counted(10);
		const reader = pausableStream(controller.signal, stream, {buffer: 3}).getReader();
		await reader.read();
		controller.pause();
		await macrotask();
		expect(seen.pulls).toBe(4);
		controller.resume();
		await macrotask();
		expect(seen.pulls).toBe(4);
		const rest = [];
		for (let at = 0; at < 9; at++) rest.push((await reader.read()).value);
		expect(rest).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
		expect((await reader.read()).done).toBe(true);
	});

	test('counts the bytes of the buffer', async () => {
		const controller = new PausableController();
		let pulls = 0;
		const source = new ReadableStream<Uint8Array>(
			{pull: (stream) => (pulls++, stream.enqueue(new Uint8Array(10)))},
			{highWaterMark: 0},
		);
		const reader = pausableStream(controller.signal, source, {buffer: 25}).getReader();
		await reader.read();
		controller.pause();
		await macrotask();
		expect(pulls).toBe(4);
		controller.abort();
	});
});

describe('an abort', () => {
	const states: Record<string, (controller: PausableController, stream: ReadableStream) => unknown> = {
		'before the first read': () => {},
		'between reads': async (_, stream) => {
			const reader = stream.getReader();
			await reader.read();
			reader.releaseLock();
		},
		'while paused': (controller) => controller.pause(),
	};

	test.each(
		Object.keys(states).flatMap((state) => reasons.map(([name, reason]) => [state, name, reason] as const)),
	)('%s, with %s: errors at once, and cancels the source with it', async (state, _name, reason) => {
		const controller = new PausableController();
		const {stream, seen} = counted();
		const gated = pausableStream(controller.signal, stream);
		await states[state]!(controller, gated);
		const reader = gated.getReader();
		const closed = watched(reader.closed as Promise<unknown>);
		controller.abort(reason);
		await flush();
		expect(closed.state).toBe('rejected');
		expect(closed.reason).toBe(controller.signal.reason);
		expect(seen.cancelled).toEqual([controller.signal.reason]);
		expect(followersOf(controller.signal)).toBe(0);
	});

	test('rejects reads that wait for a source that never answers', async () => {
		const controller = new PausableController();
		const stream = new ReadableStream({pull: () => new Promise<void>(() => {})}, {highWaterMark: 0});
		const reader = pausableStream(controller.signal, stream).getReader();
		const reads = [watched(reader.read()), watched(reader.read())];
		await flush();
		controller.abort('enough');
		await flush();
		expect(reads).toMatchObject([{reason: 'enough'}, {reason: 'enough'}]);
	});

	test('destroys a Node Readable, and calls return() of an iterator', async () => {
		const controller = new PausableController();
		const readable = new Readable({read() {}});
		let returned = 0;
		const iterator = {
			next: () => new Promise<never>(() => {}),
			return: async () => (returned++, {done: true as const, value: undefined}),
		};
		const readers = [readable, {[Symbol.asyncIterator]: () => iterator}].map((source) =>
			watched(pausableStream<unknown>(controller.signal, source).getReader().read()),
		);
		await flush();
		controller.abort('enough');
		await macrotask();
		expect(readers).toMatchObject([{reason: 'enough'}, {reason: 'enough'}]);
		expect([readable.destroyed, returned]).toEqual([true, 1]);
	});

	test('that came before: nothing is read', async () => {
		const {stream, seen} = counted();
		const reader = pausableStream(AbortSignal.abort('enough'), stream).getReader();
		await expect(reader.read()).rejects.toBe('enough');
		expect(seen).toEqual({pulls: 0, cancelled: ['enough']});
	});
});

describe('leaving early', () => {
	test.each([false, true])('cancel() reaches the source at once (paused: %s)', async (isHeld) => {
		const controller = new PausableController();
		const {stream, seen} = counted();
		const gated = pausableStream(controller.signal, stream);
		if (isHeld) controller.pause();
		const cancelled = gated.cancel('no more');
		expect(seen.cancelled).toEqual(['no more']);
		await cancelled;
		expect(followersOf(controller.signal)).toBe(0);
	});

	test('a loop that is left cancels', async () => {
		const {stream, seen} = counted();
		for await (const item of pausableStream(new PausableController().signal, stream)) if (item === 1) break;
		expect(seen.cancelled).toHaveLength(1);
	});

	test.each(['abort', 'cancel'] as const)(
		'preventCancel: an %s leaves the source open for another reader',
		async (how) => {
			const controller = new PausableController();
			const {stream, seen} = counted();
			const gated = pausableStream(controller.signal, stream, {preventCancel: true});
			const reader = gated.getReader();
			await reader.read();
			if (how === 'abort') controller.abort();
			else await reader.cancel();
			expect(seen.cancelled).toEqual([]);
			expect(await stream.getReader().read()).toEqual({done: false, value: 1});
		},
	);

	test('preventCancel: a Node Readable continues where it was, without our listeners', async () => {
		const controller = new PausableController();
		const readable = Readable.from(['a', 'b', 'c']);
		const before = readable.eventNames().map((name) => [name, readable.listenerCount(name)]);
		const reader = pausableStream<string>(controller.signal, readable, {preventCancel: true}).getReader();
		expect((await reader.read()).value).toBe('a');
		controller.abort();
		expect(readable.eventNames().map((name) => [name, readable.listenerCount(name)])).toEqual(before);
		expect(await readable.toArray()).toEqual(['b', 'c']);
	});

	test('dropped: it is collected, and leaves the signal', async () => {
		const {signal} = new PausableController();
		let collected = 0;
		const registry = new FinalizationRegistry(() => collected++);
		const readOne = async (): Promise<void> => {
			const stream = pausableStream(signal, counted().stream);
			registry.register(stream, undefined);
			const reader = stream.getReader();
			await reader.read();
		};
		for (let at = 0; at < 10; at++) await readOne();
		// On a busy machine the news of a collection comes later.
		const isOver = (): boolean => collected === 10 && followersOf(signal) === 0;
		for (let turn = 0; turn < 20 && !isOver(); turn++) await collectGarbage();
		expect([collected, followersOf(signal)]).toEqual([10, 0]);
	});
});

describe('with the users of streams', () => {
	const text = 'some text, \u00e4nd more of it. '.repeat(5000);
	const bytes = (): ReadableStream<Uint8Array<ArrayBuffer>> => new Blob([text]).stream();

	test('pipeThrough: compressed, decompressed, decoded', async () => {
		const {signal} = new PausableController();
		const zipped = pausableStream<Uint8Array<ArrayBuffer>>(signal, bytes()).pipeThrough(
			new CompressionStream('gzip'),
		);
		const decoded = zipped.pipeThrough(new DecompressionStream('gzip')).pipeThrough(new TextDecoderStream());
		expect((await collect(decoded)).join('')).toBe(text);
	});

	test('a pause in the middle of pipeTo, then Response, Readable.fromWeb and pipeline', async () => {
		const controller = new PausableController();
		let seen = 0;
		const piped = pausableStream<Uint8Array>(controller.signal, bytes()).pipeTo(
			new WritableStream({
				write(chunk) {
					if (seen === 0) {
						controller.pause();
						setImmediate(() => controller.resume());
					}
					expect(controller.signal.paused && seen > 0).toBe(false);
					seen += chunk.byteLength;
				},
			}),
		);
		await piped;
		expect(seen).toBe(Buffer.byteLength(text));
		expect(
			await new Response(pausableStream<Uint8Array<ArrayBuffer>>(controller.signal, bytes())).text(),
		).toBe(text);
		const chunks: Buffer[] = [];
		const readable = Readable.fromWeb(pausableStream(controller.signal, bytes()) as never);
		await pipeline(readable, async (source) => {
			for await (const chunk of source) chunks.push(chunk as Buffer);
		});
		expect(Buffer.concat(chunks).toString()).toBe(text);
	});
});

describe('bad input is refused at once', () => {
	const {signal} = new PausableController();
	const lockedStream = counted().stream;
	lockedStream.getReader();
	const ended = Readable.from([]);
	ended.destroy();

	test.each<[string, unknown, unknown, unknown, RegExp]>([
		['no signal', {}, [], undefined, /signal: expected an AbortSignal/],
		['no source', signal, 5, undefined, /source: expected an iterable.*5 \(number\)/],
		['null', signal, null, undefined, /source/],
		['a locked stream', signal, lockedStream, undefined, /source/],
		['a destroyed Readable', signal, ended, undefined, /source: expected a Readable that has not ended/],
		['a word as buffer', signal, [], {buffer: 'x'}, /buffer: expected a number of bytes.*'x'/],
		['a negative buffer', signal, [], {buffer: -1}, /buffer: expected.*-1/],
		['a number as preventCancel', signal, [], {preventCancel: 1}, /preventCancel: expected a boolean/],
	])('%s', (_name, badSignal, source, options, message) => {
		expect(() => pausableStream(badSignal as never, source as never, options as never)).toThrow(message);
	});

	test('a stream that was read', async () => {
		const {stream} = counted();
		const reader = stream.getReader();
		await reader.read();
		reader.releaseLock();
		expect(() => pausableStream(signal, stream)).toThrow(
			/source: expected a ReadableStream that is not locked/,
		);
	});
});
