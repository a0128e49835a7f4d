// 7: kill -9 of a worker with parked and running jobs, and of one that puts jobs away.
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {createInterface} from 'node:readline';
import {afterAll, beforeAll, expect, test} from '@jest/globals';
import {Queue} from 'bullmq';
import {build} from 'esbuild';
import {QueueController} from 'pausable-signal/bullmq';
import {sleep, until} from '../remote/kit.ts';
import {RedisServer} from './servers.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'fleet-kill-'));
const root = path.join(import.meta.dirname, '../..');
const children = new Set<ChildProcess>();
let server: RedisServer;

beforeAll(async () => {
	server = await RedisServer.create();
	symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
	await build({
		entryPoints: [path.join(root, 'src/bullmq/index.ts')],
		outfile: path.join(folder, 'bullmq.mjs'),
		bundle: true,
		format: 'esm',
		platform: 'node',
		target: 'es2022',
		external: ['bullmq', 'abort-controller-x'],
		logLevel: 'error',
	});
});

afterAll(async () => {
	for (const child of children) child.kill('SIGKILL');
	await server[Symbol.asyncDispose]();
	rmSync(folder, {recursive: true, force: true});
});

// A line for each turn, in a file: no fault of a pipe loses it.
const script = (): string => `
import {appendFileSync} from 'node:fs';
import {PausableWorker} from './bullmq.mjs';
const worker = new PausableWorker('kill', async (job, token, signal) => {
	appendFileSync('${folder}/begun', job.id + '\\n');
	for (let turn = 0; turn < 20; turn++) {
		await signal.checkpoint();
		appendFileSync('${folder}/steps', job.id + '\\n');
		await new Promise((resolve) => setTimeout(resolve, 5));
	}
}, {connection: {host: '127.0.0.1', port: ${server.port}}, concurrency: 3, leaseMs: 1000, lockDuration: 1000,
	stalledInterval: 300, maxStalledCount: 100, drainDelay: 1, setOf: (job) => job.data.set});
worker.on('error', () => {});
await worker.follower;
console.log('ready');
process.on('SIGTERM', () => void worker.close());
`;

async function start(): Promise<ChildProcess> {
	const file = path.join(folder, 'worker.mjs');
	writeFileSync(file, script());
	const child = spawn(process.execPath, [file], {stdio: ['ignore', 'pipe', 'inherit']});
	children.add(child);
	child.on('exit', () => children.delete(child));
	await once(createInterface(child.stdout), 'line');
	return child;
}

const lines = (name: string): string[] =>
	readFileSync(path.join(folder, name), 'utf8').split('\n').filter(Boolean);

test('7: killed workers lose no job, nothing moves until the resume, and only what ran is repeated', async () => {
	for (const name of ['begun', 'steps']) writeFileSync(path.join(folder, name), '');
	const connection = {host: '127.0.0.1', port: server.port};
	const queue = new Queue<{set: string}>('kill', {connection});
	const fleet = new QueueController('kill', {connection});
	const first = await start();
	await queue.addBulk(
		Array.from({length: 40}, (_, at) => ({name: 'job', data: {set: at % 2 === 0 ? 'a' : 'b'}})),
	);
	await until(() => lines('steps').length > 20);
	await fleet.taskSet('a').pause('over quota');
	const killed = async (child: ChildProcess): Promise<void> => {
		child.kill('SIGKILL');
		await once(child, 'exit');
	};
	await killed(first);
	const ofHeld = (): number => lines('steps').filter((id) => Number(id) % 2 === 1).length;
	const before = ofHeld();
	// Three more are killed while they put jobs of the held set away.
	for (let round = 0; round < 3; round++) {
		const next = await start();
		await sleep(60 + round * 70);
		await killed(next);
	}
	const last = await start();
	await until(async () => (await queue.getCompletedCount()) === 20);
	expect(ofHeld()).toBe(before);
	await fleet.taskSet('a').resume();
	await until(async () => (await queue.getCompletedCount()) === 40);
	expect(await queue.getJobCounts('active', 'wait', 'delayed', 'failed')).toMatchObject({
		active: 0,
		wait: 0,
		delayed: 0,
		failed: 0,
	});
	// What ran or was parked in four killed workers, and no more, began again. Each has three places; in the
	// first one, three parked jobs may have given theirs to others.
	expect(lines('begun').length).toBeLessThanOrEqual(40 + 4 * 3 + 3);
	last.kill('SIGTERM');
	expect(await once(last, 'exit')).toEqual([0, null]);
	await fleet.close();
	await queue.close();
});
