// An abort ends the reading at once, whatever it meets, and reaches the source.
import {describe, expect, test} from '@jest/globals';
import {createReadStream} from 'node:fs';
import {Readable} from 'node:stream';
import {pausable, PausableController} from 'pausable-signal';
import {flush, watched} from '../core/support.ts';

describe('an abort while the loop body runs', () => {
	test('makes the loop throw, as it must not look complete', async () => {
		const controller = new PausableController();
		const seen: number[] = [];
		const loop = (async () => {
			for await (const item of pausable(controller.signal, [1, 2, 3])) {
				seen.push(item);
				controller.abort('enough');
			}
		})();
		await expect(loop).rejects.toBe('enough');
		expect(seen).toEqual([1]);
	});

	test('rejects the next read once; later reads give the end', async () => {
		const controller = new PausableController();
		const items = pausable(controller.signal, [1, 2, 3]);
		await items.next();
		controller.abort('enough');
		await expect(items.next()).rejects.toBe('enough');
		expect(await items.next()).toEqual({done: true, value: undefined});
	});

	test('rejects no read after return()', async () => {
		const controller = new PausableController();
		const items = pausable(controller.signal, [1, 2, 3]);
		await items.next();
		controller.abort('enough');
		expect(await items.return()).toEqual({done: true, value: undefined});
		expect(await items.next()).toEqual({done: true, value: undefined});
	});
});

describe('an abort of a signal of the platform', () => {
	const signals = {
		'that is read under': (signal: AbortSignal) => signal,
		'above the one that is read under': (signal: AbortSignal) => new PausableController({signal}).signal,
	};

	test.each(Object.entries(signals))(
		'%s reaches a read that an earlier listener begins: nothing more is pulled',
		async (_name, signalUnder) => {
			const controller = new AbortController();
			let pulls = 0;
			const source = {[Symbol.asyncIterator]: () => ({next: async () => ({value: ++pulls})})};
			const reads: ReturnType<typeof watched>[] = [];
			const listen = (): void => void reads.push(watched(items.next()));
			controller.signal.addEventListener('abort', listen);
			const items = pausable(signalUnder(controller.signal), source);
			await items.next();
			controller.abort('enough');
			await flush();
			expect(reads).toMatchObject([{state: 'rejected', reason: 'enough'}]);
			expect(pulls).toBe(1);
		},
	);
});

describe('an abort from inside the source', () => {
	test('lets a generator clean up, once it can', async () => {
		const controller = new PausableController();
		const log: string[] = [];
		function* words(): Generator<string> {
			try {
				yield 'one';
				controller.abort('enough');
				yield 'two';
			} finally {
				log.push('cleaned up');
			}
		}
		const items = pausable(controller.signal, words());
		expect(await items.next()).toEqual({done: false, value: 'one'});
		await expect(items.next()).rejects.toBe('enough');
		await flush();
		expect(log).toEqual(['cleaned up']);
	});
});

describe('an error of a Node Readable that nobody reads from yet', () => {
	test('during a pause is kept for the reader, and ends no process', async () => {
		const controller = new PausableController();
		controller.pause();
		const file = createReadStream('/does/not/exist');
		const read = watched(pausable(controller.signal, file).next());
		await new Promise((resolve) => file.once('close', resolve));
		controller.resume();
		await new Promise((resolve) => setImmediate(resolve));
		expect(read).toMatchObject({state: 'rejected', reason: {code: 'ENOENT'}});
	});

	test('reaches nobody when return() destroys the stream', async () => {
		const source = new Readable({
			read() {},
			destroy: (_error, callback) => callback(new Error('cannot close')),
		});
		const closed = new Promise((resolve) => source.once('close', resolve));
		await pausable(new PausableController().signal, source).return();
		await closed;
		expect(source.listenerCount('error')).toBeGreaterThan(0);
	});
});

describe('a source that breaks the rules of iterators', () => {
	test.each([undefined, null, 1])(
		'that gives a result that is no object (%s) makes the read reject with a TypeError',
		async (result) => {
			const source = {[Symbol.asyncIterator]: () => ({next: async () => result as never})};
			const read = watched(pausable(new PausableController().signal, source).next());
			await flush();
			expect(read).toMatchObject({state: 'rejected', reason: {name: 'TypeError'}});
		},
	);

	test('`done` counts as JavaScript counts it: any value that is true', async () => {
		const source = {[Symbol.asyncIterator]: () => ({next: async () => ({done: 1}) as never})};
		const items = pausable(new PausableController().signal, source);
		expect(await items.next()).toEqual({done: true, value: undefined});
	});
});
