import {type ChildProcessWithoutNullStreams, spawn} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';
import {expect, jest, test} from '@jest/globals';
import {spawn as spawnOnTerminal} from '@lydell/node-pty';
import {FakeOutput, WatchedSite} from './crawler-kit.ts';

// For machines that are busy with other things.
jest.setTimeout(30_000);

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = ['--import', 'tsx', 'examples/crawler/main.ts'];

interface Run extends Disposable {
	readonly child: ChildProcessWithoutNullStreams;
	readonly stdout: FakeOutput;
	readonly stderr: FakeOutput;
	readonly code: Promise<number | null>;
}

function start(...args: string[]): Run {
	const child = spawn(process.execPath, [...program, ...args], {cwd: root});
	const [stdout, stderr] = [new FakeOutput(false), new FakeOutput(false)];
	child.stdout.setEncoding('utf8').on('data', (text: string) => stdout.write(text));
	child.stderr.setEncoding('utf8').on('data', (text: string) => stderr.write(text));
	const code = once(child, 'close').then(([exitCode]) => exitCode as number | null);
	return {child, stdout, stderr, code, [Symbol.dispose]: () => void child.kill('SIGKILL')};
}

test('a whole crawl ends by itself with code 0', async () => {
	await using site = await WatchedSite.start();
	using crawler = start(site.url);
	const {stdout, stderr, code} = crawler;
	expect(await code).toBe(0);
	expect(stderr.text).toBe(`crawling ${site.url}\n`);
	expect(JSON.parse(stdout.lines.at(-1) ?? '')).toMatchObject({
		type: 'summary',
		state: 'completed',
		waiting: 0,
	});
	await site.untilConnected(0);
});

test('SIGINT stops it cleanly: summary, code 3, no connection left', async () => {
	await using site = await WatchedSite.start();
	site.gate.close();
	using crawler = start(site.url);
	const {child, stdout, stderr, code} = crawler;
	await site.untilRequested('/');
	child.kill('SIGINT');
	expect(await code).toBe(3);
	await site.untilConnected(0);
	expect(stderr.text).toContain('stopping: 1 in flight are aborted; Ctrl-C again exits now\n');
	expect(JSON.parse(stdout.lines.at(-1) ?? '')).toMatchObject({
		type: 'summary',
		state: 'stopped',
		page: 0,
		waiting: 1,
	});
});

test('bad arguments: a message and code 2', async () => {
	using crawler = start('--max-pages', 'few');
	const {stdout, stderr, code} = crawler;
	expect(await code).toBe(2);
	expect(stderr.text).toMatch(/^expected a whole number .* for --max-pages, got 'few'\nTry --help.\n$/);
	expect(stdout.text).toBe('');
});

test('on a real terminal the keys work, and the terminal is as before', async () => {
	await using site = await WatchedSite.start();
	site.gate.close();
	const command = `"$0" ${program.join(' ')} ${site.url}; echo "code $?"; stty -a`;
	const terminal = spawnOnTerminal('/bin/sh', ['-c', command, process.execPath], {cwd: root, cols: 100});
	using _ = {[Symbol.dispose]: () => terminal.kill()};
	const screen = new FakeOutput(true);
	terminal.onData((text) => screen.write(text));
	await site.untilRequested('/');
	terminal.write('p');
	await screen.until(/pausing \(1 in flight\)/);
	site.gate.open();
	await screen.until(/paused \(user, 00:00\)/);
	site.gate.close();
	terminal.write('r');
	await screen.until(/running \| 1 done/);
	terminal.write('\u0003');
	await screen.until(/stopping: 8 in flight are aborted/);
	await screen.until(/stopped: 1 pages/);
	await screen.until(/code 3\r\n/);
	await screen.until(/[^-]isig [^-]*icanon/);
	await screen.until(/[^-]echo /);
});
