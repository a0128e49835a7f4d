import {expect, jest, test} from '@jest/globals';
import {CrawlProcess, Program} from './crawl-process.ts';
import type {Figures} from './crawl-memory-program.ts';
import {Folder} from './crawler-lab.ts';

// CRAWL_URLS=1000000 for the full number.
const urls = Number(process.env['CRAWL_URLS'] ?? 10_000);
const pages = Math.max(200, urls / 200);

jest.setTimeout(900_000);

test(`${urls} URLs that wait need less than 300 MB`, async () => {
	using folder = new Folder();
	using program = await Program.of('crawl-memory-program.ts');
	await using crawl = new CrawlProcess<Figures>(program, {dir: folder.path, urls, hosts: 1000, pages});
	expect(await crawl.end()).toBe(0);
	const [figures] = crawl.said as [Figures];
	if (process.env['CRAWL_URLS'] !== undefined) console.log(figures);
	expect(figures.done).toBe(pages);
	expect(figures.waiting).toBeGreaterThanOrEqual(urls - pages);
	expect(figures.mostMemory).toBeLessThan(300e6);
});
