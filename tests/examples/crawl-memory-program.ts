import {readFileSync} from 'node:fs';
import process from 'node:process';
import {Crawl} from '../../examples/crawler/engine/crawl.ts';
import {Scope} from '../../examples/crawler/engine/scope.ts';
import {openDatabase, Store} from '../../examples/crawler/engine/store.ts';

export interface Figures {
	readonly waiting: number;
	readonly done: number;
	/** Bytes. */
	readonly mostMemory: number;
	readonly pagesPerSecond: number;
}

interface Job {
	readonly dir: string;
	/** How many wait at the beginning. */
	readonly urls: number;
	readonly hosts: number;
	/** How many are visited. */
	readonly pages: number;
}

const {dir, urls, hosts, pages} = JSON.parse(process.argv[2] ?? '') as Job;

const urlOf = (n: number): string => `http://host${n % hosts}.invalid/some/longer/path/to/page-${n}.html`;

function fillFrontier(): void {
	const origins = Array.from({length: hosts}, (_, n) => new URL(urlOf(n)).origin);
	using store = new Store(openDatabase(dir, false), new Scope(origins, {}));
	const portion = 10_000;
	for (let from = 0; from < urls; from += portion) {
		store.addSeeds(Array.from({length: Math.min(portion, urls - from)}, (_, n) => urlOf(from + n)));
	}
}

let asked = 0;

/** Pages with links to pages that are known and to such that are not. */
const answer: typeof fetch = async (input) => {
	// As with a network: without a turn of the event loop nothing that was looked at weakly is collected.
	await new Promise((resolve) => setImmediate(resolve));
	if (String(input).endsWith('/robots.txt')) return new Response('', {status: 404});
	const links = Array.from(
		{length: 50},
		(_, n) => `<a href="${urlOf(urls * (n % 2) + asked * 50 + n)}">a link</a>`,
	);
	asked++;
	return new Response(links.join('<p>Some text between the links.</p>'), {
		headers: {'content-type': 'text/html'},
	});
};

// On Linux maxRSS begins with what the parent had when it started this process.
function mostMemory(): number {
	if (process.platform !== 'linux') return 1024 * process.resourceUsage().maxRSS;
	const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
	return 1024 * Number(kilobytes);
}

fillFrontier();
const crawl = await Crawl.open({dir, fetch: answer, concurrency: 32, maxPages: pages});
const begin = performance.now();
await crawl.run();
const {done, waiting} = crawl.status.counts;
const pagesPerSecond = (1000 * done) / (performance.now() - begin);
process.send?.({done, waiting, mostMemory: mostMemory(), pagesPerSecond} satisfies Figures);
process.disconnect?.();
