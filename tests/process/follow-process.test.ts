// Real child processes under a signal: stopped, continued, terminated, and what they do on their own.
import {type ChildProcess, spawn, type SpawnOptions} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {execa} from 'execa';
import {$} from 'zx';
import {afterEach, describe, expect, test} from '@jest/globals';
import {PausableController, Task} from 'pausable-signal';
import {followProcess, ProcessExitError} from 'pausable-signal/process';
import {PausableQueue} from 'pausable-signal/queue';
import {leftOn} from 'pausable-signal/testing';
import {watched} from '../core/support.ts';

const children = new Set<ChildProcess>();

afterEach(() => {
	for (const child of children) child.kill('SIGKILL');
	children.clear();
});

/** A child that runs some JavaScript, with `tick()` at hand, which prints a line. */
function run(code: string, options: SpawnOptions = {}): ChildProcess {
	const tick = `let count = 0; const tick = () => process.stdout.write(++count + '\\n');`;
	const child = spawn(process.execPath, ['-e', `${tick}\n${code}`], {
		stdio: ['pipe', 'pipe', 'inherit'],
		...options,
	});
	children.add(child);
	return child;
}

/** Ticks until it is ended. */
const ticking = `setInterval(tick, 1);`;
/** Ticks, and does not care for SIGTERM. */
const deaf = `process.on('SIGTERM', () => {}); setInterval(tick, 1); tick();`;

/** Waits until the child has printed something more. */
async function moves(child: ChildProcess): Promise<void> {
	await once(child.stdout!, 'data');
}

/** One letter of Linux's for what the process does; undefined when there is none. */
function stateOf(pid: number): string | undefined {
	try {
		return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.[0];
	} catch {
		return undefined;
	}
}

/** Everything that could be left of a call. */
function leftOf(child: ChildProcess): Record<string, number> {
	return {
		exit: child.listenerCount('exit'),
		error: child.listenerCount('error'),
		spawn: child.listenerCount('spawn'),
		own: process.listenerCount('exit'),
	};
}

const ownListeners = process.listenerCount('exit');
const nothing = {exit: 0, error: 0, spawn: 0, own: ownListeners};

describe('a child that ends on its own', () => {
	test('with code 0 resolves', async () => {
		const {signal} = new PausableController();
		const child = run('');
		expect(await followProcess(signal, child)).toEqual({exitCode: 0, signalCode: null, killed: false});
		expect(leftOf(child)).toEqual(nothing);
		expect(leftOn(signal)).toEqual({listeners: 0, waiters: 0, followers: 0, children: 0});
	});

	test.each([
		['process.exit(3)', {exitCode: 3, signalCode: null}, 'exited with code 3'],
		["process.kill(process.pid, 'SIGKILL')", {exitCode: null, signalCode: 'SIGKILL'}, 'was ended by SIGKILL'],
	])('otherwise rejects: %s', async (code, end, words) => {
		const child = run(code);
		const error: unknown = await followProcess(new PausableController().signal, child).catch(
			(e: unknown) => e,
		);
		expect(error).toBeInstanceOf(ProcessExitError);
		expect(error).toMatchObject({...end, name: 'ProcessExitError', command: child.spawnargs.join(' ')});
		expect(String(error)).toContain(words);
		expect(leftOf(child)).toEqual(nothing);
	});

	test('before the call gives its end at once', async () => {
		const child = run('process.exit(0)');
		await once(child, 'exit');
		const {signal} = new PausableController();
		expect(await followProcess(signal, child)).toEqual({exitCode: 0, signalCode: null, killed: false});
		const failed = run('process.exit(1)');
		await once(failed, 'exit');
		await expect(followProcess(signal, failed)).rejects.toBeInstanceOf(ProcessExitError);
	});

	test('that could not be started rejects with its error', async () => {
		const child = spawn('/no/such/program');
		await expect(followProcess(new PausableController().signal, child)).rejects.toMatchObject({
			code: 'ENOENT',
		});
		expect(leftOf(child)).toEqual(nothing);
	});
});

