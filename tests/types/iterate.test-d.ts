// Checked by `npm run check`, never run: what the types of pausable() promise and refuse.
import {Readable} from 'node:stream';
import {
	pausable,
	type PausableIterator,
	type PausableSignal,
	type PausableSource,
	type ReadableLike,
} from 'pausable-signal';
import {same} from './same.ts';

declare const signal: AbortSignal;
declare const pausableSignal: PausableSignal;
declare const response: Response;
declare const numbers: AsyncGenerator<number, string>;
declare const promises: readonly Promise<number>[];

// Each source tells what its items are.
const words = pausable(signal, ['one', 'two']);
same<typeof words, PausableIterator<string>>();
const generated = pausable(pausableSignal, numbers);
same<typeof generated, PausableIterator<number>>();
const awaited = pausable(signal, promises);
same<typeof awaited, PausableIterator<number>>();
const letters = pausable(signal, 'text');
same<typeof letters, PausableIterator<string>>();
const entries = pausable(signal, new Map([['one', 1]]));
same<typeof entries, PausableIterator<[string, number]>>();
const chunks = pausable(signal, new ReadableStream<Uint8Array>());
same<typeof chunks, PausableIterator<Uint8Array>>();
if (response.body !== null) {
	const bytes = pausable(signal, response.body);
	same<typeof bytes, PausableIterator<Uint8Array<ArrayBuffer>>>();
}
// Node does not say what is in a Readable.
const lines = pausable<string>(signal, Readable.from(['line']));
same<typeof lines, PausableIterator<string>>();
const input: PausableIterator<Buffer> = pausable<Buffer>(signal, process.stdin);
void input;
const like: ReadableLike<string> = Readable.from(['line']);
const likes = pausable(signal, like);
same<typeof likes, PausableIterator<string>>();
const source: PausableSource<number> = [1];
void pausable(signal, source);
// @ts-expect-error -- nothing that could be iterated over
void pausable(signal, 7);
// @ts-expect-error -- the body may be missing
void pausable(signal, response.body);
// @ts-expect-error -- a response is no source, its body is
void pausable(signal, response);
// @ts-expect-error -- the signal comes first
void pausable(numbers, signal);

// The iterator
async function iterate(): Promise<void> {
	for await (const word of words) same<typeof word, string>();
	await using items = pausable(signal, numbers);
	const item = await items.next();
	if (item.done) same<typeof item.value, undefined>();
	else same<typeof item.value, number>();
	same<ReturnType<typeof items.return>, Promise<IteratorResult<number, undefined>>>();
	// @ts-expect-error -- it is asynchronous
	for (const word of words) void word;
	// @ts-expect-error -- nothing can be thrown into it
	void items.throw(new Error('no'));
}
void iterate;
