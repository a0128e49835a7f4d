import {pausable, PausableController} from 'pausable-signal';
import {pausableFetch} from 'pausable-signal/fetch';
import {pausableStream} from 'pausable-signal/streams';
import type {Contest, Contestant} from '../contest.ts';
import {nsSince} from '../samples.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const count = 100_000;
const ratioLimit = 1.5;
// A round takes long enough for garbage collections, which come when they come.
const rounds = 15;

/** Costs of a chunk, from the first to the end. `read` says how many there were. */
function chunks(name: string, open: () => Promise<() => Promise<number>>): Contestant {
	return {
		name,
		async sample() {
			const read = await open();
			const start = performance.now();
			const seen = await read();
			const ns = nsSince(start);
			if (seen !== count) throw new Error(`${name}: ${seen} chunks instead of ${count}`);
			return ns / count;
		},
	};
}

function source(): ReadableStream<Bytes> {
	let left = count;
	return new ReadableStream(
		{
			pull(controller) {
				if (left-- > 0) controller.enqueue(new Uint8Array(20));
				else controller.close();
			},
		},
		{highWaterMark: 0},
	);
}

async function countByReader(stream: ReadableStream<unknown> | null): Promise<number> {
	const reader = (stream as ReadableStream<unknown>).getReader();
	let seen = 0;
	while (!(await reader.read()).done) seen++;
	return seen;
}

async function countByLoop(items: AsyncIterable<unknown>): Promise<number> {
	let seen = 0;
	for await (const _item of items) seen++;
	return seen;
}

/** What any second stream costs: it has no gate, no signal, nothing. */
function passedOn(source: ReadableStream<Bytes>, type?: 'bytes'): ReadableStream<Bytes> {
	const reader = source.getReader();
	const pull = async (controller: ReadableStreamController<Bytes>): Promise<void> => {
		const {done, value} = await reader.read();
		if (done) controller.close();
		else controller.enqueue(value);
	};
	return type === 'bytes' ? new ReadableStream({type, pull}) : new ReadableStream({pull}, {highWaterMark: 0});
}

const rawReader = chunks('the raw reader', async () => {
	const stream = source();
	return () => countByReader(stream);
});

/** As somebody would write it who has no gated source: it looks before each chunk. */
function byHand(): Contestant {
	const {signal} = new PausableController();
	return chunks('an async generator with a checkpoint', async () => {
		const stream = source();
		return () =>
			countByLoop(
				(async function* () {
					for await (const item of stream) {
						await signal.checkpoint();
						yield item;
					}
				})(),
			);
	});
}

export function chunksPausable(): Contest {
	const {signal} = new PausableController();
	return {
		what: '100,000 chunks through `pausable()`, each',
		unit: 'ns',
		rounds,
		ours: chunks('pausable', async () => {
			const stream = source();
			return () => countByLoop(pausable(signal, stream));
		}),
		peers: [{...rawReader, ratioLimit}, byHand()],
	};
}

export function chunksStream(): Contest {
	const {signal} = new PausableController();
	return {
		what: 'the same through `pausableStream()`',
		unit: 'ns',
		rounds,
		ours: chunks('pausableStream', async () => {
			const stream = source();
			return () => countByReader(pausableStream(signal, stream));
		}),
		peers: [
			rawReader,
			chunks('a stream that only passes on', async () => {
				const stream = passedOn(source());
				return () => countByReader(stream);
			}),
			chunks('a TransformStream that does nothing', async () => {
				const stream = source().pipeThrough(new TransformStream());
				return () => countByReader(stream);
			}),
		],
	};
}

/** As the body that `fetch` gives: a stream of bytes. */
function byteSource(): ReadableStream<Bytes> {
	let left = count;
	return new ReadableStream({
		type: 'bytes',
		pull(controller) {
			if (left-- > 0) controller.enqueue(new Uint8Array(20));
			else controller.close();
		},
	});
}

// Not over a network: what is sent as many small chunks may come as a few large ones.
const answer = async (): Promise<Response> => new Response(byteSource());

export function chunksFetch(): Contest {
	const {signal} = new PausableController();
	return {
		what: 'the same of bytes, through the body of `pausableFetch()`',
		unit: 'ns',
		rounds,
		ours: chunks('pausableFetch', async () => {
			const {body} = await pausableFetch('http://localhost/', {signal, fetch: answer});
			return () => countByReader(body);
		}),
		peers: [
			chunks('the raw reader', async () => {
				const {body} = await answer();
				return () => countByReader(body);
			}),
			chunks('a stream that only passes on', async () => {
				const stream = passedOn(byteSource(), 'bytes');
				return () => countByReader(stream);
			}),
		],
	};
}
