import {afterEach, beforeEach, describe, expect, jest, test} from '@jest/globals';
import {shareOf} from '../../examples/crawler/format.ts';
import type {CrawlStatus} from '../../examples/crawler/status.ts';
import {TerminalDisplay} from '../../examples/crawler/terminal/display.ts';
import {Screen} from '../../examples/crawler/terminal/screen.ts';
import {fit, pad, plain, readableUrl, widthOf, wrapped} from '../../examples/crawler/terminal/text.ts';
import {TestScreen} from './crawler-display-screen.ts';
import {FakeCrawl, hostStatus, newStatus, noCounts, pageRecord} from './fake-crawl.ts';

const start = new Date(2030, 5, 15, 21, 30).getTime();

beforeEach(() => {
	jest.useFakeTimers({now: start});
});

afterEach(() => {
	jest.useRealTimers();
});

const busy: Partial<CrawlStatus> = {
	counts: {...noCounts, done: 1234, waiting: 4321, running: 3, failed: 7, bytes: 5e6},
	activeMs: 65_000,
	pagesPerSecond: 12.34,
	bytesPerSecond: 1.5e6,
	etaMs: 350_000,
	hosts: [hostStatus('a.example', {done: 1000, waiting: 4000, running: 2}), hostStatus('b.example:8080')],
	hostCount: 12,
	lastPages: [pageRecord({title: 'A title'})],
};

/** Whole numbers below `most`, the same ones for the same seed. */
function dice(seed: number): (most: number) => number {
	let state = seed;
	return (most) => {
		state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
		return Math.floor((state / 2 ** 31) * Math.floor(most));
	};
}

class Stage implements Disposable {
	readonly screen: TestScreen;
	readonly crawl = new FakeCrawl();
	readonly display: TerminalDisplay;

	constructor({columns = 80, rows = 24, hasKeys = true, hasColors = false} = {}) {
		this.screen = new TestScreen(columns, rows);
		this.screen.write('$ crawl\r\n');
		this.display = new TerminalDisplay(this.screen, this.crawl, {hasKeys, hasColors});
	}

	async pass(ms: number): Promise<void> {
		await jest.advanceTimersByTimeAsync(ms);
	}

	[Symbol.dispose](): void {
		this.display[Symbol.dispose]();
	}
}

