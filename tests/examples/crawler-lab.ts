import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
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
export function openCrawl(dir: string, seed: string, options: Partial<CrawlOptions> = {}): Promise<Crawl> {
	return Crawl.open({
		dir,
		seeds: [seed],
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
	for (let pages = 0; pages < count; pages++) await once(crawl, 'page');
}
