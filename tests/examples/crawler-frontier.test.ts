import {expect, test} from '@jest/globals';
import {type Entry, MemoryFrontier} from '../../examples/crawler/frontier.ts';

const entry = (url: string, depth = 0): Entry => ({url, depth, from: undefined});

function takeAll(frontier: MemoryFrontier): string[] {
	const taken: string[] = [];
	for (let next = frontier.take(); next !== undefined; next = frontier.take()) taken.push(next.url);
	return taken;
}

test('entries come out in their order, each URL once, for good', () => {
	const frontier = new MemoryFrontier();
	expect(frontier.add(['a', 'b', 'a', 'c'].map((url) => entry(url)))).toBe(3);
	expect(takeAll(frontier)).toEqual(['a', 'b', 'c']);
	frontier.settle(entry('a'), 'page', [entry('b', 1), entry('d', 1)]);
	expect(takeAll(frontier)).toEqual(['d']);
});

test('what is given back comes first', () => {
	const frontier = new MemoryFrontier();
	frontier.add(['a', 'b', 'c'].map((url) => entry(url)));
	frontier.giveBack(frontier.take() as Entry);
	expect(takeAll(frontier)).toEqual(['a', 'b', 'c']);
});

test('every entry is counted in one place', () => {
	const frontier = new MemoryFrontier();
	frontier.add(['a', 'b', 'c', 'd'].map((url) => entry(url)));
	for (const url of ['a', 'b', 'c']) expect(frontier.take()?.url).toBe(url);
	frontier.settle(entry('a'), 'page', [entry('e')]);
	frontier.settle(entry('b'), 'failed', []);
	expect(frontier.counts).toEqual({waiting: 2, taken: 1, page: 1, redirect: 0, skipped: 0, failed: 1});
});

test('a long queue stays in its order', () => {
	const frontier = new MemoryFrontier();
	const urls = Array.from({length: 5000}, (_, index) => String(index));
	frontier.add(urls.map((url) => entry(url)));
	const first = Array.from({length: 2500}, () => frontier.take()?.url);
	frontier.add([entry('last')]);
	expect([...first, ...takeAll(frontier)]).toEqual([...urls, 'last']);
});
