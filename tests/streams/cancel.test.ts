// F2: cancel() answers when the source has closed, and as the source answers; a pending read changes nothing.
import {describe, expect, test} from '@jest/globals';
import {PausableController} from 'pausable-signal';
import {pausableStream} from 'pausable-signal/streams';
import {flush, watched} from '../core/support.ts';

type Close = () => Promise<void>;

const never = new Promise<never>(() => {});

const sources = {
	'a ReadableStream': (cancel: Close) => new ReadableStream<Uint8Array>({pull: () => never, cancel}),
	'a stream of bytes': (cancel: Close) =>
		new ReadableStream<Uint8Array<ArrayBuffer>>({type: 'bytes', pull: () => never, cancel}),
	'an async iterator': (cancel: Close) => ({
		[Symbol.asyncIterator]: () => ({
			next: () => never,
			return: async () => {
				await cancel();
				return {done: true as const, value: undefined};
			},
		}),
	}),
};

describe.each(Object.entries(sources))('F2: cancel() of a stream over %s', (_name, make) => {
	const states = [
		['a read pending', true, false],
		['no read pending', false, false],
		['a read pending, paused', true, true],
		['no read pending, paused', false, true],
	] as const;

	test.each(states)('with %s: resolves when the source has closed', async (_state, isReading, isHeld) => {
		const {promise, resolve} = resolvers();
		const controller = new PausableController();
		const reader = pausableStream<Uint8Array>(
			controller.signal,
			make(() => promise),
		).getReader();
		if (isReading) void reader.read();
		await flush();
		if (isHeld) controller.pause();
		const cancelled = watched(reader.cancel());
		await flush();
		expect(cancelled.state).toBe('pending');
		resolve();
		await flush();
		expect(cancelled.state).toBe('resolved');
	});

	test.each(states)('with %s: rejects as the source does', async (_state, isReading, isHeld) => {
		const failure = new Error('it does not close');
		const controller = new PausableController();
		const source = make(() => Promise.reject(failure));
		const reader = pausableStream<Uint8Array>(controller.signal, source).getReader();
		if (isReading) void reader.read();
		await flush();
		if (isHeld) controller.pause();
		await expect(reader.cancel()).rejects.toBe(failure);
	});
});

test('F2: a pending async generator cannot be waited for: cancel() resolves, and it closes when it can', async () => {
	const {promise, resolve} = resolvers();
	let isClosed = false;
	async function* waits(): AsyncGenerator<number> {
		try {
			await promise;
			yield 1;
		} finally {
			isClosed = true;
		}
	}
	const reader = pausableStream(new PausableController().signal, waits()).getReader();
	void reader.read();
	await flush();
	await reader.cancel();
	expect(isClosed).toBe(false);
	resolve();
	await flush();
	expect(isClosed).toBe(true);
});

function resolvers(): {promise: Promise<void>; resolve: () => void} {
	let resolve = (): void => {};
	const promise = new Promise<void>((settle) => (resolve = settle));
	return {promise, resolve};
}
