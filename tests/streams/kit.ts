// Real sources of the same nine items, and what can be asked of each.
import {expect} from '@jest/globals';
import {createReadStream} from 'node:fs';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {PassThrough, Readable} from 'node:stream';
import type {PausableController} from 'pausable-signal';
import type {PausableSource} from '../../src/iterate/index.ts';
import {leftOn} from 'pausable-signal/testing';

export {flush, watched} from '../core/support.ts';

export const items: readonly string[] = ['1', '2', '3', '4', '5', '6', '7', '8', '9'];

/** A source under test. */
export interface Subject {
	readonly source: PausableSource<unknown>;
	/** How many items left the source; undefined where it does not tell. */
	pulls?(): number;
	/** Whether it was told to end: true, or the reason where it takes one. */
	ended(): unknown;
	/** Whether it gets the reason of its end. */
	readonly takesReason: boolean;
}

function webStream(highWaterMark: number, type?: 'bytes'): Subject {
	let pulls = 0;
	let ended: unknown = false;
	const source = new ReadableStream<unknown>(
		{
			...(type === undefined ? {} : {type}),
			pull(controller: ReadableStreamDefaultController<unknown>) {
				const item = items[pulls++];
				if (item === undefined) controller.close();
				else controller.enqueue(type === undefined ? item : new TextEncoder().encode(item));
			},
			cancel: (reason: unknown) => void (ended = reason),
		} as object,
		{highWaterMark},
	);
	return {source, pulls: () => pulls, ended: () => ended, takesReason: true};
}

async function* generate(seen: {pulls: number; ended: boolean}): AsyncGenerator<string> {
	try {
		for (const item of items) {
			seen.pulls++;
			yield item;
		}
	} finally {
		seen.ended = true;
	}
}

function* generateAtOnce(seen: {pulls: number; ended: boolean}): Generator<string | Promise<string>> {
	try {
		for (const item of items) {
			seen.pulls++;
			yield seen.pulls % 2 === 0 ? item : Promise.resolve(item);
		}
	} finally {
		seen.ended = true;
	}
}

function counted(make: (seen: {pulls: number; ended: boolean}) => PausableSource<unknown>): Subject {
	const seen = {pulls: 0, ended: false};
	return {source: make(seen), pulls: () => seen.pulls, ended: () => seen.ended, takesReason: false};
}

function readable(source: Readable): Subject {
	return {
		source: source as never,
		ended: () => source.destroyed && (source.errored ?? true),
		takesReason: true,
	};
}

const folder = await mkdtemp(path.join(tmpdir(), 'pausable-streams-'));
const file = path.join(folder, 'items');
await writeFile(file, items.join(''));

/** To be called after all tests. */
export async function removeFile(): Promise<void> {
	await rm(folder, {recursive: true});
}

/** All kinds of sources. */
export const subjects: Readonly<Record<string, () => Subject>> = {
	'a ReadableStream': () => webStream(0),
	'a ReadableStream that reads ahead': () => webStream(4),
	'a stream of bytes': () => webStream(0, 'bytes'),
	'the readable side of a TransformStream': () => {
		const {source, ended} = webStream(0);
		const piped = (source as ReadableStream<unknown>).pipeThrough(new TransformStream());
		// On Node 20 the pipe tells a reason of its own.
		return {source: piped, ended, takesReason: false};
	},
	'a branch of tee()': () => {
		const {source, ended} = webStream(0);
		const [one, other] = (source as ReadableStream<unknown>).tee();
		void other.cancel('the other');
		// Both branches must agree, and the source gets both reasons.
		const reason = (): unknown => (Array.isArray(ended()) ? (ended() as unknown[])[0] : ended());
		return {source: one, ended: reason, takesReason: true};
	},
	'a Node Readable': () => readable(Readable.from(items)),
	'a Node Readable of bytes': () => readable(createReadStream(file, {highWaterMark: 1})),
	'a Node Duplex': () =>
		readable(Readable.from(items).pipe(new PassThrough({objectMode: true, highWaterMark: 1}))),
	'an async generator': () => counted(generate),
	'a generator, of promises, too': () => counted(generateAtOnce),
	'a Set': () => ({source: new Set(items), ended: () => true, takesReason: false}),
};

/** What an item says, also where it is a part of a file. */
export function textOf(item: unknown): string {
	return typeof item === 'string' ? item : Buffer.from(item as Uint8Array).toString();
}

export async function collect(stream: AsyncIterable<unknown>): Promise<string> {
	let text = '';
	for await (const item of stream) text += textOf(item);
	return text;
}

export function expectNothingOn({signal}: Pick<PausableController, 'signal'> | AbortController): void {
	expect(leftOn(signal).followers).toBe(0);
}
