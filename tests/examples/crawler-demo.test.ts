import {expect, jest, test} from '@jest/globals';
import {serveDemo} from '../../examples/crawler/demo/demo.ts';
import {gazette} from '../../examples/crawler/demo/gazette.ts';
import {market} from '../../examples/crawler/demo/market.ts';
import {museum} from '../../examples/crawler/demo/museum.ts';
import type {CrawlHold} from '../../examples/crawler/status.ts';
import {expectedCrawl, Folder, openCrawl} from './crawler-lab.ts';

// For machines that are busy with other things.
// The demo's own delays are most of it.
jest.setTimeout(180_000);

test('a crawl finds all of the demo, and is polite to each of its sites', async () => {
	using folder = new Folder();
	await using demo = await serveDemo({slowness: 0.05});
	const crawl = await openCrawl(folder.path, demo.seeds, {perHost: 4});
	const found: Record<string, string> = {};
	crawl.on('page', ({url, ending}) => {
		found[url] = ending;
	});
	const titles = new Set<string | undefined>();
	crawl.on('page', ({title}) => titles.add(title));
	const holds = new Map<string, readonly CrawlHold[]>();
	crawl.on('host', (status) =>
		holds.set(status.host, status.holds.length > 0 ? status.holds : (holds.get(status.host) ?? [])),
	);
	await crawl.run();

	const origins = demo.seeds.map((seed) => new URL(seed).origin);
	const expected = [gazette(), market(), museum(0)].flatMap((site, index) =>
		Object.entries(expectedCrawl(site)).map(([path, ending]) => [origins[index] + path, ending]),
	);
	const rooms = [...museum(0).pages.keys()].filter((path) => path.startsWith('/room'));
	const byMap = rooms.map((path) => [origins[2] + path, 'page']);
	expect(found).toEqual(Object.fromEntries([...expected, ...byMap]));
	// E14: letters that a site's encoding has not.
	expect([...titles].filter((title) => /[\p{Cc}\uFFFD]/u.test(title ?? ''))).toEqual([]);
	expect([...titles].some((title) => title?.includes('\u2019'))).toBe(true);
	expect(holds.get(new URL(origins[1] ?? '').host)).toEqual([
		{by: 'server', reason: 'HTTP 429', since: expect.any(Number), until: expect.any(Number)},
	]);
});
