import {type ChildProcessWithoutNullStreams, spawn} from 'node:child_process';
import {once} from 'node:events';
import {symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {expect, jest, test} from '@jest/globals';
import {spawn as spawnOnTerminal} from '@lydell/node-pty';
import {CrawlReader} from '../../examples/crawler/engine/reading.ts';
import {FakeOutput} from './crawler-app-kit.ts';
import {TestScreen} from './crawler-display-screen.ts';
import {Folder} from './crawler-lab.ts';
import {WatchedSite} from './watched-site.ts';

// For machines that are busy with other things.
jest.setTimeout(60_000);

const root = fileURLToPath(new URL('../..', import.meta.url));
const main = ['--import', 'tsx', 'examples/crawler/main.ts'];
const bin = join(root, 'examples/crawler/bin.js');

interface Run extends Disposable {
	readonly child: ChildProcessWithoutNullStreams;
	readonly stdout: FakeOutput;
	readonly stderr: FakeOutput;
	readonly code: Promise<number | null>;
}

function start(args: readonly string[], {program = main, cwd = root} = {}): Run {
	const child = spawn(process.execPath, [...program, ...args], {cwd});
	const [stdout, stderr] = [new FakeOutput(false), new FakeOutput(false)];
	child.stdout.setEncoding('utf8').on('data', (text: string) => stdout.write(text));
	child.stderr.setEncoding('utf8').on('data', (text: string) => stderr.write(text));
	const code = once(child, 'close').then(([exitCode]) => exitCode as number | null);
	return {child, stdout, stderr, code, [Symbol.dispose]: () => void child.kill('SIGKILL')};
}

test('the bin of the package runs from any folder, also through a link', async () => {
	await using site = await WatchedSite.start();
	using folder = new Folder();
	symlinkSync(bin, join(folder.path, 'pausable-crawler'));
	const options = {program: [join(folder.path, 'pausable-crawler')], cwd: folder.path};
	using crawler = start([site.url, '--dir', 'here', '--max-pages', '2'], options);
	expect(await crawler.code).toBe(0);
	expect(JSON.parse(crawler.stdout.lines.at(-1) ?? '')).toMatchObject({
		type: 'summary',
		counts: {done: 2},
	});
});

test('SIGINT finishes the pages in flight, SIGTERM aborts them: summary, code 3, no request left', async () => {
	await using site = await WatchedSite.start();
	using folder = new Folder();
	site.gate.close();
	using crawler = start([site.url, '--dir', folder.path]);
	const {child, stdout, stderr, code} = crawler;
	await site.untilRequested('/');
	child.kill('SIGINT');
	await stderr.until(/finishing: 1 in flight are finished and saved/);
	child.kill('SIGTERM');
	expect(await code).toBe(3);
	await site.untilOpen(0);
	expect(stderr.text).toContain('stopping: 1 in flight are aborted');
	expect(JSON.parse(stdout.lines.at(-1) ?? '')).toMatchObject({
		type: 'summary',
		state: 'stopped',
		counts: {done: 0, waiting: 1},
	});
});

test('the reader of its lines may go away', async () => {
	await using site = await WatchedSite.start();
	using folder = new Folder();
	const command = `"$0" ${main.join(' ')} ${site.url} --dir ${folder.path} | head -n 1`;
	const shell = spawn('/bin/sh', ['-c', `{ ${command}; } 2>&1; exit`, process.execPath], {cwd: root});
	const output = new FakeOutput(false);
	shell.stdout.setEncoding('utf8').on('data', (text: string) => output.write(text));
	await once(shell, 'close');
	expect(output.text).toMatch(/^crawling .*\n\{"type":"state",.*\}\nstopping: /m);
	expect(output.text).not.toMatch(/EPIPE|Error/);
});

test('bad arguments give a message and code 2', async () => {
	using crawler = start(['--max-pages', 'few']);
	const {stdout, stderr, code} = crawler;
	expect(await code).toBe(2);
	expect(stderr.text).toMatch(/^expected a whole number .* for --max-pages, got 'few'\nTry --help.\n$/);
	expect(stdout.text).toBe('');
});

test('on a real terminal the display stays in its place, also when the window changes', async () => {
	await using site = await WatchedSite.start();
	using folder = new Folder();
	site.gate.close();
	const args = [...main, site.url, '--dir', folder.path];
	const terminal = spawnOnTerminal(process.execPath, args, {cwd: root, cols: 100, rows: 20});
	using _ = {[Symbol.dispose]: () => terminal.kill('SIGKILL')};
	const screen = new TestScreen(100, 20);
	const output = new FakeOutput(true);
	const exited = new Promise<number>((resolve) => {
		terminal.onExit(({exitCode}) => resolve(exitCode));
	});
	terminal.onData((text) => {
		screen.write(text);
		output.write(text);
	});
	await site.untilRequested('/');
	terminal.write('p');
	await output.until(/paused \(user, 00:0\d\)/);
	terminal.resize(40, 20);
	screen.resize(40);
	// The second one after the change is drawn on what the first one left.
	await output.until(/p pause {2}r resume|p r s q h/);
	await output.until(/paused \(user, 00:\d\d\)/);
	await output.until(/\[\?2026l/);
	const {all} = screen;
	for (const line of [/paused \(user/, /^0 done/, /^p r s q h$/])
		expect(all.filter((text) => line.test(text))).toHaveLength(1);
	expect(all.join('')).toContain(`crawling ${site.url}, in ${folder.path}`);
	terminal.write('q');
	expect(await exited).toBe(3);
	expect(screen.isCursorShown).toBe(true);
	expect(screen.all.join('\n')).not.toMatch(/paused \(user|p r s q h/);
});

test('a terminal that disappears stops the crawl, and all is saved', async () => {
	await using site = await WatchedSite.start();
	using folder = new Folder();
	site.gate.close();
	const args = [...main, site.url, '--dir', folder.path];
	const terminal = spawnOnTerminal(process.execPath, args, {cwd: root});
	const exited = new Promise<number>((resolve) => {
		terminal.onExit(({exitCode}) => resolve(exitCode));
	});
	await site.untilRequested('/');
	terminal.kill('SIGHUP');
	expect(await exited).toBe(3);
	using reader = new CrawlReader(folder.path);
	expect(reader.status).toMatchObject({state: 'stopped', counts: {waiting: 1}});
});

test('on a real terminal the keys work, and the terminal is restored', async () => {
	await using site = await WatchedSite.start();
	using folder = new Folder();
	site.gate.close();
	const command = `NO_COLOR=1 "$0" ${main.join(' ')} ${site.url} --dir ${folder.path}; echo "code $?"; stty -a`;
	const terminal = spawnOnTerminal('/bin/sh', ['-c', command, process.execPath], {cwd: root, cols: 100});
	using _ = {[Symbol.dispose]: () => terminal.kill('SIGKILL')};
	const screen = new FakeOutput(true);
	terminal.onData((text) => screen.write(text));
	await site.untilRequested('/');
	terminal.write('p');
	await screen.until(/paused \(user, 00:0\d\)/);
	site.gate.open();
	await site.untilOpen(0);
	site.gate.close();
	terminal.write('r');
	await screen.until(/1 done {2}\d+ waiting {2}2 in flight/);
	terminal.write('\u0003');
	await screen.until(/finishing: 2 in flight are finished/);
	site.gate.open();
	await screen.until(/stopped: 3 done/);
	await screen.until(/code 3\r\n/);
	await screen.until(/[^-]isig [^-]*icanon/);
	await screen.until(/[^-]echo /);
	// The cursor is shown again.
	expect(screen.text.lastIndexOf('\u001B[?25h')).toBeGreaterThan(screen.text.lastIndexOf('\u001B[?25l'));
});
