// What a task does to its process: it keeps it alive while paused, and ends it by a failure that nobody looks at.
import {execFile} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals';
import {build} from 'esbuild';

const folder = mkdtempSync(path.join(tmpdir(), 'task-process-'));

// Bundled once: to compile the library for each process would take most of the time.
beforeAll(async () => {
	await build({
		entryPoints: [path.join(import.meta.dirname, '../../src/index.ts')],
		outfile: path.join(folder, 'library.mjs'),
		bundle: true,
		format: 'esm',
		platform: 'node',
		target: 'es2022',
		logLevel: 'error',
	});
});

afterAll(() => rmSync(folder, {recursive: true}));

interface Run {
	readonly code: number;
	/** What it printed, a line each. */
	readonly lines: readonly string[];
	readonly errors: string;
}

let scripts = 0;

/** Runs a script in a process of its own, on this Node. */
function run(script: string): Promise<Run> {
	const file = path.join(folder, `script-${scripts++}.mjs`);
	writeFileSync(file, `import {delay, forever, PausableController, Task} from './library.mjs';\n${script}`);
	return new Promise((resolve) => {
		execFile(process.execPath, [file], {timeout: 50_000}, (error, stdout, errors) => {
			const code = error === null ? 0 : Number(error.code ?? -1);
			resolve({code, lines: stdout.split('\n').filter(Boolean), errors});
		});
	});
}

const quiet = (...lines: string[]): Run => ({code: 0, lines, errors: ''});

describe('keeps the process alive', () => {
	test('a paused task, as the code that resumes it may not do so', async () => {
		const output = await run(`
			const task = Task.start(async ({signal}) => {
				await Promise.resolve();
				await signal.checkpoint();
				console.log('went on');
			});
			void task.pause();
			setTimeout(() => task.resume(), 50).unref();
		`);
		expect(output).toEqual(quiet('went on'));
	});

	test('a task started under a pause', async () => {
		const output = await run(`
			const outer = new PausableController();
			outer.pause();
			Task.start(() => console.log('called'), {signal: outer.signal});
			setTimeout(() => outer.resume(), 50).unref();
		`);
		expect(output).toEqual(quiet('called'));
	});

	test('a paused delay of a task', async () => {
		const output = await run(`
			const task = Task.start(async ({signal}) => {
				await delay(signal, 1);
				console.log('due');
			});
			void task.pause();
			setTimeout(() => task.resume(), 50).unref();
		`);
		expect(output).toEqual(quiet('due'));
	});

	test('a paused task that is stopped: its cleanup runs, and then the process ends', async () => {
		const output = await run(`
			const task = Task.start(({signal}) => forever(signal).finally(() => console.log('cleaned up')));
			void task.pause();
			setTimeout(() => task.stop(), 50).unref();
		`);
		expect(output).toEqual(quiet('cleaned up'));
	});
});

describe('keeps no process alive', () => {
	test('a paused task with keepAlive: false', async () => {
		const output = await run(`
			const task = Task.start(({signal}) => forever(signal), {keepAlive: false});
			void task.pause().then((answer) => console.log('paused', answer));
		`);
		expect(output).toEqual(quiet('paused true'));
	});

	test('a task that waits for nothing that could happen, and is not paused', async () => {
		const output = await run(`
			const task = Task.start(({signal}) => forever(signal));
			task.pause().then(() => task.resume()).then((changed) => console.log(changed));
		`);
		expect(output).toEqual(quiet('true'));
	});

	test('a paused task that was stopped, or ended on its own, while others of its kind do', async () => {
		const output = await run(`
			const tasks = [1, 2].map(() => Task.start(({signal}) => forever(signal)));
			await Promise.all(tasks.map((task) => task.pause()));
			await tasks[0].stop();
			setTimeout(() => {
				console.log('the other one still does');
				tasks[1].stop();
			}, 50).unref();
		`);
		expect(output).toEqual(quiet('the other one still does'));
	});

	test('a task in its last cleanup after stop(), if nothing is to come', async () => {
		const output = await run(`
			const task = Task.start(({signal}) => forever(signal).catch(() => new Promise(() => {})));
			await task.pause();
			void task.stop();
			console.log(task.state);
		`);
		expect(output).toEqual(quiet('stopping'));
	});
});

describe('a requested end causes no unhandled rejection', () => {
	test.each([
		['stop()', 'void task.stop()'],
		['stop() of a paused task', 'void task.pause(); void task.stop()'],
		['stop() with a reason that is no error', "void task.stop('enough')"],
		['an abort from above', 'outer.abort()'],
		['an abort from above with a reason of its own', "outer.abort(new Error('enough'))"],
		['a stop() after an abort from above', 'outer.abort(); void task.stop()'],
	])('%s', async (_how, end) => {
		const output = await run(`
			const outer = new PausableController();
			const task = Task.start(({signal}) => forever(signal), {signal: outer.signal});
			await Promise.resolve();
			${end};
			await task.join();
			console.log(task.state);
		`);
		expect(output).toEqual(quiet('stopped'));
	});

	test('a task under a signal that was aborted before', async () => {
		const output = await run(`
			const task = Task.start(() => {}, {signal: AbortSignal.abort()});
			await task.join();
			console.log(task.state);
		`);
		expect(output).toEqual(quiet('stopped'));
	});

	test('a cleanup that fails, if somebody awaits the stop() that rejects', async () => {
		const output = await run(`
			const task = Task.start(({signal}) => forever(signal).finally(() => { throw new Error('cannot close'); }));
			await task.stop().catch((error) => console.log(error.message));
		`);
		expect(output).toEqual(quiet('cannot close'));
	});

	test('a failure that somebody handles in time', async () => {
		const output = await run(`
			const task = Task.start(() => { throw new Error('broken'); });
			await task.result.catch((error) => console.log(error.message));
			console.log(await task.join(), task.state);
		`);
		expect(output).toEqual(quiet('broken', 'true failed'));
	});
});

describe('a failure that nobody handles ends the process', () => {
	test.each([
		['at once', "Task.start(() => { throw new Error('broken'); })"],
		['later', "Task.start(async () => { await null; throw new Error('broken'); })"],
		[
			'while pausing',
			"const task = Task.start(async () => { await null; throw new Error('broken'); }); void task.pause()",
		],
		[
			'that join() does not tell',
			"await Task.start(async () => { await null; throw new Error('broken'); }).join(); await null",
		],
		[
			'of a cleanup after an abort from above',
			`const outer = new PausableController();
			Task.start(({signal}) => forever(signal).finally(() => { throw new Error('broken'); }), {signal: outer.signal});
			outer.abort()`,
		],
		[
			'of a cleanup, told by a stop() that nobody waits for',
			`const task = Task.start(({signal}) => forever(signal).finally(() => { throw new Error('broken'); }));
			void task.stop()`,
		],
		[
			'of a cleanup after the grace, which stop() cannot tell any more',
			`let giveUp;
			const givenUp = new Promise((resolve) => (giveUp = resolve));
			const task = Task.start(({signal}) => forever(signal).finally(async () => {
				await givenUp;
				throw new Error('broken');
			}));
			task.stop('', {grace: 1}).catch(giveUp)`,
		],
	])('%s', async (_how, script) => {
		const {code, errors} = await run(`${script};\nsetTimeout(() => console.log('survived'), 1000);`);
		expect(code).toBe(1);
		expect(errors).toContain('Error: broken');
	});
});
