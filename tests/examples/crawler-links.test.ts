import {describe, expect, test} from '@jest/globals';
import {LinkParser, type ParsedPage} from '../../examples/crawler/engine/links.ts';
import {pageUrl, withoutFragment} from '../../examples/crawler/engine/urls.ts';

const url = 'http://site.example/dir/page.html?view=1';

function parse(...pieces: string[]): ParsedPage {
	const parser = new LinkParser(url);
	for (const piece of pieces) parser.write(piece);
	return parser.end();
}

describe('the spelling of a URL', () => {
	test.each([
		['other.html', 'http://site.example/dir/other.html'],
		['/top', 'http://site.example/top'],
		['../up/./x', 'http://site.example/up/x'],
		['?view=2', 'http://site.example/dir/page.html?view=2'],
		['#part', 'http://site.example/dir/page.html?view=1'],
		['', 'http://site.example/dir/page.html?view=1'],
		['//else.example', 'http://else.example/'],
		['HTTPS://Else.Example:443/A', 'https://else.example/A'],
		['  /padded\n', 'http://site.example/padded'],
		['/caf\u00E9', 'http://site.example/caf%C3%A9'],
		['/%7Euser/%61?q=%7E', 'http://site.example/~user/a?q=~'],
		['/a%2Fb%26c', 'http://site.example/a%2Fb%26c'],
		['http://me:secret@site.example/', 'http://site.example/'],
	])('%j', (href, expected) => {
		expect(pageUrl(href, url)).toBe(expected);
	});

	test.each([
		'mailto:a@b.example',
		'javascript:void 0',
		'data:text/html,x',
		'ftp://site.example/',
		'http://[broken',
	])('%j is no page', (href) => {
		expect(pageUrl(href, url)).toBeUndefined();
	});
});

// Where the engine has compiled what was called often: Node 20 and 22 then say of such a host that it is no URL.
test('a host of another alphabet is a host, however often it is asked for', () => {
	const href = ['http:', '', '\u00E9.example', ''].join('/');
	const spellings = new Set<string | undefined>();
	for (let turn = 0; turn < 50_000; turn++) spellings.add(pageUrl(href, url));
	expect([...spellings]).toEqual(['http://xn--9ca.example/']);
});

test.each([
	['#top', ''],
	['/a#top', '/a'],
	['/a?b#c#d', '/a?b'],
	['/a #top', '/a #top'],
	['/a', '/a'],
])('without its fragment, %j is %j, the same page', (href, expected) => {
	expect(withoutFragment(href)).toBe(expected);
	expect(pageUrl(expected, url)).toBe(pageUrl(href, url));
});

describe('links of a page', () => {
	test('a, area and frames, each once, in their order', () => {
		const {links} = parse(
			'<a href="/1">x</a><AREA HREF=/2><iframe src="/3"></iframe><a href="/1#again">x</a><frame src="/4">',
		);
		expect(links).toEqual([1, 2, 3, 4].map((n) => `http://site.example/${n}`));
	});

	test('entities in links are decoded', () => {
		const {links} = parse('<a href="/s?a=1&amp;b=2&#38;c=&quot;">x</a>');
		expect(links).toEqual(['http://site.example/s?a=1&b=2&c=%22']);
	});

	test('the first base holds for all links, also for those before it', () => {
		const {links} = parse(
			'<a href="a">x</a><base target="_top"><base href="/base/"><base href="/no/"><a href="b">x</a>',
		);
		expect(links).toEqual(['http://site.example/base/a', 'http://site.example/base/b']);
	});

	test('a base that is no URL is ignored', () => {
		expect(parse('<base href="http://[broken"><a href="a">x</a>').links).toEqual([
			'http://site.example/dir/a',
		]);
	});

	test('what only looks like a link is none', () => {
		const {links} = parse(`<!-- <a href="/comment"> --><script>'<a href="/script">'</script>
			<style>/* <a href="/style"> */</style><textarea><a href="/text"></textarea>
			<a name="here">x</a><link href="/sheet.css"><a href="mailto:a@b.example">x</a>`);
		expect(links).toEqual([]);
	});

	test('pieces may end anywhere', () => {
		const html = '<title>A &amp; B</title><a href="/x?a=1&amp;b=2">x</a>';
		expect(parse(...html.split(''))).toEqual(parse(html));
		expect(parse(html).links).toEqual(['http://site.example/x?a=1&b=2']);
	});
});

describe('links that are not to be followed', () => {
	test.each([
		[
			'rel="nofollow"',
			'<a rel="external NoFollow" href="/no">x</a><a rel="next" href="/yes">x</a>',
			['/yes'],
		],
		['a meta tag', '<a href="/before">x</a><meta name="Robots" content="noindex, nofollow">', []],
		['a meta tag that says none', '<meta name="robots" content="none"><a href="/no">x</a>', []],
		[
			'a meta tag that says something else',
			'<meta name="robots" content="noindex"><a href="/yes">x</a>',
			['/yes'],
		],
	])('%s', (_title, html, paths) => {
		expect(parse(html).links).toEqual(paths.map((path) => `http://site.example${path}`));
	});

	test('a header', () => {
		const parser = new LinkParser(url, {robotsTag: 'noarchive, nofollow'});
		parser.write('<a href="/no">x</a>');
		expect(parser.end().links).toEqual([]);
	});

	test('are followed by who does not obey', () => {
		const parser = new LinkParser(url, {obeysNofollow: false});
		parser.write('<meta name="robots" content="nofollow"><a rel="nofollow" href="/yes">x</a>');
		expect(parser.end().links).toEqual(['http://site.example/yes']);
	});
});

test('the canonical URL is told, and is a link', () => {
	const {canonical, links} = parse('<link rel="canonical" href="/one"><base href="/else/"><a href="b">x</a>');
	expect(canonical).toBe('http://site.example/one');
	expect(links).toEqual(['http://site.example/one', 'http://site.example/else/b']);
});

test('the title is the first one, with its spaces tidied', () => {
	const {title} = parse('<title> Bread\n &amp;  butter </title><svg><title>Icon</title></svg>');
	expect(title).toBe('Bread & butter');
	expect(parse('<p>none').title).toBeUndefined();
});