describe('the contents', () => {
	test.each([
		['none', undefined, 22],
		['one that is nearer than the end', 2000, 61],
		['one beyond what is known', 1_000_000, 22],
		['one that is reached', 1234, 100],
	])('E14: the bar is right with a limit of pages: %s', (_what, maxPages, percent) => {
		expect(Math.floor(100 * shareOf({...newStatus, ...busy, maxPages}))).toBe(percent);
	});

	test('a frame shows all fields of the status', () => {
		using stage = new Stage();
		stage.crawl.set(busy);
		expect(stage.screen.shown).toEqual([
			'$ crawl',
			'running  active 01:05  ETA 05:50',
			`${'#'.repeat(12)}${'-'.repeat(43)} 22 %`,
			'1,234 done  4,321 waiting  3 in flight  7 failed  12.3 pages/s  1.50 MB/s',
			'1 a.example      1,000 done, 4,000 waiting, 2 in flight',
			'2 b.example:8080 0 done, 0 waiting, 0 in flight',
			'  and 10 more hosts',
			'200 http://site.example/  A title',
			'p pause  r resume  1-9 a host  s status  q finish  h help',
		]);
	});

	test('a frame shows pausing, and then paused with the time that passes', async () => {
		using stage = new Stage();
		stage.crawl.set({
			...busy,
			state: 'pausing',
			holds: [{by: 'user', reason: 'user', since: start, until: undefined}],
		});
		expect(stage.screen.shown[1]).toBe('pausing (3 in flight)  active 01:05');
		stage.crawl.set({state: 'paused'});
		expect(stage.screen.shown[1]).toBe('paused (user, 00:00)  active 01:05');
		await stage.pass(42_000);
		expect(stage.screen.shown[1]).toBe('paused (user, 00:42)  active 01:05');
	});

	test('a frame shows a pause and a held host, with their ends', () => {
		using stage = new Stage();
		const until = new Date(2030, 5, 15, 22).getTime();
		const refusal = {by: 'server' as const, reason: 'HTTP 429', since: start, until};
		const lunch = {by: 'user' as const, reason: 'lunch', since: start, until};
		stage.crawl.set({
			state: 'paused',
			holds: [lunch],
			hosts: [
				hostStatus('a.example', {holds: [refusal]}),
				hostStatus('b.example', {holds: [lunch, refusal]}),
				hostStatus('c.example', {held: 2}),
			],
			hostCount: 3,
		});
		expect(stage.screen.shown[1]).toBe('paused (lunch, until 22:00:00, 30:00 left)  active 00:00');
		expect(stage.screen.shown[4]).toMatch(/^1 a\.example held: HTTP 429, until 22:00:00, 30:00 left; 0 done/);
		expect(stage.screen.shown[5]).toMatch(/^2 b\.example paused: lunch, .* left; held: HTTP 429, /);
		expect(stage.screen.shown[6]).toBe('3 c.example 0 done, 0 waiting, 2 held');
	});

	test('a host keeps its digit while it is shown', () => {
		using stage = new Stage();
		const [a, b, c] = [hostStatus('a.example'), hostStatus('b.example'), hostStatus('c.example')];
		stage.crawl.set({hosts: [a, b]});
		stage.crawl.set({hosts: [b, c, a]});
		expect([1, 2, 3, 4].map((digit) => stage.display.hostAt(digit))).toEqual([
			'a.example',
			'b.example',
			'c.example',
			undefined,
		]);
		stage.crawl.set({hosts: [c]});
		stage.crawl.set({hosts: [c, b]});
		expect([1, 2, 3].map((digit) => stage.display.hostAt(digit))).toEqual([
			'b.example',
			undefined,
			'c.example',
		]);
	});

	test('no text from the web reaches the terminal as a command', () => {
		using stage = new Stage();
		const evil = '\u001B]0;owned\u0007 \u009B2J \u202Eright\nto left';
		stage.crawl.set({
			...busy,
			state: 'paused',
			holds: [{by: 'user', reason: evil, since: start, until: undefined}],
			hosts: [hostStatus(evil)],
			lastPages: [pageRecord({title: evil, url: 'http://s.example/%1B[2J%E2%80%AE/caf%C3%A9'})],
		});
		stage.display.notice(evil);
		const text = stage.screen.writes.join('');
		for (const evil of ['\u001B]', '\u009B', '\u202E', '\u0007']) expect(text).not.toContain(evil);
		expect(stage.screen.shown.join('\n')).toContain('http://s.example/%1B[2J%E2%80%AE/café ');
		expect(stage.screen.shown).toContain('\uFFFD]0;owned\uFFFD \uFFFD2J \uFFFDright');
	});
});

