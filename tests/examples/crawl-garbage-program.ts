// The whole program with limits for a test, in a process of its own: an uncaught error ends it.
import process from 'node:process';
import {Crawl} from '../../examples/crawler/engine/crawl.ts';
import type {CrawlOptions} from '../../examples/crawler/engine/settings.ts';

const open = Crawl.open.bind(Crawl);
const hurried: Partial<CrawlOptions> = {
	timeoutMs: 2000,
	idleTimeoutMs: 300,
	attempts: 2,
	retryMs: 1,
	backOff: {baseMs: 1, maxMs: 2},
};
Crawl.open = (options) => open({...options, ...hurried});

process.argv.splice(2, 1, ...(JSON.parse(process.argv[2] ?? '[]') as string[]));
await import('../../examples/crawler/main.ts');
