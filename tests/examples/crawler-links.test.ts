import process from 'node:process';
import {describe, expect, test} from '@jest/globals';
import * as fc from 'fast-check';
import {Tags} from '../../examples/crawler/engine/html/tags.ts';
import {type PageHead, type ParsedPage, readLinks} from '../../examples/crawler/engine/html/links.ts';
import {pageUrl, withoutFragment} from '../../examples/crawler/engine/urls.ts';

const url = 'http://site.example/dir/page.html?view=1';

function parse(html: string, head: Partial<PageHead> = {}): ParsedPage {
	return readLinks(html, {url, ...head});
}

/** The paths of the links on this site. */
function paths(html: string, head?: Partial<PageHead>): string[] {
	return parse(html, head).links.map((link) => link.replace('http://site.example', ''));
}

test('a tag ends in the same place whether or not its attributes are read', () => {
	const pieces = ['<a', '<b ', '</c', '>', '=', '"', "'", '/', ' ', '\n', 'x', '<!--', '-->', 'href'];
	const tagsIn = (html: string, isRead: boolean): string[] => {
		const tags = new Tags(html);
		const found: string[] = [];
		while (tags.next()) {
			if (isRead && !tags.isEnd && tags.attributes() === undefined) break;
			found.push(`${tags.isEnd ? '/' : ''}${tags.name}`);
		}
		return found;
	};
	fc.assert(
		fc.property(fc.array(fc.constantFrom(...pieces), {maxLength: 30}), (parts) => {
			const html = `${parts.join('')}<end>`;
			const skipped = tagsIn(html, false);
			const read = tagsIn(html, true);
			// Only when it is read does a tag turn out to have no end; then nothing comes after it.
			expect(skipped.slice(0, read.length)).toEqual(read);
			expect(skipped.length - read.length).toBeLessThanOrEqual(1);
		}),
		{numRuns: 5000, examples: [[['<b ', '<a', '=', '\n', '"', '-->']]]},
	);
});

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

// Often enough for the engine to compile it: Node 20 and 22 then refuse such a host as no URL.
test('a host name in another alphabet is valid, however often it is parsed', () => {
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
])('without its fragment, %j is %j', (href, expected) => {
	expect(withoutFragment(href)).toBe(expected);
	expect(pageUrl(expected, url)).toBe(pageUrl(href, url));
});

