import process from 'node:process';
import {gzipSync} from 'node:zlib';
import {describe, expect, test} from '@jest/globals';
import {readSitemap, type Sitemap, sitemapLimits} from '../../examples/crawler/engine/sitemap.ts';

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

describe('E7: a sitemap may be as large as it may be', () => {
	test('one of 12 MB is read to its end', async () => {
		const padding = `<!-- ${'x'.repeat(1_000_000)} -->`;
		const body = `<urlset>${padding.repeat(12)}${entry('/last')}</urlset>`;
		expect(await read(body)).toMatchObject({
			pages: [`${origin}/last`],
			bytes: body.length,
			reason: undefined,
		});
	});

	test('one that is larger is read up to the limit, and says so', async () => {
		const body = `<urlset>${entry('/a')}${entry('/b')}</urlset>`;
		const {pages, reason} = await read(body, {bytes: body.length - 20});
		expect(pages).toEqual([`${origin}/a`]);
		expect(reason).toBe(`larger than ${body.length - 20} bytes: the rest was not read`);
		expect((await read(body, {urls: 1})).reason).toBe('more than 1 URLs: the rest was left out');
	});

	test.each([
		['XML', (text: string) => Buffer.from(text)],
		['packed XML', (text: string) => gzipSync(text)],
	])('half a URL at any cut is none: %s', async (_what, pack) => {
		const body = pack(`<urlset>${entry('/page-1')}${entry('/page-22')}</urlset>`);
		const seen = new Set<string>();
		for (let bytes = 12; bytes <= body.length; bytes++)
			for (const path of await pathsIn(body, {bytes})) seen.add(path);
		expect(['/page-1', '/page-22']).toEqual(expect.arrayContaining([...seen]));
		expect(await pathsIn(body)).toEqual(['/page-1', '/page-22']);
	});

	test('half a line at a cut is none, and the last line of a whole file counts', async () => {
		const body = '/first\n/second\n/third';
		for (let bytes = 0; bytes < body.length; bytes++)
			for (const path of await pathsIn(body, {bytes})) expect(['/first', '/second']).toContain(path);
		expect(await pathsIn(body)).toEqual(['/first', '/second', '/third']);
	});

	test('a connection that is cut in the middle of a URL makes no page of it', async () => {
		expect(await pathsIn(`<urlset>${entry('/a')}<url><loc>${origin}/half`)).toEqual(['/a']);
	});
});

test.each([
	[
		'an image is no page',
		'<url><image:image><image:loc>/no</image:loc></image:image><loc>/a</loc></url>',
		['/a'],
	],
	['prefixes', '<s:url><s:loc> /a\n</s:loc></s:url>', ['/a']],
	['CDATA and entities', '<url><loc><![CDATA[/a?b&c]]>&amp;d</loc></url>', ['/a?b&c&d']],
	['comments', '<!-- <url><loc>/no</loc></url> --><url><loc>/<!-- x -->a</loc></url>', ['/a']],
	['empty elements before it', '<url><x/><lastmod a="/"/><loc>/a</loc></url>', ['/a']],
	['an index', '<sitemapindex><sitemap><loc>/b.xml</loc></sitemap></sitemapindex>', ['/b.xml']],
	['no place for it', '<urlset><loc>/no</loc></urlset>', []],
	['capitals', '<URL><LOC>/a</LOC></URL>', ['/a']],
])('%s', async (_what, body, expected) => {
	expect(await pathsIn(body)).toEqual(expected);
});

test('E11: the XML declaration says in which encoding it is', async () => {
	const body = '<?xml version="1.0" encoding="windows-1251"?><url><loc>/\u00E4</loc></url>';
	expect(await pathsIn(Buffer.from(body, 'latin1'))).toEqual(['/%D0%B4']);
});

test('E8: a sitemap costs what its length is, however deep it is', async () => {
	const costOf = async (length: number): Promise<number> => {
		const before = process.cpuUsage();
		await read(`<url>${'<b>'.repeat(length)}${'</i>'.repeat(length)}`);
		return process.cpuUsage(before).user / 1000;
	};
	await costOf(10_000);
	expect(await costOf(400_000)).toBeLessThan(80 * (await costOf(25_000)) + 100);
});
