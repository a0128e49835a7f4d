// queue.map(): results, backpressure, ends.
import {expect, test} from '@jest/globals';
import {createQueue, macrotask} from './kit.ts';

test('leaving the loop closes the source, behind an item that is on its way', async () => {
	const log: string[] = [];
	async function* source(): AsyncGenerator<number> {
		try {
			for (let item = 0; ; item++) yield item;
		} finally {
			await macrotask();
			log.push('closed');
		}
	}
	for await (const item of createQueue().map(source(), (value) => value)) if (item === 2) break;
	while (log.length === 0) await macrotask();
	expect(log).toEqual(['closed']);
});

test('ordered: the results of what came before an error of the source are delivered first', async () => {
	async function* source(): AsyncGenerator<number> {
		yield 1;
		yield 2;
		throw new Error('source');
	}
	const seen: unknown[] = [];
	const work = async (): Promise<void> => {
		for await (const item of createQueue().map(source(), async (value) => {
			await macrotask();
			return value;
		}))
			seen.push(item);
	};
	await expect(work()).rejects.toThrow('source');
	expect(seen).toEqual([1, 2]);
});
