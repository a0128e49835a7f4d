// The crawler of examples/ beside Crawlee's and wget2, on the same pages: `npm run bench:crawler`, or
// `npm run bench:crawler -- --package postgresql-doc-15 --rounds 5`, or `npm run bench:crawler -- --without-crawlee`.
import {spawnSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {availableParallelism, cpus, loadavg, totalmem} from 'node:os';
import {parseArgs} from 'node:util';
import type {Contestant, Pausable} from './contestant.ts';
import {crawlee} from './crawlee.ts';
import {docsTree} from './docs-tree.ts';
import {type Course, type Crawled, crawlAll, resumeTimes} from './measure.ts';
import {nodeToMeasure, versionOf} from './node.ts';
import {ours} from './ours.ts';
import {serve, type Server} from './server.ts';
import {type Results, table} from './table.ts';
import {wget2, wget2Version} from './wget2.ts';

const {values} = parseArgs({
	options: {
		package: {type: 'string', default: 'linux-doc-6.1'},
		rounds: {type: 'string', default: '3'},
		concurrency: {type: 'string', default: '8'},
		'without-crawlee': {type: 'boolean', default: false},
	},
});
const rounds = wholeNumber('rounds', values.rounds);
const concurrency = wholeNumber('concurrency', values.concurrency);
const installed = 'bench/crawler/node_modules/@crawlee/cheerio/package.json';

const pausable = values['without-crawlee'] ? [ours] : [ours, crawlee];
if (pausable.includes(crawlee)) installCrawlee();
if (wget2Version() === undefined) throw new Error('expected wget2: apt-get install wget2');
const tree = docsTree(values.package);
const node = nodeToMeasure();
console.log(`${describeMachine()}\n${rounds} rounds, ${concurrency} pages at once, ${tree.name}\n`);
{
	using server = await serve(tree.folder);
	const course: Course = {node, url: `${server.origin}${tree.start}`, concurrency};
	const [mine, ...others] = await holdAll([...pausable, wget2], server, course);
	console.log(`\n${table(mine!, others)}\n`);
	console.log(difference(mine!, ...others));
}

function wholeNumber(option: string, value: string): number {
	if (/^[1-9]\d*$/.test(value)) return Number(value);
	throw new RangeError(`expected a whole number from 1 for --${option}, got '${value}'`);
}

function installCrawlee(): void {
	if (existsSync(installed)) return;
	const {status} = spawnSync('npm', ['ci', '--prefix', 'bench/crawler'], {stdio: 'inherit'});
	if (status !== 0) throw new Error('Crawlee could not be installed');
}

function describeMachine(): string {
	const memory = Math.round(totalmem() / 2 ** 30);
	return [
		`${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores, ${memory} GiB, ${process.platform} ${process.arch}; load ${load()}`,
		`Node ${versionOf(node)}, ${pausable.includes(crawlee) ? `@crawlee/cheerio ${crawleeVersion()}, ` : ''}wget2 ${wget2Version()}`,
	].join('\n');
}

function crawleeVersion(): string {
	return (JSON.parse(readFileSync(installed, 'utf8')) as {version: string}).version;
}

function load(): string {
	return (loadavg()[0] ?? 0).toFixed(1);
}

/** They take turns, so that what the machine does besides hits all alike. */
async function holdAll(
	contestants: readonly Contestant[],
	server: Server,
	course: Course,
): Promise<readonly Results[]> {
	const results = contestants.map(({name}) => ({
		name,
		crawls: [] as Crawled[],
		resumeMs: [] as number[],
	}));
	for (let round = 1; round <= rounds; round++)
		for (const [index, contestant] of contestants.entries()) {
			const {crawls, resumeMs} = results[index]!;
			const loadBefore = load();
			const crawled = await crawlAll(contestant, server, course);
			crawls.push(crawled);
			if (isPausable(contestant)) resumeMs.push(...(await resumeTimes(contestant, server, course)));
			const rate = crawled.pagesPerSecond.toFixed(1);
			const cpu = (crawled.cpuMs / crawled.requests).toFixed(2);
			console.log(
				`round ${round}, ${contestant.name}: ${rate} pages/s, ${cpu} ms of CPU a request; load before it ${loadBefore}`,
			);
		}
	return results;
}

function isPausable(contestant: Contestant): contestant is Contestant<Pausable> {
	return (pausable as readonly Contestant[]).includes(contestant);
}

/** Whether all were sent the same pages, in all rounds. */
function difference(...results: readonly Results[]): string {
	const sets = results.flatMap(({crawls}) => crawls.map(({pages}) => pages));
	const all = new Set(sets.flatMap((pages) => [...pages]));
	const some = [...all].filter((page) => !sets.every((pages) => pages.has(page)));
	if (some.length === 0) return `All crawls read the same ${all.size} pages.`;
	return `${some.length} of ${all.size} pages were not read in each crawl: ${some.slice(0, 10).join(' ')}`;
}
