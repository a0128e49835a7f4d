// The downloader of docs/downloads.md, which is examples/15-download.ts, as its user sees it.
import {spawn as spawnOnTerminal} from '@lydell/node-pty';
import {expect, test} from '@jest/globals';
import {execFile} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {HostileServer, sha256} from '../support/hostile-server.ts';
import {hashOf, Place} from './download-kit.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const command = ['--import', 'tsx', 'examples/15-download.ts'];
const size = 5_000_000;

/** The example on a terminal. */
class Screen {
	text = '';
	exitCode: number | undefined;
	readonly #terminal: ReturnType<typeof spawnOnTerminal>;

	/** Called after anything has changed. */
	#onChange = (): void => {};

	constructor(url: string, file: string) {
		this.#terminal = spawnOnTerminal(process.execPath, [...command, url, file], {cwd: root, cols: 80});
		this.#terminal.onData((data) => {
			this.text += data;
			this.#onChange();
		});
		this.#terminal.onExit(({exitCode}) => {
			this.exitCode = exitCode;
			this.#onChange();
		});
	}

	press(key: string): void {
		this.#terminal.write(key);
	}

	async shows(text: string): Promise<void> {
		while (!this.text.includes(text)) {
			if (this.exitCode !== undefined) throw new Error(`It ended with: ${this.text}`);
			await this.#change();
		}
	}

	async end(): Promise<number> {
		while (this.exitCode === undefined) await this.#change();
		return this.exitCode;
	}

	#change(): Promise<void> {
		return new Promise((resolve) => (this.#onChange = resolve));
	}
}

test('the docs page shows the example, line by line', () => {
	const example = readFileSync(`${root}/examples/15-download.ts`, 'utf8');
	const page = readFileSync(`${root}/docs/downloads.md`, 'utf8');
	const [, block = ''] = /```ts no-run\n(.*?)```/s.exec(page) ?? [];
	expect(block.split('\n').length).toBeGreaterThan(20);
	expect(example).toContain(block);
});

test('the example downloads a file, and shows no bar without a terminal', async () => {
	await using server = await HostileServer.start({size});
	await using place = await Place.create();
	const {stdout} = await promisify(execFile)(process.execPath, [...command, server.url, place.file], {
		cwd: root,
	});
	expect(stdout).toBe('5000000 bytes, 0 of them from before\n');
	expect(hashOf(place.file)).toBe(sha256(server.file.content));
});

test('on a terminal p pauses, r resumes, q stops; the next run continues', async () => {
	await using server = await HostileServer.start({size});
	await using place = await Place.create();
	server.next({silentAfter: size / 2});
	const first = new Screen(server.url, place.file);
	await first.shows('#####..... 50 %');
	first.press('q');
	expect(await first.end()).toBe(1);
	expect(first.text).toContain('Stopped. The next run continues from here.');

	let go = (): void => {};
	server.next({silentAfter: size / 5, until: new Promise<void>((resolve) => (go = resolve))});
	const second = new Screen(server.url, place.file);
	await second.shows('#######... 70 %');
	second.press('p');
	await second.shows(' paused');
	go();
	second.press('r');
	expect(await second.end()).toBe(0);
	expect(second.text).toContain('5000000 bytes, 2500000 of them from before');
	expect(hashOf(place.file)).toBe(sha256(server.file.content));
});
