// C2: a result of a foreign iterator may throw when its properties are read.
import {describe, expect, test} from '@jest/globals';
import {pausable, PausableController, type PausableSource} from 'pausable-signal';
import {pausableStream} from 'pausable-signal/streams';
import {leftOn} from 'pausable-signal/testing';
import {flush} from '../core/support.ts';

const failure = new Error('it throws at a look');

function fail(): never {
	throw failure;
}

function revoked(): never {
	const {proxy, revoke} = Proxy.revocable({}, {});
	revoke();
	return proxy as never;
}

/** Results, as one that says whether it was closed hands them out. */
const results: Record<string, () => unknown> = {
	'a done that throws': () => ({
		get done() {
			return fail();
		},
		value: 1,
	}),
	'a value that throws': () => ({
		done: false,
		get value() {
			return fail();
		},
	}),
	'a revoked Proxy': revoked,
	'no object': () => 5,
	'no result': () => undefined,
};

const kinds = {
	'an async iterable': (next: () => unknown, close: () => void) => ({
		[Symbol.asyncIterator]: () => ({
			next: async () => next(),
			return: async () => close(),
		}),
	}),
	'an iterable': (next: () => unknown, close: () => void) => ({
		[Symbol.iterator]: () => ({next, return: close}),
	}),
};

const readers = {
	pausable: (signal: AbortSignal, source: PausableSource<unknown>) => pausable(signal, source).next(),
	pausableStream: (signal: AbortSignal, source: PausableSource<unknown>) =>
		pausableStream(signal, source).getReader().read(),
};

describe.each(Object.entries(readers))('C2: %s', (_reader, read) => {
	describe.each(Object.entries(kinds))('over %s', (kind, make) => {
		test.each(Object.entries(results))(
			'%s rejects the read, and closes the source once',
			async (name, next) => {
				let closed = 0;
				const {signal} = new PausableController();
				// A promise cannot resolve with a revoked Proxy: it is read for its then.
				const result =
					kind === 'an async iterable' && name === 'a revoked Proxy' ? results['no object']! : next;
				const source = make(result, () => void closed++) as object as PausableSource<unknown>;
				await expect(read(signal, source)).rejects.toMatchObject({message: expect.any(String)});
				expect(closed).toBe(1);
				expect(leftOn(signal).followers).toBe(0);
			},
		);

		test('during a pause the failure is kept, and the read rejects on resume', async () => {
			let closed = 0;
			const controller = new PausableController();
			const next = results['a value that throws']!;
			const source = make(next, () => void closed++) as object as PausableSource<unknown>;
			const call = read(controller.signal, source);
			controller.pause();
			await flush();
			controller.resume();
			await expect(call).rejects.toBe(failure);
			expect(closed).toBe(1);
		});
	});
});

test('C2: the loop reads `done` and `value` once each', async () => {
	const log: string[] = [];
	const result = {
		get done() {
			log.push('done');
			return false;
		},
		get value() {
			log.push('value');
			return 1;
		},
	};
	const source = {[Symbol.asyncIterator]: () => ({next: async () => result})};
	expect(await pausable(new PausableController().signal, source).next()).toEqual({done: false, value: 1});
	expect(log).toEqual(['done', 'value']);
});

test('C2: an item that throws at every access is delivered, also after a pause kept it', async () => {
	const item = {
		get byteLength() {
			return fail();
		},
	};
	const controller = new PausableController();
	const source = {[Symbol.asyncIterator]: () => ({next: async () => ({done: false as const, value: item})})};
	const read = pausable(controller.signal, source).next();
	controller.pause();
	await flush();
	controller.resume();
	expect((await read).value).toBe(item);
});
