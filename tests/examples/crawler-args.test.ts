import {describe, expect, test} from '@jest/globals';
import {defaultUserAgent, help, parseCommandLine, UsageError} from '../../examples/crawler/args.ts';

test('without arguments the demo site is crawled', () => {
	expect(parseCommandLine([])).toEqual({
		command: 'crawl',
		url: undefined,
		concurrency: 8,
		maxPages: Infinity,
		timeout: 30_000,
		userAgent: defaultUserAgent,
		json: false,
	});
});

test('all options are read', () => {
	const line = 'http://Example.org --concurrency 2 --max-pages=10 --timeout 5 --user-agent bot/1.0 --json';
	expect(parseCommandLine(line.split(' '))).toEqual({
		command: 'crawl',
		url: 'http://example.org/',
		concurrency: 2,
		maxPages: 10,
		timeout: 5000,
		userAgent: 'bot/1.0',
		json: true,
	});
});

test.each(['-h', '--help'])('%s asks for help', (option) => {
	expect(parseCommandLine(['http://example.org', option])).toEqual({command: 'help'});
});

test('the help fits a screen', () => {
	const lines = help.split('\n');
	expect(lines.length).toBeLessThanOrEqual(30);
	expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});

describe('bad arguments', () => {
	test.each([
		['example.org', "expected a url like https://example.org/, got 'example.org'"],
		['ftp://example.org', "expected an http or https url, got 'ftp://example.org'"],
		['http://me:secret@example.org', 'a url with a user name or password is not supported'],
		['http://a.example http://b.example', 'expected one url, got 2: http://a.example http://b.example'],
		['--concurrency 0', "expected a whole number from 1 to 1000 for --concurrency, got '0'"],
		['--concurrency 1.5', "expected a whole number from 1 to 1000 for --concurrency, got '1.5'"],
		['--max-pages many', "expected a whole number from 1 to 9007199254740991 for --max-pages, got 'many'"],
		['--timeout=', "expected a whole number from 1 to 86400 for --timeout, got ''"],
		['--user-agent=', "expected a user agent in ASCII that starts with a letter, got ''"],
		['--user-agent bø/1', "expected a user agent in ASCII that starts with a letter, got 'bø/1'"],
		['--concurrency', "option '--concurrency <value>' argument missing"],
		['--concurency 3', "unknown option '--concurency'"],
	])('%s', (line, message) => {
		const parse = () => parseCommandLine(line.split(' '));
		expect(parse).toThrow(UsageError);
		expect(parse).toThrow(message);
	});
});
