import {describe, expect, test} from '@jest/globals';
import {parseRobots} from '../../examples/crawler/engine/robots-rules.ts';
import {pageUrl} from '../../examples/crawler/engine/urls.ts';

const origin = 'http://site.example';

/** Which of the paths the bot may visit. */
function allowed(robots: string, paths: string[], userAgent = 'our-bot/1.0 (a test)'): string[] {
	const rules = parseRobots(`${origin}/robots.txt`, robots, userAgent);
	return paths.filter((path) => rules.allows(origin + path));
}

test('the longest matching rule wins, and allow wins a tie', () => {
	const robots = 'User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /a/b/c\nAllow: /tie\nDisallow: /tie';
	expect(allowed(robots, ['/', '/a', '/a/b', '/a/b/x', '/a/b/c', '/tie'])).toEqual([
		'/',
		'/a/b',
		'/a/b/x',
		'/tie',
	]);
});

test('groups of the same agent are one', () => {
	const robots =
		'User-agent: *\nDisallow: /a\n\nUser-agent: other\nDisallow: /\n\nUser-agent: *\nDisallow: /b';
	expect(allowed(robots, ['/a', '/b', '/c'])).toEqual(['/c']);
});

test('the group of our agent replaces the general one, for any version', () => {
	const robots = 'User-agent: *\nDisallow: /\n\nUser-agent: Our-Bot\nDisallow: /mine';
	expect(allowed(robots, ['/a', '/mine'])).toEqual(['/a']);
	expect(allowed(robots, ['/a', '/mine'], 'another/2')).toEqual([]);
});

test('rules may have wildcards and ends of paths', () => {
	const robots = 'User-agent: *\nDisallow: /*.pdf$\nDisallow: /*view=print\nDisallow: /end$';
	const paths = ['/x.pdf', '/x.pdf?a', '/p?view=print', '/p?a=1&view=print', '/end', '/endless'];
	expect(allowed(robots, paths)).toEqual(['/x.pdf?a', '/endless']);
});

test('percent encoding makes a difference only for reserved characters', () => {
	const robots = 'User-agent: *\nDisallow: /%7Ejoe\nDisallow: /caf\u00E9\nDisallow: /a%2fb';
	expect(allowed(robots, ['/~joe', '/caf%C3%A9', '/a%2Fb', '/a/b'])).toEqual(['/a/b']);
});

test('comments, blank lines and rubbish are ignored', () => {
	const robots =
		'\u0000rubbish\n# User-agent: *\nUser-agent: * # all\nDisallow: /a # here\nnothing: /b\nDisallow:\n';
	expect(allowed(robots, ['/a', '/b'])).toEqual(['/b']);
});

test('only rules end the list of agents of a group', () => {
	const robots = 'User-agent: our-bot\nSitemap: /s.xml\nunknown: x\n\nUser-agent: other-bot\nDisallow: /a';
	expect(allowed(robots, ['/a', '/b'])).toEqual(['/b']);
});

test('the delay comes from our group, and sitemaps are for all', () => {
	const robots = `User-agent: *\nCrawl-delay: 9\n\nSitemap: ${origin}/a.xml#part\nUser-agent: our-bot\nCrawl-delay: 0.5
Disallow:\nsitemap: /b.xml\nSitemap: http://else.example/c.xml`;
	const {delayMs, sitemaps} = parseRobots(`${origin}/robots.txt`, robots, 'our-bot/2');
	expect(delayMs).toBe(500);
	expect(sitemaps).toEqual([`${origin}/a.xml`, `${origin}/b.xml`, 'http://else.example/c.xml']);
});

test.each([
	['Infinity', 24 * 3600 * 1000],
	['1e999', 24 * 3600 * 1000],
	['-5', 0],
	['soon', 0],
])('a delay of %s does not stop the crawl', (delay, expected) => {
	const robots = `User-agent: *\nCrawl-delay: ${delay}`;
	expect(parseRobots(`${origin}/robots.txt`, robots, 'our-bot').delayMs).toBe(expected);
});

test('an empty robots.txt allows all', () => {
	expect(allowed('', ['/a'])).toEqual(['/a']);
});

describe('E5: rules and pages are compared in one spelling', () => {
	test.each(["'", '[', ']', '{', '}', '|', '^', '`', '"', '<', '>', '\\', '\u00E9', '~', ' x'])(
		'a rule with %s',
		(letter) => {
			const code = encodeURIComponent(letter).replace("'", '%27').replace('~', '%7E');
			const links = [
				`/p${letter}q`,
				`/p${code}q`,
				`/p${code.toLowerCase()}q`,
				`/s?q=${letter}r`,
				`/s?q=${code}r`,
			];
			const pages = links.map((link) => pageUrl(link, origin) ?? '');
			for (const spelling of [letter, code, code.toLowerCase()]) {
				const robots = `User-agent: *\nDisallow: /p${spelling}q\nDisallow: /s?q=${spelling}r`;
				const {allows} = parseRobots(`${origin}/robots.txt`, robots, 'our-bot');
				expect(pages.filter(allows)).toEqual([]);
				expect(allows(`${origin}/pq`)).toBe(true);
			}
		},
	);

	test('an encoded reserved character makes another path', () => {
		const robots = 'User-agent: *\nDisallow: /a/b\nDisallow: /c%3Fd\nDisallow: /e%26f';
		expect(allowed(robots, ['/a%2Fb', '/c?d', '/c%3fd', '/e&f', '/e%26f'])).toEqual([
			'/a%2Fb',
			'/c?d',
			'/e&f',
		]);
	});

	test('a star and a dollar of a path are no wildcards', () => {
		const robots = 'User-agent: *\nDisallow: /star%2Ax\nDisallow: /cost$5\nDisallow: /end%24';
		expect(allowed(robots, ['/star*x', '/starxx', '/cost$5', '/cost5', '/end$y'])).toEqual([
			'/starxx',
			'/cost5',
		]);
	});
});

test('E13: a group of our agent replaces all others, even if it has no rule', () => {
	const robots = (own: string): string =>
		`User-agent: *\nDisallow: /\nCrawl-delay: 9\n\nUser-agent: our-bot\n${own}`;
	for (const own of ['', 'Disallow:\n', 'Crawl-delay: 0\n', '# nothing\n'])
		expect(allowed(robots(own), ['/a'])).toEqual(['/a']);
	expect(parseRobots(origin, robots(''), 'our-bot').delayMs).toBe(0);
	expect(allowed('User-agent: our-bot\nUser-agent: *\nDisallow: /a', ['/a', '/b'])).toEqual(['/b']);
});

test.each([
	['/*.php$', ['/x.php', '/a/b.php'], ['/x.php?a', '/x.phps']],
	['/a*b*c', ['/abc', '/axbxcx'], ['/acb', '/ab']],
	['/*a$', ['/a', '/aa', '/ba'], ['/ab', '/']],
	['*/deep', ['/x/deep', '/deep/er'], ['/dee']],
	['/x$y', ['/x$yz'], ['/x', '/xy']],
	['/**$', ['/', '/x'], []],
	['$', [], ['/', '/x']],
])('the pattern %s', (pattern, forbidden, free) => {
	const robots = `User-agent: *\nDisallow: ${pattern}`;
	expect(allowed(robots, [...forbidden, ...free])).toEqual(free);
});
