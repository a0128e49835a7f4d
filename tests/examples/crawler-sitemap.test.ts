import process from 'node:process';
import {gzipSync} from 'node:zlib';
import {describe, expect, test} from '@jest/globals';
import {run} from '../../examples/crawler/app.ts';
import {CrawlReader} from '../../examples/crawler/engine/reading.ts';
import {readSitemap, type Sitemap, sitemapLimits} from '../../examples/crawler/engine/sitemap.ts';
import {FakeHost} from './crawler-app-kit.ts';
import {Folder, openCrawl} from './crawler-lab.ts';
import {type Pages, servePages} from './watched-site.ts';

const origin = 'http://site.example';
const url = `${origin}/sitemap.xml`;

function read(body: string | Uint8Array, limits = {}): Promise<Sitemap> {
	return readSitemap(new Response(body as BodyInit), url, {...sitemapLimits, ...limits});
}

async function pathsIn(body: string | Uint8Array, limits?: object): Promise<string[]> {
	const {pages, sitemaps} = await read(body, limits);
	return [...pages, ...sitemaps].map((page) => page.replace(origin, ''));
}

const entry = (path: string): string => `<url><loc>${origin}${path}</loc></url>`;

describe('E7: the size of a sitemap', () => {
	test('a sitemap of 12 MB is read to its end', async () => {
		const padding = `<!-- ${'x'.repeat(1_000_000)} -->`;
		const body = `<urlset>${padding.repeat(12)}${entry('/last')}</urlset>`;
		expect(await read(body)).toMatchObject({
			pages: [`${origin}/last`],
			bytes: body.length,
			reason: undefined,
		});
	});

	test('a larger sitemap is read up to the limit, and says so', async () => {
		const body = `<urlset>${entry('/a')}${entry('/b')}</urlset>`;
		const {pages, reason} = await read(body, {bytes: body.length - 20});
		expect(pages).toEqual([`${origin}/a`]);
		expect(reason).toBe(`larger than ${body.length - 20} bytes: the rest was not read`);
		expect((await read(body, {urls: 1})).reason).toBe('more than 1 URLs: the rest was left out');
	});

	test.each([
		['XML', (text: string) => Buffer.from(text)],
		['packed XML', (text: string) => gzipSync(text)],
	])('half a URL at a cut does not count: %s', async (_what, pack) => {
		const body = pack(`<urlset>${entry('/page-1')}${entry('/page-22')}</urlset>`);
		const seen = new Set<string>();
		for (let bytes = 12; bytes <= body.length; bytes++)
			for (const path of await pathsIn(body, {bytes})) seen.add(path);
		expect(['/page-1', '/page-22']).toEqual(expect.arrayContaining([...seen]));
		expect(await pathsIn(body)).toEqual(['/page-1', '/page-22']);
	});

	test('half a line at a cut does not count, and the last line of a complete file does', async () => {
		const body = '/first\n/second\n/third';
		for (let bytes = 0; bytes < body.length; bytes++)
			for (const path of await pathsIn(body, {bytes})) expect(['/first', '/second']).toContain(path);
		expect(await pathsIn(body)).toEqual(['/first', '/second', '/third']);
	});

	test('a connection that is cut in the middle of a URL makes no page of it', async () => {
		expect(await pathsIn(`<urlset>${entry('/a')}<url><loc>${origin}/half`)).toEqual(['/a']);
	});
});

