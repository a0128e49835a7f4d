// A thread and the process around it: which keeps the other alive, and which handles are left.
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals';
import {buildSync} from 'esbuild';
import {spawn} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
const modules = (): string => pathToFileURL(path.join(folder, 'main.js')).href;

beforeAll(() => {
	mkdirSync(path.join(root, 'build'), {recursive: true});
	folder = mkdtempSync(path.join(root, 'build', 'threads-'));
	// The library in one file, its entry in another, and a job that brings a third copy.
	buildSync({
		absWorkingDir: root,
		entryPoints: {
			main: 'src/thread/index.ts',
			core: 'src/index.ts',
			entry: 'src/thread/entry.ts',
			loops: 'tests/runtimes/jobs/loops.ts',
		},
		outdir: folder,
		bundle: true,
		format: 'esm',
		platform: 'node',
		target: 'node20',
		external: ['p-queue'],
	});
});

afterAll(() => rmSync(folder, {recursive: true}));

interface Ended {
	readonly code: number | null;
	readonly signal: string | null;
	readonly stdout: string;
	readonly stderr: string;
}

/** Runs a program that has `Thread`, `source`, `start()` and `progress()`. */
function run(program: string, act?: (line: string, kill: () => void) => void): Promise<Ended> {
	const file = path.join(folder, `program-${performance.now()}.mjs`);
	writeFileSync(
		file,
		`import {Thread, ThreadPool} from ${JSON.stringify(modules())};
		import {Worker} from 'node:worker_threads';
		const source = new URL('./loops.js', import.meta.url);
		const start = (data, options) => Thread.start(source, {data, ...options});
		const progress = (thread) => new Promise((resolve) => {
			thread.addEventListener('progress', resolve, {once: true});
			if (thread.progress !== undefined) resolve();
		});
		${program}`,
	);
	return new Promise((resolve) => {
		const child = spawn(process.execPath, ['--expose-gc', file], {cwd: root});
		let [stdout, stderr] = ['', ''];
		child.stderr.on('data', (data) => (stderr += String(data)));
		child.stdout.on('data', (data) => {
			stdout += String(data);
			act?.(stdout, () => child.kill('SIGKILL'));
		});
		child.on('close', (code, signal) => resolve({code, signal, stdout, stderr}));
	});
}

describe('W16: a process', () => {
	test('lives while a thread runs, and ends with it', async () => {
		const ended = await run("start('value').result.then((value) => console.log(value));");
		expect(ended).toEqual({code: 0, signal: null, stdout: 'value\n', stderr: ''});
	});

	test('lives while a thread is paused', async () => {
		const ended = await run(`
			const thread = start('sync');
			await progress(thread);
			await thread.pause();
			setTimeout(async () => { await thread.stop('end'); console.log(thread.state); }, 50).unref();
		`);
		expect(ended).toEqual({code: 0, signal: null, stdout: 'stopped\n', stderr: ''});
	});

	test('ends while a thread is paused that does not keep it alive', async () => {
		const ended = await run(`
			const thread = start('sync', {keepAlive: false});
			await progress(thread);
			process.on('exit', () => console.log(thread.state));
			setTimeout(() => thread.resume(), 2 ** 30).unref();
			await thread.pause();
		`);
		expect([ended.signal, ended.stdout.trim()]).toEqual([null, expect.stringMatching(/^paus(ing|ed)$/)]);
	});

	test('ends while the threads of a pool have no work', async () => {
		const ended = await run("const pool = new ThreadPool(source); console.log(await pool.run('one'));");
		expect(ended).toEqual({code: 0, signal: null, stdout: 'one\n', stderr: ''});
	});

	test.each(['process.exit(5)', "throw new Error('crash')"])(
		'that ends by %s takes a blocked thread with it',
		async (way) => {
			const ended = await run(`
				const thread = start('sync');
				await progress(thread);
				await thread.pause();
				setTimeout(() => { ${way} });
			`);
			expect([ended.code, ended.signal]).toEqual([way.includes('exit') ? 5 : 1, null]);
		},
	);

	test('that is killed takes a blocked thread with it', async () => {
		const ended = await run(
			`
				const thread = start('sync');
				await progress(thread);
				await thread.pause();
				console.log('paused');
			`,
			(line, kill) => {
				if (line.includes('paused')) kill();
			},
		);
		expect(ended.signal).toBe('SIGKILL');
	});
});

describe('W21: copies of the library', () => {
	test('in the job, the entry and outside work together, by URL and by a worker of ours', async () => {
		const ended = await run(`
			for (const way of [source, () => new Worker(source)]) {
				const thread = Thread.start(way, {data: 'sync'});
				await progress(thread);
				const paused = await thread.pause();
				const {state} = thread;
				const {terminated} = await thread.stop('enough');
				console.log(paused, state, terminated, thread.state, await thread.result.catch((reason) => reason));
			}
		`);
		const line = 'true paused false stopped enough\n';
		expect(ended).toEqual({code: 0, signal: null, stdout: line + line, stderr: ''});
	});
});

test('memory is flat over 500 threads, and no handle is left', async () => {
	const ended = await run(`
		const start20 = async () => {
			for (let round = 0; round < 10; round++) {
				const threads = [start('value'), start('sync')];
				await progress(threads[1]);
				await threads[1].pause(round);
				await threads[1].stop('end');
				await threads[0].result;
			}
		};
		const used = async () => {
			for (let turn = 0; turn < 3; turn++) { gc(); await new Promise((resolve) => setTimeout(resolve, 5)); }
			const {heapUsed, rss} = process.memoryUsage();
			return {heap: heapUsed / 2 ** 20, rss: rss / 2 ** 20};
		};
		await start20(); await start20(); await start20();
		const before = await used();
		const handles = process.getActiveResourcesInfo().length;
		for (let round = 0; round < 22; round++) await start20();
		const after = await used();
		const grown = {heap: after.heap - before.heap, rss: after.rss - before.rss};
		console.log(JSON.stringify({grown, left: process.getActiveResourcesInfo().length - handles}));
	`);
	const {grown, left} = JSON.parse(ended.stdout) as {
		grown: {heap: number; rss: number};
		left: number;
	};
	expect(ended.code).toBe(0);
	// A thread that stayed would be 10 MiB of the process and several of the heap, a handle or a child of a signal that did 0.5 KiB each.
	expect(grown.heap).toBeLessThan(1);
	expect(grown.rss).toBeLessThan(100);
	expect(left).toBe(0);
}, 120_000);