describe('the drawing', () => {
	test('each frame is one write, with only the changed lines', async () => {
		using stage = new Stage();
		stage.crawl.set(busy);
		const {writes} = stage.screen;
		const before = writes.length;
		await stage.pass(5000);
		expect(writes.slice(before)).toEqual([]);
		stage.crawl.status = {...stage.crawl.status, activeMs: 66_000};
		await stage.pass(1000);
		expect(writes).toHaveLength(before + 1);
		expect(writes.at(-1)).toBe(
			'\u001B[?2026h\u001B[?7l\u001B[7A\rrunning  active 01:06  ETA 05:50\u001B[K\u001B[7B\u001B[?7h\u001B[?2026l',
		);
		expect(stage.screen.unframed).toBe(1);
	});

	test('lines come and go', () => {
		using stage = new Stage();
		stage.display.notice('before');
		for (const count of [0, 5, 2, 2, 6, 1, 0, 3]) {
			const hosts = Array.from({length: count}, (_, index) => hostStatus(`${index}.example`));
			stage.crawl.set({hosts, hostCount: count});
			const {shown} = stage.screen;
			expect(shown.slice(0, 2)).toEqual(['$ crawl', 'before']);
			expect(shown.filter((line) => line.includes('.example'))).toHaveLength(count);
			expect(shown).toHaveLength(2 + 3 + count + 1);
			expect(shown.at(-1)).toMatch(/^p pause/);
		}
	});

	test('any series of frames and notices leaves the contents of the last ones', () => {
		const random = dice(7);
		for (let round = 0; round < 40; round++) {
			const [columns, rows] = [10 + random(30), 9 + random(8)];
			const output = new TestScreen(columns, rows);
			const screen = new Screen(output);
			const said: string[] = [];
			let lines: string[] = [];
			for (let step = 0; step < 30; step++) {
				const text = (): string => '東x- '.charAt(random(4)).repeat(random(columns / 2));
				if (random(4) === 0) {
					// It may be broken into several lines.
					said.push(text() + text() + text());
					screen.print(said.slice(-1));
				} else {
					lines = lines.length > 0 && random(2) === 0 ? lines.with(random(lines.length), text()) : [];
					while (lines.length === 0 || (lines.length < 8 && random(3) > 0)) lines.push(text());
					screen.draw(lines);
				}
			}
			const shown = output.all.map((line) => line.trimEnd());
			const expected = [...said, ...lines].map((line) => line.trimEnd());
			const height = (text: string): number => Math.max(1, Math.ceil(widthOf(text) / columns));
			expect(shown.join('').replaceAll(' ', '')).toBe(expected.join('').replaceAll(' ', ''));
			expect(shown.length).toBeLessThanOrEqual(
				said.reduce((sum, text) => sum + height(text) + 1, lines.length),
			);
			expect(output.unframed).toBe(0);
		}
	});

	test('notices stay above the frame, also when they scroll away', () => {
		using stage = new Stage({rows: 10});
		stage.crawl.set(busy);
		const said = Array.from({length: 30}, (_, index) => `notice ${index} ${'x'.repeat(90)}`);
		for (const text of said) stage.display.notice(text);
		expect(stage.screen.shown).toHaveLength(10);
		expect(stage.screen.shown.at(-1)).toMatch(/^p pause/);
		const all = stage.screen.all.join('').replaceAll(/running {2}active.*/g, '');
		expect(all.replaceAll(' ', '')).toBe(`$ crawl${said.join('')}`.replaceAll(' ', ''));
	});

	test.each([8, 20, 30, 45, 200])('no line is wider than a terminal of %i columns', (columns) => {
		using stage = new Stage({columns, rows: 12});
		const wide = '東京の天気 👩‍👩‍👧 e\u0301 '.repeat(9);
		stage.crawl.set({
			...busy,
			hosts: [hostStatus('東京.example', {failed: 3})],
			lastPages: [pageRecord({title: wide, url: `http://site.example/${encodeURIComponent(wide)}`})],
		});
		const {shown} = stage.screen;
		for (const line of shown) expect(widthOf(line)).toBeLessThan(columns);
		expect(shown.length).toBeLessThanOrEqual(12);
		expect(shown.filter((line) => line.startsWith('running'))).toHaveLength(1);
		expect(shown[0]).toBe('$ crawl');
	});

	test.each([1, 2, 3, 5, 9])('the frame fits %i rows', (rows) => {
		using stage = new Stage({rows: Math.max(2, rows)});
		for (let step = 0; step < 5; step++) {
			stage.crawl.set({...busy, activeMs: 1000 * step});
			expect(stage.screen.all.filter((line) => line.startsWith('running'))).toHaveLength(1);
		}
	});

	test.each([
		[80, 30],
		[80, 37],
		[100, 20],
		[30, 80],
		[25, 120],
	])('a window that changes from %i to %i columns leaves no traces', async (before, after) => {
		using stage = new Stage({columns: before});
		stage.crawl.set(busy);
		stage.screen.resize(after);
		await stage.pass(1000);
		const {all} = stage.screen;
		expect(all[0]).toBe('$ crawl');
		expect(all.filter((line) => line.startsWith('running'))).toHaveLength(1);
		expect(all.filter((line) => /^p (pause|r s q h)/.test(line))).toHaveLength(1);
	});

	test('colours are for terminals that want them', () => {
		using plainStage = new Stage();
		using stage = new Stage({hasColors: true});
		for (const {crawl} of [plainStage, stage]) crawl.set(busy);
		expect(stage.screen.writes.join('')).toContain('\u001B[32mrunning\u001B[0m');
		expect(plainStage.screen.writes.join('')).not.toContain('\u001B[32m');
	});

	test('without keys the frame offers none', () => {
		using stage = new Stage({hasKeys: false});
		stage.crawl.set(busy);
		expect(stage.screen.shown.join('\n')).not.toMatch(/p pause|^1 /m);
	});
});

