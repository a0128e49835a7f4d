import {describe, expect, test} from '@jest/globals';
import {decodeText} from '../../examples/crawler/engine/html/charset.ts';
import {contentTypeIn} from '../../examples/crawler/engine/html/content-type.ts';
import {readLinks} from '../../examples/crawler/engine/html/links.ts';
import {withQueryIn} from '../../examples/crawler/engine/html/query.ts';
import {findings, Folder, openCrawl} from './crawler-lab.ts';
import {servePages} from './watched-site.ts';

describe('E11: of several content types the last one that makes sense counts', () => {
	test.each([
		['text/html', 'text/html', undefined],
		['TEXT/HTML ; Charset="Windows-1251"', 'text/html', 'Windows-1251'],
		['text/plain, text/html', 'text/html', undefined],
		['text/html;charset=gbk, text/html', 'text/html', 'gbk'],
		['text/html;charset=gbk, text/plain, text/html', 'text/html', undefined],
		['text/html;charset=gbk, text/html;x=",text/plain"', 'text/html', 'gbk'],
		['text/html, nonsense', 'text/html', undefined],
		['text/html, */*', 'text/html', undefined],
		['text/html, ', 'text/html', undefined],
		['text/html;charset=a;charset=b', 'text/html', 'a'],
		["text/html; charset='utf-8'", 'text/html', 'utf-8'],
	])('%s', (header, essence, charset) => {
		expect(contentTypeIn(header)).toEqual({essence, charset});
	});

	test.each(['', 'html', '*/*', ', ,'])('no part of %j makes sense', (header) => {
		expect(contentTypeIn(header)).toBeUndefined();
	});
});

function encodingOf(html: string, charset?: string): string {
	return decodeText([Buffer.from(html, 'latin1')], charset).encoding;
}

describe('E11: the encoding of a page', () => {
	const meta = (label: string): string => `<meta charset="${label}">`;

	test.each([
		['the header before the tag', meta('koi8-r'), 'windows-1251', 'windows-1251'],
		['a label that no encoding has, in the header', meta('koi8-r'), 'no-such', 'koi8-r'],
		['one in the tag, and a second tag', meta('no-such') + meta('koi8-r'), undefined, 'koi8-r'],
		['nothing', '<p>', undefined, 'utf-8'],
		['a byte order mark before all', `\u00EF\u00BB\u00BF${meta('koi8-r')}`, 'windows-1251', 'utf-8'],
		['a text that speaks of one', `<p>charset=koi8-r</p>${meta('gbk')}`, undefined, 'gbk'],
		['a comment', `<!-- ${meta('koi8-r')} -->${meta('gbk')}`, undefined, 'gbk'],
		['another tag', `<meta name="x" content="charset=koi8-r">${meta('gbk')}`, undefined, 'gbk'],
		['an attribute of another tag', `<p title='${meta('koi8-r')}'>${meta('gbk')}`, undefined, 'gbk'],
		['the older tag', '<META HTTP-EQUIV=Content-Type CONTENT="text/html; charset=gbk">', undefined, 'gbk'],
		['one of UTF-16, which cannot be', meta('utf-16'), undefined, 'utf-8'],
		['an XML declaration', '<?xml version="1.0" encoding="windows-1251"?><html>', undefined, 'windows-1251'],
		[
			'a tag after an XML declaration',
			`<?xml version="1.0" encoding="gbk"?>${meta('koi8-r')}`,
			undefined,
			'koi8-r',
		],
		['a declaration that is not at the start', '<p><?xml encoding="gbk"?>', undefined, 'utf-8'],
		['UTF-16 without a mark', '<\0?\0x\0m\0l\0', undefined, 'utf-16le'],
		['a tag after 1024 bytes', ' '.repeat(1024) + meta('gbk'), undefined, 'utf-8'],
	])('%s', (_what, html, charset, expected) => {
		expect(encodingOf(html, charset)).toBe(expected);
	});
});

test('E11: the quotes and dashes of Windows decode to what they look like, on any Node', () => {
	const bytes = Buffer.from('\u0091a\u0092 \u0096 \u0080 \u0081 \u00E9', 'latin1');
	const expected = '\u2018a\u2019 \u2013 \u20AC \u0081 \u00E9';
	for (const label of ['windows-1252', 'latin1', 'iso-8859-1', 'us-ascii'])
		expect(decodeText([bytes], label)).toEqual({text: expected, encoding: 'windows-1252'});
});

describe('E11: queries are in the encoding of the page, and paths in UTF-8', () => {
	test.each([
		['windows-1251', '/\u0434?q=\u0434\u0430#\u0434', '/%D0%B4?q=%E4%E0'],
		['koi8-r', '?q=\u0434', '/dir/?q=%C4'],
		['shift_jis', '?q=\u6771\uFF76', '/dir/?q=%93%8C%B6'],
		['euc-jp', '?q=\u6771', '/dir/?q=%C5%EC'],
		['gbk', '?q=\u4E1C', '/dir/?q=%B6%AB'],
		['big5', '?q=\u6771', '/dir/?q=%AAF'],
		['euc-kr', '?q=\uD55C', '/dir/?q=%C7%D1'],
		['windows-1252', '?q=\u2019', '/dir/?q=%92'],
		['windows-1251', '?q=\u6771', '/dir/?q=%26%2326481%3B'],
		['utf-8', '?q=\u0434', '/dir/?q=%D0%B4'],
		['utf-16le', '?q=\u0434', '/dir/?q=%D0%B4'],
	])('%s: %s', (encoding, href, expected) => {
		const url = 'http://site.example/dir/';
		const {links} = readLinks(`<a href="${href}">x</a>`, {url, encoding});
		expect(links).toEqual([`http://site.example${expected}`]);
	});

	test('the encoding does not change a link without a query, or in plain letters', () => {
		for (const href of ['/\u0434', '/a?b=c#d', '', '?']) expect(withQueryIn('windows-1251', href)).toBe(href);
	});
});

test('E11: a crawl uses all the content types in the headers of a page', async () => {
	const types = ['text/plain', 'text/html; charset=no-such', 'text/html'];
	const home = Buffer.from('<meta charset="windows-1251"><a href="/\u00E4?q=\u00E4">x</a>', 'latin1');
	await using site = await servePages({
		'/': (_, response) =>
			response
				.writeHead(200, ['refresh', '5; url=/refreshed', ...types.flatMap((type) => ['content-type', type])])
				.end(home),
		'/%D0%B4?q=%E4': 'x',
		'/refreshed': 'x',
	});
	using folder = new Folder();
	const crawl = await openCrawl(folder.path, site.origin);
	const found = findings(crawl, 'ending');
	await crawl.run();
	expect(found).toEqual({'/': 'page', '/%D0%B4?q=%E4': 'page', '/refreshed': 'page'});
});
