import {EventEmitter} from 'node:events';
import {describe, expect, jest, test} from '@jest/globals';
import {run} from '../../examples/crawler/app.ts';
import {CrawlReader} from '../../examples/crawler/engine/reading.ts';
import {csvLine, exported, writeAll} from '../../examples/crawler/export.ts';
import {FakeHost} from './crawler-app-kit.ts';
import {Folder, openCrawl} from './crawler-lab.ts';
import {pageRecord} from './fake-crawl.ts';
import {serve} from './watched-site.ts';

// For machines that are busy with other things.
jest.setTimeout(30_000);

/** Reads CSV by RFC 4180, strictly. */
function parseCsv(text: string): string[][] {
	const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
	const rows: string[][] = [[]];
	for (let at = 0; at < text.length; at = field.lastIndex) {
		field.lastIndex = at;
		const [, quoted, bare, end] = field.exec(text) ?? [];
		if (end === undefined) throw new Error(`no CSV at ${at}: ${text.slice(at, at + 40)}`);
		rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? bare ?? '');
		if (end === '\r\n') rows.push([]);
	}
	rows.pop();
	return rows;
}

async function crawlOf(folder: Folder, titles: readonly string[]): Promise<string[]> {
	await using site = await serve(({url}, response) => {
		const page = Number(url?.slice(1) || 0);
		response.setHeader('content-type', 'text/html; charset=utf-8');
		if (url === '/robots.txt') response.end();
		else if (page >= titles.length) response.writeHead(404).end();
		else
			response.end(
				`<title>${titles[page]}</title>${titles.map((_, link) => `<a href="/${link + 1}">x</a>`).join('')}`,
			);
	});
	const crawl = await openCrawl(folder.path, `${site.origin}/`);
	await crawl.run();
	using reader = new CrawlReader(folder.path);
	return [...reader.pages()].map(({url}) => url);
}

const titles = ['Plain', 'a, "quoted" title', '=HYPERLINK("http://evil.example")', '東京'];

test('an export to JSON lines has each page with all its fields', async () => {
	using folder = new Folder();
	const urls = await crawlOf(folder, titles);
	expect(urls).toHaveLength(titles.length + 1);
	const host = new FakeHost();
	expect(await run(['export', folder.path], host)).toBe(0);
	const pages = host.stdout.lines.map((line) => JSON.parse(line));
	expect(pages.map(({url}) => url)).toEqual(urls);
	expect(pages.map(({title}) => title)).toEqual([...titles, null]);
	expect(pages[1]).toEqual({
		url: urls[1],
		finalUrl: null,
		ending: 'page',
		status: 200,
		contentType: 'text/html; charset=utf-8',
		bytes: expect.any(Number),
		title: titles[1],
		depth: 1,
		from: urls[0],
		fetchedAt: expect.stringMatching(/^\d{4}-.*Z$/),
		ms: expect.any(Number),
		attempts: 1,
		error: null,
	});
	expect(pages.at(-1)).toMatchObject({ending: 'failed', status: 404, error: 'HTTP 404'});
});

test('an export to CSV has only the requested kind of pages', async () => {
	using folder = new Folder();
	const urls = await crawlOf(folder, titles);
	const host = new FakeHost();
	expect(await run(['export', folder.path, '--format', 'csv', '--only', 'page'], host)).toBe(0);
	const [head, ...rows] = parseCsv(host.stdout.text);
	expect(head?.slice(0, 7)).toEqual(['url', 'finalUrl', 'ending', 'status', 'contentType', 'bytes', 'title']);
	expect(rows.map(([url]) => url)).toEqual(urls.slice(0, -1));
	expect(rows.map((row) => row[6])).toEqual(['Plain', titles[1], `'${titles[2]}`, '東京']);
});

describe('CSV', () => {
	test.each([
		[['a', 1, undefined, ''], 'a,1,,\r\n'],
		[['a,b', 'c"d', 'e\r\nf', ' g '], '"a,b","c""d","e\r\nf"," g "\r\n'],
		[['=1+1', '+1', '-1', '@x', '\tx'], `'=1+1,'+1,'-1,'@x,"'\tx"\r\n`.replace('"\'\tx"', "'\tx")],
		[[-1, 0.5], '-1,0.5\r\n'],
	])('%j', (values, line) => {
		expect(csvLine(values)).toBe(line);
		const read = parseCsv(line)[0];
		expect(read).toHaveLength(values.length);
	});
});

/** A reader with a small pocket. */
class SlowSink extends EventEmitter {
	text = '';
	isFull = false;
	wroteWhileFull = false;

	write(text: string): boolean {
		this.wroteWhileFull ||= this.isFull;
		this.text += text;
		this.isFull = true;
		setImmediate(() => {
			this.isFull = false;
			this.emit('drain');
		});
		return false;
	}
}

describe('writing', () => {
	test('an export is as fast as its reader, and holds one portion', async () => {
		const sink = new SlowSink();
		let pulled = 0;
		let most = 0;
		const lines = function* () {
			for (; pulled < 10_000; pulled++) {
				most = Math.max(most, pulled * 100 - sink.text.length);
				yield `${'x'.repeat(99)}\n`;
			}
		};
		expect(await writeAll(sink, lines())).toBe(true);
		expect(sink.text.length).toBe(1_000_000);
		expect(sink.wroteWhileFull).toBe(false);
		expect(most).toBeLessThan(70_000);
		expect(sink.listenerCount('drain')).toBe(0);
	});

	test.each(['while it waits', 'while it writes'])(
		'a reader that goes away ends the export: %s',
		async (when) => {
			const sink = new EventEmitter() as EventEmitter & {write(text: string): boolean};
			const isWaiting = when === 'while it waits';
			sink.write = () => {
				setImmediate(() => sink.emit('error', Object.assign(new Error('closed'), {code: 'EPIPE'})));
				return !isWaiting;
			};
			const page = pageRecord();
			let pulled = 0;
			const pages = function* () {
				for (; pulled < 100; pulled++) yield page;
			};
			expect(await writeAll(sink, exported(pages(), 'jsonl'))).toBe(false);
			expect(pulled).toBe(100);
		},
	);

	test.each(['while it waits', 'while it writes'])(
		'E4: any other error fails the export: %s',
		async (when) => {
			const sink = new EventEmitter() as EventEmitter & {write(text: string): boolean};
			sink.write = () => {
				setImmediate(() => sink.emit('error', Object.assign(new Error('full'), {code: 'ENOSPC'})));
				return when === 'while it writes';
			};
			await expect(writeAll(sink, exported([pageRecord()], 'jsonl'))).rejects.toThrow('full');
			expect(sink.eventNames()).toEqual([]);
		},
	);
});
