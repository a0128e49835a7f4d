import {afterAll, beforeAll, expect, jest, test} from '@jest/globals';
import {CrawlReader} from '../../examples/crawler/engine/reading.ts';
import {CrawlProcess, Program} from './crawl-process.ts';
import type {Word} from './crawl-program.ts';
import {Folder, openCrawl} from './crawler-lab.ts';
import {attempts, hostileHosts, maxBytes, maxDepth, resultsOf} from './hostile-hosts.ts';
import {HostileSite} from './hostile-site.ts';

// CRAWL_KILLS=20 for the full number.
const kills = Number(process.env['CRAWL_KILLS'] ?? 3);
const size = kills > 10 ? 120 : 24;
const concurrency = 16;

// For machines that are busy with other things.
jest.setTimeout(300_000);

let program: Program;
beforeAll(async () => {
	program = await Program.of('crawl-program.ts');
});
afterAll(() => program[Symbol.dispose]());

test('a folder that another process crawls into is refused until that process is killed', async () => {
	using folder = new Folder();
	await using site = await HostileSite.start(hostileHosts(size));
	const options = {dir: folder.path, seeds: site.seeds, attempts, maxDepth, userAgent: 'test-bot/1.0'};
	await using other = new CrawlProcess<Word>(program, {options, pauseEvery: 0});
	await other.untilSaid(1);
	await expect(openCrawl(folder.path, site.seeds)).rejects.toThrow(
		`${folder.path} is in use: another process crawls into it`,
	);
	other.kill();
	await other.end();
	await using crawl = await openCrawl(folder.path, site.seeds);
	expect(crawl.status.counts.waiting).toBeGreaterThan(0);
});

const random = (below: number): number => Math.floor(Math.random() * below);

test.each([
	[`${kills} times kill -9`, 0],
	[`${kills} times kill -9, and pauses at random moments`, 12],
])('a crawl survives %s: it loses no page, and reports none twice', async (_title, pauseEvery) => {
	using folder = new Folder();
	await using site = await HostileSite.start(hostileHosts(size));
	const options = {
		dir: folder.path,
		seeds: site.seeds,
		attempts,
		maxBytes,
		maxDepth,
		concurrency,
		perHost: 4,
		refusals: 1000,
		retryMs: 1,
		userAgent: 'test-bot/1.0',
		backOff: {baseMs: 1, maxMs: 1},
	};
	const told: string[] = [];
	const run = async (life: (crawl: CrawlProcess<Word>) => Promise<void>): Promise<unknown> => {
		await using crawl = new CrawlProcess<Word>(program, {options, pauseEvery});
		await life(crawl);
		const end = await crawl.end();
		told.push(...crawl.said.flatMap((word) => ('page' in word ? word.page : [])));
		return end;
	};
	const ends: unknown[] = [];
	for (let kill = 0; kill < kills; kill++)
		ends.push(
			await run(async (crawl) => {
				await crawl.untilSaid(1 + random(10));
				// Anywhere between two words, also in the middle of a transaction.
				await new Promise((resolve) => setTimeout(resolve, random(10)));
				crawl.kill();
			}),
		);
	expect(await run(async () => {})).toBe(0);
	// Each of them died at work.
	expect(new Set(ends)).toEqual(new Set(['SIGKILL']));

	using reader = new CrawlReader(folder.path);
	expect(resultsOf(reader.pages(), site.expected)).toEqual(site.expected);
	expect(told.length).toBe(new Set(told).size);
	// The pages in flight are requested again, and no others.
	const once = site.pathsAskedOnce();
	const repeated = once.reduce((sum, requests) => sum + Math.max(0, requests - 1), 0);
	expect(repeated).toBeLessThanOrEqual(kills * concurrency);
});
