// Real processes on one folder: frozen, killed, started anew.
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {createInterface} from 'node:readline';
import {afterAll, beforeAll, expect, test} from '@jest/globals';
import {build} from 'esbuild';
import {fileStore, RemoteController} from 'pausable-signal/remote';
import {sleep, until} from './kit.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'fleet-process-'));
const children = new Set<ChildProcess>();

beforeAll(async () => {
	await build({
		entryPoints: [path.join(import.meta.dirname, '../../src/remote/index.ts')],
		outfile: path.join(folder, 'remote.mjs'),
		bundle: true,
		format: 'esm',
		platform: 'node',
		target: 'es2022',
		logLevel: 'error',
	});
});

afterAll(() => {
	for (const child of children) child.kill('SIGKILL');
	rmSync(folder, {recursive: true, force: true});
});

// Each turn is a byte in a file of its own: no fault of the store or of a pipe loses it.
const worker = (name: string, leaseMs: number): string => `
import {appendFileSync} from 'node:fs';
import {fileStore, followRemote} from './remote.mjs';
const join = () => followRemote(fileStore('${folder}/${name}'), 'fleet', {id: process.argv[2], leaseMs: ${leaseMs}});
// A machine under load may take longer than a lease to answer.
const isLate = (error) => String(error).includes('has not answered');
let follower;
while (follower === undefined) follower = await join().catch((error) => (isLate(error) ? undefined : Promise.reject(error)));
for (const job of ['1', '2'])
	follower.start(async ({signal}) => {
		while (await signal.gate.wait()) {
			appendFileSync('${folder}/${name}-steps', 's');
			await new Promise((resolve) => setTimeout(resolve, 5));
		}
	}, {job});
console.log('ready');
process.on('SIGTERM', () => void follower.close());
`;

async function start(name: string, id: string, leaseMs: number): Promise<ChildProcess> {
	const file = path.join(folder, `${name}.mjs`);
	writeFileSync(file, worker(name, leaseMs));
	const child = spawn(process.execPath, [file, id], {stdio: ['ignore', 'pipe', 'inherit']});
	children.add(child);
	child.on('exit', () => children.delete(child));
	await once(createInterface(child.stdout), 'line');
	return child;
}

function fleetOf(name: string): {fleet: RemoteController; steps(): number} {
	writeFileSync(path.join(folder, `${name}-steps`), '');
	return {
		fleet: new RemoteController(fileStore(path.join(folder, name)), 'fleet'),
		steps: () => readFileSync(path.join(folder, `${name}-steps`)).length,
	};
}

test('3: a worker stopped for longer than its lease is late, then gone, and then makes one step per job', async () => {
	const {fleet, steps} = fleetOf('frozen');
	const frozen = await start('frozen', 'frozen', 1000);
	const other = await start('frozen', 'other', 1000);
	await until(() => steps() > 10);
	frozen.kill('SIGSTOP');
	const early = await fleet.pause('x', {timeout: 300});
	expect(early).toMatchObject({quiet: false, late: ['frozen'], workers: 2});
	const report = await fleet.pause('x');
	expect(report).toMatchObject({quiet: true, late: [], workers: 1, parked: 2});
	await sleep(100);
	const before = steps();
	frozen.kill('SIGCONT');
	await until(async () => (await fleet.status()).workers.length === 2);
	expect(await fleet.pause('x')).toMatchObject({quiet: true, workers: 2, parked: 4});
	await sleep(100);
	expect(steps() - before).toBeLessThanOrEqual(2);
	await fleet.resume();
	const after = steps();
	await until(() => steps() > after + 4);
	for (const child of [frozen, other]) {
		child.kill('SIGTERM');
		expect(await once(child, 'exit')).toEqual([0, null]);
	}
});

test('6, 7: workers killed and restarted during a pause move nothing until the resume', async () => {
	const {fleet, steps} = fleetOf('killed');
	const first = await start('killed', 'first', 1000);
	await until(() => steps() > 4);
	expect(await fleet.pause('x')).toMatchObject({quiet: true, parked: 2});
	first.kill('SIGKILL');
	await once(first, 'exit');
	const before = steps();
	const second = await start('killed', 'second', 1000);
	expect(await fleet.pause('x')).toMatchObject({quiet: true, workers: 1, parked: 2});
	await sleep(50);
	expect(steps()).toBe(before);
	expect(await fleet.resume()).toBe(true);
	await until(() => steps() > before);
	second.kill('SIGTERM');
	expect(await once(second, 'exit')).toEqual([0, null]);
});

test('12, 13: with random kills, stops and pauses no report says quiet while a job moves, and every process ends', async () => {
	const {fleet, steps} = fleetOf('chaos');
	let workers = await Promise.all(['a', 'b'].map((id) => start('chaos', id, 600)));
	await until(() => steps() > 4);
	let quiet = 0;
	for (let round = 0; round < 12; round++) {
		const victim = workers[round % 2]!;
		if (round % 3 === 0) victim.kill('SIGSTOP');
		if (round % 4 === 3) {
			victim.kill('SIGKILL');
			await once(victim, 'exit');
			workers = workers.filter((one) => one !== victim);
			workers.push(await start('chaos', `new ${round}`, 600));
		}
		const report = await fleet.pause(`round ${round}`, {timeout: round % 2 === 0 ? 50 : 2000});
		const before = steps();
		await sleep(30);
		if (report.quiet) {
			quiet++;
			expect([round, steps()]).toEqual([round, before]);
		}
		for (const one of workers) one.kill('SIGCONT');
		await fleet.resume();
	}
	expect(quiet).toBeGreaterThan(2);
	for (const one of workers) {
		one.kill('SIGTERM');
		expect(await once(one, 'exit')).toEqual([0, null]);
	}
});

test('rule 13: a follower keeps no process alive, a parked task does', async () => {
	const {fleet} = fleetOf('exit');
	const script = path.join(folder, 'exit.mjs');
	writeFileSync(
		script,
		`import {fileStore, followRemote} from './remote.mjs';
const follower = await followRemote(fileStore('${folder}/exit'), 'fleet', {leaseMs: 1000});
if (process.argv[2] === 'task') {
	console.log(await follower.start(({signal}) => signal.checkpoint().then(() => 'went on')).result);
}
process.on('exit', () => console.log('exit'));
`,
	);
	const run = async (mode: string): Promise<{lines: string[]; child: ChildProcess}> => {
		const child = spawn(process.execPath, [script, mode], {stdio: ['ignore', 'pipe', 'inherit']});
		children.add(child);
		const lines: string[] = [];
		createInterface(child.stdout).on('line', (line) => lines.push(line));
		return {lines, child};
	};
	const idle = await run('idle');
	expect(await once(idle.child, 'exit')).toEqual([0, null]);
	await fleet.hold('x', {id: 'x'});
	const parked = await run('task');
	await until(async () => (await fleet.status()).workers.some((worker) => worker.parked === 1));
	await sleep(100);
	expect(parked.lines).toEqual([]);
	await (await fleet.hold('x', {id: 'x'})).release();
	await once(parked.child, 'close');
	expect(parked.lines).toEqual(['went on', 'exit']);
});
