import {expect, test} from '@jest/globals';
import {parseRobots} from '../../examples/crawler/engine/robots.ts';

const origin = 'http://site.example';

/** Which of the paths the bot may visit. */
function allowed(robots: string, paths: string[], userAgent = 'our-bot/1.0 (a test)'): string[] {
	const rules = parseRobots(`${origin}/robots.txt`, robots, userAgent);
	return paths.filter((path) => rules.allows(origin + path));
}

test('the longest match wins, and allow wins a tie', () => {
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

test('a group of our own takes the place of the general one, whatever the version', () => {
	const robots = 'User-agent: *\nDisallow: /\n\nUser-agent: Our-Bot\nDisallow: /mine';
	expect(allowed(robots, ['/a', '/mine'])).toEqual(['/a']);
	expect(allowed(robots, ['/a', '/mine'], 'another/2')).toEqual([]);
});

test('wildcards and ends of paths', () => {
	const robots = 'User-agent: *\nDisallow: /*.pdf$\nDisallow: /*view=print\nDisallow: /end$';
	const paths = ['/x.pdf', '/x.pdf?a', '/p?view=print', '/p?a=1&view=print', '/end', '/endless'];
	expect(allowed(robots, paths)).toEqual(['/x.pdf?a', '/endless']);
});

test('percent signs change nothing but for what is reserved', () => {
	const robots = 'User-agent: *\nDisallow: /%7Ejoe\nDisallow: /caf\u00E9\nDisallow: /a%2fb';
	expect(allowed(robots, ['/~joe', '/caf%C3%A9', '/a%2Fb', '/a/b'])).toEqual(['/a/b']);
});

test('comments, blank lines and rubbish are passed over', () => {
	const robots =
		'\u0000rubbish\n# User-agent: *\nUser-agent: * # all\nDisallow: /a # here\nnothing: /b\nDisallow:\n';
	expect(allowed(robots, ['/a', '/b'])).toEqual(['/b']);
});

test('only rules end the list of agents of a group', () => {
	const robots = 'User-agent: our-bot\nSitemap: /s.xml\nunknown: x\n\nUser-agent: other-bot\nDisallow: /a';
	expect(allowed(robots, ['/a', '/b'])).toEqual(['/b']);
});

test('the delay is that of our group, and sitemaps are for all', () => {
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
])('a delay of %s is no reason to stop', (delay, expected) => {
	const robots = `User-agent: *\nCrawl-delay: ${delay}`;
	expect(parseRobots(`${origin}/robots.txt`, robots, 'our-bot').delayMs).toBe(expected);
});

test('an empty file allows all', () => {
	expect(allowed('', ['/a'])).toEqual(['/a']);
});
