import {describe, expect, test} from '@jest/globals';
import {parseCommandLine, UsageError} from '../../examples/crawler/args.ts';
import {help} from '../../examples/crawler/help.ts';

const now = new Date(2030, 5, 15, 21, 30);

function parse(line: string) {
	return parseCommandLine(line === '' ? [] : line.split(' '), now);
}

const nothing = {
	command: 'crawl',
	urls: [],
	ignoreRobots: false,
	savePages: false,
	keepUi: false,
	paused: false,
	fresh: false,
	retryFailed: false,
	json: false,
};

describe('crawl', () => {
	test('without arguments no option is set', () => {
		expect(parse('')).toEqual(nothing);
		expect(parse('crawl')).toEqual(nothing);
	});

	test.each(['', 'crawl '])('with urls: %s', (start) => {
		expect(parse(`${start}http://Example.org https://b.example/x --json`)).toEqual({
			...nothing,
			urls: ['http://example.org/', 'https://b.example/x'],
			json: true,
		});
	});

	test('all options are read', () => {
		const numbers = '--concurrency 2 --per-host=1 --delay 0 --timeout 5 --max-pages 10 --max-depth 0 --ui 0';
		const texts = '--dir d --include /a --exclude \\.pdf$ --user-agent bot/1.0';
		const flags = '--ignore-robots --save-pages --paused --fresh --json --keep-ui';
		expect(parse(`crawl http://a.example ${numbers} ${texts} ${flags}`)).toEqual({
			command: 'crawl',
			urls: ['http://a.example/'],
			dir: 'd',
			concurrency: 2,
			perHost: 1,
			delayMs: 0,
			timeoutMs: 5000,
			maxPages: 10,
			maxDepth: 0,
			include: /\/a/,
			exclude: /\.pdf$/,
			userAgent: 'bot/1.0',
			ignoreRobots: true,
			savePages: true,
			paused: true,
			fresh: true,
			retryFailed: false,
			json: true,
			ui: 0,
			keepUi: true,
		});
	});
});

describe('the other commands', () => {
	test.each([
		['status d --json', {command: 'status', dir: 'd', json: true}],
		['pause d', {command: 'pause', dir: 'd'}],
		['pause d --host A.example:80 --reason lunch', {command: 'pause', host: 'a.example', reason: 'lunch'}],
		['pause d --for 10m', {until: new Date(2030, 5, 15, 21, 40)}],
		['pause d --for 1h30m5s', {until: new Date(2030, 5, 15, 23, 0, 5)}],
		['pause d --until 22:00', {until: new Date(2030, 5, 15, 22)}],
		['pause d --until 9:15:30', {until: new Date(2030, 5, 16, 9, 15, 30)}],
		['pause d --until 2030-12-31T22:00', {until: new Date(2030, 11, 31, 22)}],
		['resume d --host a.example', {command: 'resume', dir: 'd', host: 'a.example'}],
		['stop d', {command: 'stop', dir: 'd', now: false}],
		['stop d --now', {command: 'stop', dir: 'd', now: true}],
		['export d', {command: 'export', dir: 'd', format: 'jsonl', only: undefined}],
		['export d --format csv --only failed', {command: 'export', dir: 'd', format: 'csv', only: 'failed'}],
	])('%s', (line, expected) => {
		expect(parse(line)).toMatchObject(expected);
	});
});

describe('help', () => {
	test.each(['help', '-h', '--help', 'http://a.example --help', 'pause --help'])('%s', (line) => {
		expect(parse(line)).toEqual({command: 'help'});
	});

	test('fits a screen, and names all options and exit codes', () => {
		const lines = help.trimEnd().split('\n');
		// One line is left for the prompt.
		expect(lines.length).toBeLessThanOrEqual(23);
		expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
		const options =
			'dir fresh paused concurrency per-host delay timeout max-pages max-depth include exclude user-agent ignore-robots save-pages json ui host for until reason now format only';
		for (const option of options.split(' ')) expect(help).toContain(`--${option}`);
		expect(help).toMatch(/0 done, 1 error, 2 usage, 3 stopped or paused with work left/);
	});
});

describe('bad arguments', () => {
	test.each([
		['example.org', "expected a url like https://example.org/, got 'example.org'"],
		['ftp://example.org', "expected an http or https url, got 'ftp://example.org'"],
		['http://me:secret@example.org', 'a url with a user name or password is not supported'],
		['--concurrency 0', "expected a whole number from 1 to 1000 for --concurrency, got '0'"],
		['--concurrency 1.5', "expected a whole number from 1 to 1000 for --concurrency, got '1.5'"],
		['--per-host=', "expected a whole number from 1 to 1000 for --per-host, got ''"],
		['--delay -1', "option '--delay' argument is ambiguous"],
		['--delay=1s', "expected a whole number from 0 to 86400000 for --delay, got '1s'"],
		['--max-pages many', "expected a whole number from 1 to 9007199254740991 for --max-pages, got 'many'"],
		['--ui 70000', "expected a whole number from 0 to 65535 for --ui, got '70000'"],
		['--include (', "expected a regular expression for --include, got '(' (Unterminated group)"],
		['--user-agent=', "expected ASCII that starts with a letter for --user-agent, got ''"],
		['--dir=', "expected a folder for --dir, got ''"],
		['--concurrency', "option '--concurrency <value>' argument missing"],
		['--concurency 3', "unknown option '--concurency'"],
		['--json=yes', "option '--json' does not take an argument"],
		['pause', 'expected the folder of a crawl after pause'],
		['pause a b', 'expected one folder after pause, got 2: a b'],
		['pause d --concurrency 3', "unknown option '--concurrency' of pause"],
		['pause d --host a/b', "expected a host like example.org or localhost:8080 for --host, got 'a/b'"],
		['pause d --for 10', "expected a time such as 90s, 10m or 1h30m for --for, got '10'"],
		['pause d --for 0s', "expected a time such as 90s, 10m or 1h30m for --for, got '0s'"],
		[
			'pause d --until 25:00',
			"expected a time to come, such as 22:00 or 2030-12-31T22:00, for --until, got '25:00'",
		],
		['pause d --until 2020-01-01T00:00', "for --until, got '2020-01-01T00:00'"],
		['pause d --for 1m --until 22:00', 'expected --for or --until, got both'],
		['pause d --reason=', 'expected 1 to 100 characters for --reason, got 0'],
		['export d --format xml', "expected one of jsonl, csv for --format, got 'xml'"],
		['http://a.example pause', "expected a url like https://example.org/, got 'pause'"],
	])('%s', (line, message) => {
		expect(() => parse(line)).toThrow(UsageError);
		expect(() => parse(line)).toThrow(message);
	});
});
