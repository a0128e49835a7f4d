// How an iteration ends its source: once, and with nothing left locked or open.
import {describe, expect, test} from '@jest/globals';
import {pausable, PausableController} from 'pausable-signal';
import {leftOn} from 'pausable-signal/testing';
import {collectGarbage} from '../core/support.ts';

const failure = new Error('it failed');

describe('after an error', () => {
	test('a generator of promises, one of which rejects, cleans up', async () => {
		const log: string[] = [];
		function* requests(): Generator<Promise<string>> {
			try {
				yield Promise.reject(failure);
			} finally {
				log.push('cleaned up');
			}
		}
		await expect(pausable(new PausableController().signal, requests()).next()).rejects.toBe(failure);
		expect(log).toEqual(['cleaned up']);
	});

	test('a ReadableStream is not locked any more, as after a loop over the stream itself', async () => {
		const stream = new ReadableStream({pull: (controller) => controller.error(failure)});
		await expect(pausable(new PausableController().signal, stream).next()).rejects.toBe(failure);
		expect(stream.locked).toBe(false);
	});
});

describe('dropped between two reads', () => {
	test('a loop leaves nothing on the signal', async () => {
		const {signal} = new PausableController();
		const readOne = async (): Promise<void> => void (await pausable(signal, [1, 2, 3]).next());
		for (let i = 0; i < 10; i++) await readOne();
		// On a busy machine the news of a collection comes later.
		for (let turn = 0; turn < 20 && leftOn(signal).followers !== 0; turn++) await collectGarbage();
		expect(leftOn(signal).followers).toBe(0);
	});
});