describe('a pause', () => {
	test('stops it, and is answered when it stands still', async () => {
		const child = run(ticking);
		const task = Task.start(({signal}) => followProcess(signal, child));
		await moves(child);
		expect(await task.pause()).toBe(true);
		expect(stateOf(child.pid!)).toBe('T');
		task.resume();
		await moves(child);
		await task.stop();
		expect(task.state).toBe('stopped');
		expect(leftOf(child)).toEqual(nothing);
	});

	test('shows in the report of a queue', async () => {
		const queue = new PausableQueue();
		const child = run(ticking);
		const added = queue.add(({signal}) => followProcess(signal, child), {id: 'encode'});
		added.catch(() => {});
		await moves(child);
		expect((await queue.pause()).parked).toEqual([{id: 'encode', set: undefined}]);
		await queue.stop();
		expect(child.signalCode).toBe('SIGTERM');
	});

	test('from the start stops it at once', async () => {
		const controller = new PausableController();
		controller.pause();
		const task = Task.start(({signal}) => followProcess(signal, run(ticking)), {signal: controller.signal});
		controller.resume();
		await new Promise((resolve) => setImmediate(resolve));
		const child = [...children][0]!;
		const paused = new PausableController();
		paused.pause();
		const other = run(ticking);
		const followed = watched(followProcess(paused.signal, other));
		while (stateOf(other.pid!) !== 'T') await new Promise((resolve) => setImmediate(resolve));
		expect(followed.state).toBe('pending');
		paused.resume();
		await moves(other);
		other.kill();
		await task.stop();
		expect(child.signalCode).toBe('SIGTERM');
	});

	test('lasts although somebody else continues the child, until the next pause', async () => {
		const child = run(ticking);
		const task = Task.start(({signal}) => followProcess(signal, child));
		await moves(child);
		await task.pause();
		child.kill('SIGCONT');
		await moves(child);
		task.resume();
		expect(await task.pause()).toBe(true);
		expect(stateOf(child.pid!)).toBe('T');
		await task.stop();
	});

	test('of a child that somebody else stopped is answered, and its end continues it', async () => {
		const child = run(ticking);
		const task = Task.start(({signal}) => followProcess(signal, child));
		await moves(child);
		child.kill('SIGSTOP');
		expect(await task.pause()).toBe(true);
		task.resume();
		await moves(child);
		await task.stop();
	});

	test('of a child that dies while stopped ends with the child', async () => {
		const child = run(ticking);
		const task = Task.start(({signal}) => followProcess(signal, child));
		await moves(child);
		await task.pause();
		child.kill('SIGKILL');
		await expect(task.result).rejects.toMatchObject({signalCode: 'SIGKILL'});
		expect(task.state).toBe('failed');
		expect(leftOf(child)).toEqual(nothing);
	});

	test('a hundred flips in one go end in the right state', async () => {
		const child = run(ticking);
		const task = Task.start(({signal}) => followProcess(signal, child));
		await moves(child);
		for (let flip = 0; flip < 100; flip++) {
			void task.pause();
			task.resume();
		}
		await moves(child);
		expect(await task.pause()).toBe(true);
		expect(stateOf(child.pid!)).toBe('T');
		await task.stop();
		expect(leftOf(child)).toEqual(nothing);
	});

	test('stops only the child, and with `group` also the processes that it has started', async () => {
		const shell = (options: SpawnOptions): ChildProcess => {
			const program = `"${process.execPath}" -e "setInterval(() => console.log('tick'), 1)" & wait`;
			const child = spawn('sh', ['-c', program], {stdio: ['ignore', 'pipe', 'inherit'], ...options});
			children.add(child);
			return child;
		};
		const alone = shell({detached: true});
		const task = Task.start(({signal}) => followProcess(signal, alone));
		await moves(alone);
		await task.pause();
		await moves(alone);
		process.kill(-alone.pid!, 'SIGKILL');
		await expect(task.result).rejects.toBeInstanceOf(ProcessExitError);

		const group = shell({detached: true});
		const grouped = Task.start(({signal}) => followProcess(signal, group, {group: true}));
		await moves(group);
		expect(await grouped.pause()).toBe(true);
		const log: unknown[] = [];
		// What was printed before the pause may still be in the pipe.
		while (group.stdout!.read() !== null);
		group.stdout!.on('data', (chunk) => log.push(chunk));
		for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
		const {length} = log;
		for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
		expect(log).toHaveLength(length);
		grouped.resume();
		await moves(group);
		await grouped.stop();
		expect(group.signalCode ?? group.exitCode).not.toBeNull();
	});
});

describe('an abort', () => {
	test('terminates the child, and rejects with the reason when it has ended', async () => {
		const controller = new PausableController();
		const child = run(
			`process.on('SIGTERM', () => { process.stdout.write('cleaned up'); process.exit(0); }); setInterval(tick, 1);`,
		);
		let output = '';
		child.stdout!.on('data', (chunk: Buffer) => (output += chunk.toString()));
		const followed = watched(followProcess(controller.signal, child));
		await moves(child);
		const reason = {why: 'enough'};
		controller.abort(reason);
		await Promise.resolve();
		expect(followed.state).toBe('pending');
		await once(child, 'close');
		expect(followed).toEqual({state: 'rejected', reason});
		expect(output).toMatch(/cleaned up$/);
		expect(leftOf(child)).toEqual(nothing);
	});

	test('while paused continues the child to its end', async () => {
		const child = run(ticking);
		const task = Task.start(({signal}) => followProcess(signal, child));
		await moves(child);
		await task.pause();
		await task.stop();
		expect(child.signalCode).toBe('SIGTERM');
		expect(task.state).toBe('stopped');
	});

	test('kills a child that does not listen, after its grace', async () => {
		const child = run(deaf);
		const task = Task.start(({signal}) => followProcess(signal, child, {grace: 5}));
		await moves(child);
		await task.stop();
		expect(child.signalCode).toBe('SIGKILL');
		expect(leftOf(child)).toEqual(nothing);
	});

	test('before the call terminates it, too, with the requested signal', async () => {
		const controller = new PausableController();
		controller.abort('enough');
		const child = run(ticking);
		await expect(followProcess(controller.signal, child, {terminate: 'SIGINT'})).rejects.toBe('enough');
		expect(child.signalCode).toBe('SIGINT');
	});

	test('of a plain signal terminates the child, too', async () => {
		const controller = new AbortController();
		const child = run(ticking);
		const followed = watched(followProcess(controller.signal, child));
		await moves(child);
		controller.abort('enough');
		await once(child, 'close');
		expect(followed).toEqual({state: 'rejected', reason: 'enough'});
	});

	test('with `pause: false` is the only thing that reaches the child', async () => {
		const child = run(ticking);
		const task = Task.start(({signal}) => followProcess(signal, child, {pause: false}));
		await moves(child);
		expect(await task.pause('user', {timeout: 5})).toBe(false);
		await moves(child);
		await task.stop();
		expect(child.signalCode).toBe('SIGTERM');
	});
});