describe('links of a page', () => {
	test('come from a, area and frames, each once, in their order', () => {
		const {links} = parse(
			'<a href="/1">x</a><AREA HREF=/2><iframe src="/3"></iframe><a href="/1#again">x</a><frame src="/4">',
		);
		expect(links).toEqual([1, 2, 3, 4].map((n) => `http://site.example/${n}`));
	});

	test('have their entities decoded', () => {
		const {links} = parse('<a href="/s?a=1&amp;b=2&#38;c=&quot;">x</a>');
		expect(links).toEqual(['http://site.example/s?a=1&b=2&c=%22']);
	});

	test('use the first base, also those before it', () => {
		const {links} = parse(
			'<a href="a">x</a><base target="_top"><base href="/base/"><base href="/no/"><a href="b">x</a>',
		);
		expect(links).toEqual(['http://site.example/base/a', 'http://site.example/base/b']);
	});

	test('ignore a base that is no URL', () => {
		expect(parse('<base href="http://[broken"><a href="a">x</a>').links).toEqual([
			'http://site.example/dir/a',
		]);
	});

	test('leave out text that only looks like a link', () => {
		const {links} = parse(`<!-- <a href="/comment"> --><script>'<a href="/script">'</script>
			<style>/* <a href="/style"> */</style><textarea><a href="/text"></textarea>
			<a name="here">x</a><link href="/sheet.css"><a href="mailto:a@b.example">x</a>`);
		expect(links).toEqual([]);
	});

	test('leave out an unfinished tag, as a page may end anywhere', () => {
		const html = '<title>A &amp; B</title><a href="/x?a=1&amp;b=2">x</a><!-- c --><a href=/y>';
		const counts = Array.from({length: html.length + 1}, (_, end) => paths(html.slice(0, end)).length);
		const whole = html.indexOf('2">') + '2">'.length;
		expect(counts).toEqual(counts.map((_, end) => (end < whole ? 0 : end < html.length ? 1 : 2)));
		expect(parse(html.slice(0, 12)).title).toBe('A &am');
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

	test('may be marked by a header', () => {
		expect(paths('<a href="/no">x</a>', {robotsTag: 'noarchive, nofollow'})).toEqual([]);
	});

	test('are followed by a crawl that does not obey nofollow', () => {
		const html = '<meta name="robots" content="nofollow"><a rel="nofollow" href="/yes">x</a>';
		expect(paths(html, {obeysNofollow: false})).toEqual(['/yes']);
	});
});

test('the canonical URL is reported, and is a link', () => {
	const {canonical, links} = parse('<link rel="canonical" href="/one"><base href="/else/"><a href="b">x</a>');
	expect(canonical).toBe('http://site.example/one');
	expect(links).toEqual(['http://site.example/one', 'http://site.example/else/b']);
});

test('the title of a page is the first one, with its spaces tidied', () => {
	const {title} = parse('<title> Bread\n &amp;  butter </title><svg><title>Icon</title></svg>');
	expect(title).toBe('Bread & butter');
	expect(parse('<p>none').title).toBeUndefined();
});

describe('E13: titles and links in drawings and formulas', () => {
	test.each([
		['a title of a drawing before that of the page', '<svg><title>Icon</title></svg><title>Page</title>'],
		['in a group of it', '<svg><g><title>Icon</title></g></svg><title>Page</title>'],
		[
			'in a drawing in a drawing',
			'<svg><svg><title>No</title></svg><title>No</title></svg><title>Page</title>',
		],
		['a style in one, which hides nothing', '<svg><style><title>No</title></svg><title>Page</title>'],
		['a formula', '<math><mi><title>Page</title></mi></math>'],
		['HTML in a drawing', '<svg><foreignObject><title>Page</title></foreignObject></svg>'],
		['a drawing without content', '<svg/><title>Page</title>'],
		['a drawing that lacks its end before a paragraph', '<svg><g><p><title>Page</title>'],
		['stray ends', '</svg></foreignObject></title><title>Page</title>'],
	])('the title of the page is its own: %s', (_what, html) => {
		expect(parse(html).title).toBe('Page');
	});

	test('a page with a drawing alone has no title', () => {
		expect(parse('<svg><title>Icon</title></svg>').title).toBeUndefined();
	});

	test('a link of a drawing has either name, and href counts first', () => {
		const html =
			'<svg><a xlink:href="/old"><text>x</text></a><a href="/new" xlink:href="/no"/><iframe src="/no"/></svg>';
		expect(paths(html)).toEqual(['/old', '/new']);
		expect(paths('<a xlink:href="/no">no drawing</a>')).toEqual([]);
	});
});

describe('E13: the base of a page', () => {
	test.each(['data:text/html,x', 'javascript:void 0', 'http://[broken', 'DATA:,'])(
		'%s is no base',
		(base) => {
			expect(paths(`<base href="${base}"><base href="/second/"><a href="a">x</a>`)).toEqual(['/dir/a']);
		},
	);

	test('a base in a drawing does not count', () => {
		expect(paths('<svg><base href="/no/"></svg><a href="a">x</a>')).toEqual(['/dir/a']);
	});
});

describe('E13: what counts as nofollow', () => {
	const html = '<a href="/a">x</a>';

	test.each([
		['max-image-preview: none', true],
		['max-image-preview:none, noindex', true],
		['unavailable_after: Friday, 25 Jun 2030 15:00:00 PST', true],
		['otherbot: nofollow', true],
		['otherbot: noindex, nofollow', true],
		['OUR-BOT: nofollow', false],
		['otherbot: noindex, our-bot: noarchive, nofollow', false],
		['nofollow, otherbot: noindex', false],
		['None', false],
	])('of the header %s: links are followed: %s', (robotsTag, isFollowed) => {
		expect(paths(html, {robotsTag, product: 'our-bot'})).toEqual(isFollowed ? ['/a'] : []);
	});

	test.each([
		['robots', 'max-image-preview: none', true],
		['robots', 'max-image-preview:none,noarchive', true],
		['robots', 'noindex nofollow', false],
		['otherbot', 'nofollow', true],
		['Our-Bot', 'nofollow', false],
	])('of the meta tag %s %s: links are followed: %s', (name, content, isFollowed) => {
		const page = `<meta name="${name}" content="${content}">${html}`;
		expect(paths(page, {product: 'our-bot'})).toEqual(isFollowed ? ['/a'] : []);
	});
});

describe('E11: a refresh is a link', () => {
	test.each([
		['0; url=/to', '/to'],
		['5;URL = "/to"', '/to'],
		["0.5, url='/to' and more", '/to'],
		['0 /to', '/to'],
		[' 3 ; /to', '/to'],
		['.5;url=to', '/dir/to'],
		['0;url=url=/x', '/dir/url=/x'],
	])('%j leads to %s', (content, path) => {
		expect(paths(`<meta http-equiv="Refresh" content="${content.replaceAll('"', '&quot;')}">`)).toEqual([
			path,
		]);
		expect(paths('', {refresh: content})).toEqual([path]);
	});

	test.each(['', '5', '5;', 'url=/no', '-1; url=/no', '5x; url=/no'])('%j leads nowhere', (content) => {
		expect(paths(`<meta http-equiv="refresh" content="${content}">`)).toEqual([]);
		expect(paths('', {refresh: content})).toEqual([]);
	});

	test('the base holds for the tag, not for the header; nofollow holds for both', () => {
		const html = '<base href="/base/"><meta http-equiv="refresh" content="0;url=tag">';
		expect(paths(html, {refresh: '0;url=header'})).toEqual(['/base/tag', '/dir/header']);
		expect(paths(html, {refresh: '0;url=header', robotsTag: 'nofollow'})).toEqual([]);
	});
});

describe('E8: the cost of a page is linear in its length, with any content', () => {
	// Of the processor alone: other programs take their time beside.
	const costOf = (html: string): number => {
		const times = Array.from({length: 3}, () => {
			const before = process.cpuUsage();
			parse(html);
			return process.cpuUsage(before).user / 1000;
		});
		return Math.min(...times);
	};

	test.each([
		['open tags', '<b>'],
		['stray end tags', '</i>'],
		['open tags and ends of others', '<b></i>'],
		['drawings', '<svg>'],
		['drawings and ends of what is in none', '<svg></desc>'],
		['HTML in drawings', '<svg><desc>'],
		['formulas', '<math><mi>'],
		['titles', '<title>'],
		['comments', '<!-- '],
		['declarations', '<! '],
		['quotes that never end', '<a b="'],
		['quotes of both kinds', `<a b="<a c='`],
		['attributes', '<a b '],
		['equals signs', '<a ='],
		['brackets', '<'],
		['ampersands', '<a href="&'],
		['scripts', '<script>'],
		['bases', '<base href="x">'],
	])('%s', (_what, piece) => {
		const page = (length: number): string => piece.repeat(length / piece.length);
		parse(page(100_000));
		// 16 times as long; a quadratic cost would be 256 times as long.
		expect(costOf(page(1_600_000))).toBeLessThan(80 * costOf(page(100_000)) + 100);
	});
});