describe('the end', () => {
	test('the lines disappear, the cursor comes back, and the last notice stays', async () => {
		using stage = new Stage();
		stage.crawl.set(busy);
		expect(stage.screen.isCursorShown).toBe(false);
		stage.display.summary(['completed: 3 done', 'in all']);
		expect(stage.screen.shown).toEqual(['$ crawl', 'completed: 3 done', 'in all']);
		expect(stage.screen.isCursorShown).toBe(true);
		const {length} = stage.screen.writes;
		stage.crawl.set({state: 'completed'});
		await stage.pass(1000);
		expect(stage.screen.writes).toHaveLength(length);
	});

	test('the display leaves nothing on the crawl, and no timer', async () => {
		const stage = new Stage();
		stage.crawl.set(busy);
		stage[Symbol.dispose]();
		await stage.pass(0);
		expect(stage.crawl.eventNames()).toEqual([]);
		expect(jest.getTimerCount()).toBe(0);
	});

	test('a hidden display writes only the notices', async () => {
		using stage = new Stage();
		stage.crawl.set(busy);
		stage.display.hide();
		stage.crawl.set({activeMs: 99_000});
		await stage.pass(1000);
		stage.display.notice('said');
		expect(stage.screen.shown).toEqual(['$ crawl', 'said']);
		stage.display.show();
		expect(stage.screen.shown[2]).toBe('running  active 01:39  ETA 05:50');
	});
});

describe('text', () => {
	test.each([
		['plain', 5],
		['東京', 4],
		['e\u0301', 1],
		['👍', 2],
		['ﾊﾝｶｸ', 4],
		['', 0],
	])('the width of %s is %i', (text, width) => {
		expect(widthOf(text)).toBe(width);
	});

	test('a text is cut between characters', () => {
		expect(fit('abcdef', 6)).toBe('abcdef');
		expect(fit('abcdefg', 6)).toBe('abcd..');
		expect(fit('東京東京', 7)).toBe('東京..');
		expect(fit('東京', 3)).toBe('東');
		expect(pad('東京東京', 7)).toBe('東京.. ');
	});

	test.each([
		[
			'joiners in Persian and Hindi',
			'\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645 \u0915\u094D\u200D\u0937',
			undefined,
		],
		['a family of one character', '\u{1F469}\u200D\u{1F469}\u200D\u{1F467}', undefined],
		['the sign of an Arabic number', '\u0601\u0661\u0662', undefined],
		['soft hyphens', 'Donau\u00ADdampf\u00ADschiff', 'Donaudampfschiff'],
		['places to break', 'a\u200Bb\u2060c\uFEFFd', 'abcd'],
		['marks that turn the text', 'a\u202Eb\u2066c\u200Fd\u061Ce', 'a\uFFFDb\uFFFDc\uFFFDd\uFFFDe'],
	])('E14: %s', (_what, text, shown) => {
		expect(plain(text)).toBe(shown ?? text);
	});

	test('E14: joiners have no width', () => {
		expect(['\u200C', '\u200D', 'a\u200Cb', '\u{1F469}\u200D\u{1F467}'].map(widthOf)).toEqual([0, 0, 2, 2]);
	});

	test.each([
		['short', 10, ['short']],
		['one two three', 13, ['one two three']],
		['one two three', 12, ['one two', '  three']],
		['one two three', 7, ['one two', '  three']],
		['  failed 3 x HTTP 500', 12, ['  failed 3 x', '    HTTP 500']],
		['see http://a.example/long yes', 10, ['see', '  http://a.example/long', '  yes']],
		['http://a.example/long/long', 10, ['http://a.example/long/long']],
		['\u6771\u4EAC \u6771\u4EAC', 6, ['\u6771\u4EAC', '  \u6771\u4EAC']],
		['', 10, ['']],
		['     ', 3, ['     ']],
	])('E14: %j is broken between words for %i columns', (text, columns, lines) => {
		expect(wrapped(text, columns)).toEqual(lines);
	});

	test('lone halves of characters and separators of lines are replaced', () => {
		expect(plain('a\uD800b\u2028c\td\r\ne')).toBe('a\uFFFDb\uFFFDc d e');
	});

	test.each([
		['http://a.example/caf%C3%A9?q=%E6%9D%B1', 'http://a.example/café?q=東'],
		['http://a.example/a%2Fb%20c%0Ad', 'http://a.example/a%2Fb%20c%0Ad'],
		['http://a.example/%FF%C3', 'http://a.example/%FF%C3'],
	])('%s reads as %s', (url, readable) => {
		expect(readableUrl(url)).toBe(readable);
	});
});
