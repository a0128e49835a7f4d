import {expect, jest, test} from '@jest/globals';
import type {Crawl} from '../../examples/crawler/engine/crawl.ts';
import {CrawlReader} from '../../examples/crawler/engine/reading.ts';
import type {CrawlOptions} from '../../examples/crawler/engine/settings.ts';
import {afterPages, Folder, openCrawl} from './crawler-lab.ts';
import {attempts, hostileHosts, maxBytes, maxDepth, resultsOf, silentHosts} from './hostile-hosts.ts';
import {HostileSite} from './hostile-site.ts';

// CRAWL_PAUSES=50 for the full number.
const pauses = Number(process.env['CRAWL_PAUSES'] ?? 8);
const size = pauses > 20 ? 120 : 30;

// For machines that are busy with other things.
jest.setTimeout(120_000);

const options: Partial<CrawlOptions> = {
	attempts,
	maxBytes,
	maxDepth,
	perHost: 4,
	concurrency: 16,
	refusals: 1000,
};

function expectResults(dir: string, {expected}: HostileSite): void {
	using reader = new CrawlReader(dir);
	expect(resultsOf(reader.pages(), expected)).toEqual(expected);
}

test('a crawl of hostile hosts finds exactly the expected pages', async () => {
	using folder = new Folder();
	await using site = await HostileSite.start(hostileHosts(size));
	const crawl = await openCrawl(folder.path, site.seeds, options);
	await crawl.run();
	expectResults(folder.path, site);
	expect(crawl.status).toMatchObject({state: 'completed', counts: {waiting: 0, running: 0, held: 0}});
});

test('a crawl gives up hosts that never answer', async () => {
	using folder = new Folder();
	await using site = await HostileSite.start(silentHosts);
	const crawl = await openCrawl(folder.path, site.seeds, {timeoutMs: 1000, idleTimeoutMs: 700});
	await crawl.run();
	expectResults(folder.path, site);
});

const random = (below: number): number => Math.floor(Math.random() * below);

/** Pauses the crawl, or a host of it, at random moments; looks whether everything stands still. */
async function disturb(crawl: Crawl, site: HostileSite): Promise<void> {
	await afterPages(crawl, random(6));
	if (random(3) === 0) {
		const host = new URL(site.seeds[random(site.seeds.length)] ?? '').host;
		const isPaused = crawl.pause('a host of it', {host});
		await afterPages(crawl, random(3));
		expect(crawl.resume({host})).toBe(true);
		await isPaused;
	} else {
		let pages = 0;
		const count = (): void => void pages++;
		const isPaused = crawl.pause('all of it');
		if (random(3) === 0) crawl.resume();
		else expect(await isPaused).toBe(true);
		crawl.on('page', count);
		await new Promise((resolve) => setTimeout(resolve, random(20)));
		if (crawl.status.state === 'paused') expect(pages).toBe(0);
		crawl.off('page', count);
		crawl.resume();
	}
}

test(`a crawl with ${pauses} pauses at random moments finds exactly the expected pages`, async () => {
	using folder = new Folder();
	await using site = await HostileSite.start(hostileHosts(size));
	const crawl = await openCrawl(folder.path, site.seeds, options);
	const done = crawl.run();
	let disturbed = 0;
	for (let turn = 0; turn < pauses; turn++)
		await Promise.race([done, disturb(crawl, site).then(() => disturbed++)]);
	await done;
	expect(disturbed).toBe(pauses);
	expectResults(folder.path, site);
	expect(crawl.status).toMatchObject({state: 'completed', counts: {waiting: 0, running: 0, held: 0}});
});