describe('children of other packages', () => {
	test("execa's", async () => {
		const child = execa(process.execPath, ['-e', 'setInterval(() => console.log(1), 1)'], {
			buffer: false,
			forceKillAfterDelay: false,
		});
		const ended = watched(child);
		const task = Task.start(({signal}) => followProcess(signal, child));
		await moves(child);
		expect(await task.pause()).toBe(true);
		expect(stateOf(child.pid!)).toBe('T');
		task.resume();
		await moves(child);
		await task.stop();
		await child.catch(() => {});
		expect(ended.state).toBe('rejected');
		expect(child.signalCode).toBe('SIGTERM');
	});

	test("zx's", async () => {
		const child = $({
			quiet: true,
		})`exec ${process.execPath} -e ${'setInterval(() => console.log(1), 1)'}`.nothrow();
		const task = Task.start(({signal}) => followProcess(signal, child));
		await moves(child.child!);
		expect(await task.pause()).toBe(true);
		expect(stateOf(child.pid!)).toBe('T');
		await task.stop();
		await child;
		expect(task.state).toBe('stopped');
	});
});

test('a child that is stopped when this process ends is continued', async () => {
	const index = path.join(import.meta.dirname, '../../src/process/index.ts');
	const root = path.join(import.meta.dirname, '../../src/index.ts');
	const script = `
		import {spawn} from 'node:child_process';
		import {followProcess} from ${JSON.stringify(index)};
		import {Task} from ${JSON.stringify(root)};
		const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1); setTimeout(() => process.exit(), 3000)'], {stdio: 'ignore', detached: true});
		child.unref();
		const task = Task.start(({signal}) => followProcess(signal, child));
		await task.pause();
		console.log(child.pid);
		process.exit();`;
	const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
	children.add(parent);
	let output = '';
	parent.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
	await once(parent, 'close');
	const pid = Number(output);
	expect(stateOf(pid)).toMatch(/[SR]/);
	process.kill(pid, 'SIGKILL');
});

describe('bad input is refused before anything is done', () => {
	const {signal} = new PausableController();
	const child = {kill() {}, on() {}, off() {}, exitCode: null, signalCode: null, pid: undefined};
	test.each([
		[
			'sleep',
			"child: expected a child process with pid, kill, exitCode, signalCode and events, got 'sleep' (string)",
		],
		[process.pid, 'child: expected a child process'],
		[null, 'child: expected a child process'],
		[{pid: 3, kill() {}}, 'child: expected a child process'],
	])('child: %p', async (value, message) => {
		await expect(followProcess(signal, value as never)).rejects.toThrow(message);
	});
	test.each([
		[{grace: -1}, RangeError, 'grace: expected a number of milliseconds, 0 or more, got -1 (number)'],
		[{group: 1}, TypeError, 'group: expected a boolean, got 1 (number)'],
		[{pause: 'yes'}, TypeError, "pause: expected a boolean, got 'yes' (string)"],
		[
			{terminate: 'SIGFOO'},
			RangeError,
			"terminate: expected the name of a signal, such as 'SIGTERM', got 'SIGFOO'",
		],
		[{terminate: 15}, TypeError, 'terminate: expected the name of a signal'],
		[signal, TypeError, 'options: expected an object such as {grace, group, pause}, got an AbortSignal'],
	])('options: %p', async (options, type, message) => {
		const call = followProcess(signal, child, options as never);
		await expect(call).rejects.toThrow(message);
		await expect(call).rejects.toBeInstanceOf(type);
	});
	test('group: of a child without a process group of its own', async () => {
		const attached = run(ticking);
		await expect(followProcess(signal, attached, {group: true})).rejects.toThrow(
			'group: expected false for a child that was not spawned detached, got true (boolean)',
		);
		attached.kill();
	});
});