describe('E7: the reason why a sitemap is incomplete', () => {
	const tooMany = Array.from({length: sitemapLimits.urls + 1}, (_, n) => `http://else.example/${n}`);
	const cut = 'more than 50000 URLs: the rest was left out';
	const pages: Pages = {
		'/': '',
		'/robots.txt': (_request, response) =>
			void response.end('Sitemap: /cut.txt\nSitemap: /broken.gz\nSitemap: /gone.xml\nSitemap: /whole.xml'),
		'/cut.txt': (_request, response) => void response.end(tooMany.join('\n')),
		'/broken.gz': (_request, response) => void response.end(Buffer.from([0x1f, 0x8b, 0, 0, 0])),
		'/whole.xml': `<urlset>${entry('/a')}</urlset>`,
	};
	const reasons = {'/cut.txt': cut, '/broken.gz': 'broken gzip', '/gone.xml': 'HTTP 404'};

	test('shows in the events of the crawl, and in its status during the run and afterwards', async () => {
		using folder = new Folder();
		await using server = await servePages(pages);
		const crawl = await openCrawl(folder.path, server.origin);
		const told: Record<string, string | undefined> = {};
		crawl.on('sitemap', ({url, error}) => (told[new URL(url).pathname] = error));
		await crawl.run();
		expect(told).toEqual({...reasons, '/whole.xml': undefined});
		using reader = new CrawlReader(folder.path);
		for (const {sitemaps, counts} of [crawl.status, reader.status]) {
			expect(Object.fromEntries(sitemaps.map(({url, error}) => [new URL(url).pathname, error]))).toEqual(
				reasons,
			);
			expect(counts).toMatchObject({done: 1, failed: 0});
		}
	});

	test('shows in the summary, in the JSON lines and in the status command', async () => {
		using folder = new Folder();
		await using server = await servePages(pages);
		const host = new FakeHost();
		expect(await run([server.origin, '--dir', folder.path], host)).toBe(0);
		expect(host.stderr.text).toContain(`  sitemap 1 x ${cut}, first ${server.origin}/cut.txt\n`);
		expect(host.stderr.text).toContain(`  sitemap 1 x HTTP 404, first ${server.origin}/gone.xml\n`);
		const lines = host.stdout.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
		expect(lines.filter(({type}) => type === 'sitemap')).toHaveLength(4);
		expect(lines).toContainEqual(expect.objectContaining({type: 'sitemap', ending: 'page', error: cut}));
		const later = new FakeHost();
		expect(await run(['status', folder.path], later)).toBe(0);
		expect(later.stdout.text).toContain(`  sitemap ${server.origin}/broken.gz: broken gzip\n`);
	});
});

test.each([
	[
		'an image, which is no page,',
		'<url><image:image><image:loc>/no</image:loc></image:image><loc>/a</loc></url>',
		['/a'],
	],
	['prefixes', '<s:url><s:loc> /a\n</s:loc></s:url>', ['/a']],
	['CDATA and entities', '<url><loc><![CDATA[/a?b&c]]>&amp;d</loc></url>', ['/a?b&c&d']],
	['comments', '<!-- <url><loc>/no</loc></url> --><url><loc>/<!-- x -->a</loc></url>', ['/a']],
	['empty elements before a URL', '<url><x/><lastmod a="/"/><loc>/a</loc></url>', ['/a']],
	['an index', '<sitemapindex><sitemap><loc>/b.xml</loc></sitemap></sitemapindex>', ['/b.xml']],
	['a URL in the wrong place', '<urlset><loc>/no</loc></urlset>', []],
	['capitals', '<URL><LOC>/a</LOC></URL>', ['/a']],
])('a sitemap with %s gives the right URLs', async (_what, body, expected) => {
	expect(await pathsIn(body)).toEqual(expected);
});

test('E11: the XML declaration of a sitemap names its encoding', async () => {
	const body = '<?xml version="1.0" encoding="windows-1251"?><url><loc>/\u00E4</loc></url>';
	expect(await pathsIn(Buffer.from(body, 'latin1'))).toEqual(['/%D0%B4']);
});

test('E8: the cost of a sitemap is linear in its length, at any depth', async () => {
	const costOf = async (length: number): Promise<number> => {
		const before = process.cpuUsage();
		await read(`<url>${'<b>'.repeat(length)}${'</i>'.repeat(length)}`);
		return process.cpuUsage(before).user / 1000;
	};
	await costOf(10_000);
	expect(await costOf(400_000)).toBeLessThan(80 * (await costOf(25_000)) + 100);
});
