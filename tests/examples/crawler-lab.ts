import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Behaviour, DemoPage, DemoSite} from '../../examples/crawler/demo/site.ts';
import {Crawl} from '../../examples/crawler/engine/crawl.ts';
import type {CrawlOptions} from '../../examples/crawler/engine/settings.ts';
import type {PageRecord} from '../../examples/crawler/status.ts';

/** A folder for a crawl, gone at the end. */
export class Folder implements Disposable {
	readonly path: string = mkdtempSync(join(tmpdir(), 'crawl-'));

	[Symbol.dispose](): void {
		rmSync(this.path, {recursive: true, force: true});
	}
}

/** A crawl in no hurry to give up, and in a hurry for the rest. */
export function openCrawl(
	dir: string,
	seeds: string | readonly string[],
	options: Partial<CrawlOptions> = {},
): Promise<Crawl> {
	return Crawl.open({
		dir,
		seeds: typeof seeds === 'string' ? [seeds] : seeds,
		perHost: 8,
		userAgent: 'test-bot/1.0',
		maxBytes: 200_000,
		attempts: 2,
		retryMs: 1,
		backOff: {baseMs: 1, maxMs: 1},
		...options,
	});
}

/** Path → what came of it; each path once. Filled while the crawl runs. */
export function findings<Key extends 'ending' | 'error' | 'title'>(
	crawl: Crawl,
	key: Key,
): Record<string, PageRecord[Key]> {
	const found: Record<string, PageRecord[Key]> = {};
	crawl.on('page', (page) => {
		const {pathname, search} = new URL(page.url);
		if (pathname + search in found) throw new Error(`visited twice: ${page.url}`);
		found[pathname + search] = page[key];
	});
	return found;
}

export async function afterPages(crawl: Crawl, count: number): Promise<void> {
	let pages = 0;
	if (count === 0) return;
	// Several may come in one go.
	await new Promise<void>((resolve) => {
		crawl.on('page', function note() {
			if (++pages < count) return;
			crawl.off('page', note);
			resolve();
		});
	});
}

type Ending = PageRecord['ending'];

const endings: Record<Behaviour, Ending> = {
	page: 'page',
	slow: 'page',
	dripping: 'page',
	flaky: 'page',
	redirect: 'redirect',
	picture: 'skipped',
	huge: 'failed',
	missing: 'failed',
	broken: 'failed',
};

/** What a crawl should make of a site, from the site's own plan and not from its HTML: path → ending. */
export function expectedCrawl(site: DemoSite): Record<string, Ending> {
	const found: Record<string, Ending> = {};
	const visit = (page: DemoPage | undefined): void => {
		if (page === undefined || page.path in found) return;
		const ending = page.isAllowed ? endings[page.behaviour] : 'skipped';
		found[page.path] = ending;
		if (ending === 'page' || ending === 'redirect')
			for (const link of page.links) visit(site.pages.get(link));
	};
	visit(site.pages.get(site.start));
	return found;
}
