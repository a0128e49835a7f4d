// A process of a fleet, run by `crew.ts`: a worker of a queue, or a follower with loops. What its jobs do
// is appended to a file, where no fault of a server or of a pipe loses it.
import {appendFileSync} from 'node:fs';
import {type BackendFactory, createPostgresBackend, type WorkerOptions} from 'bullmq';
import {Redis} from 'ioredis';
import {Pool} from 'pg';
import type {PausableSignal} from 'pausable-signal';
import {PausableWorker, QueueController} from 'pausable-signal/bullmq';
import {type ControlStore, followRemote, postgresStore, redisStore} from 'pausable-signal/remote';

/** The options of a member at its start. */
export interface MemberOptions {
	readonly role: 'worker' | 'follower' | 'controller';
	readonly kind: 'redis' | 'postgres';
	readonly port: number;
	readonly name: string;
	/** Where it writes what happens: a letter, a space and the id of a job. */
	readonly journal: string;
	readonly leaseMs?: number;
	readonly whenCutOff?: 'hold' | 'continue';
	/** Of a follower: how many loops. */
	readonly loops?: number;
	readonly worker?: Partial<WorkerOptions>;
	/** Milliseconds by which this process's clock is wrong, from the start on. */
	readonly clockMs?: number;
	/** Kills the process at this command of the backend, or at the read with which it looks up a job. */
	readonly dieAt?: {readonly command: string; readonly when: 'before' | 'after'};
}

/** The data of a job. */
export interface MemberJob {
	readonly set?: string;
	readonly turns?: number;
	readonly turnMs?: number;
	/** How long the body takes to end once it was aborted. */
	readonly deafMs?: number;
	/** Blocks the loop for so long in its first turn. */
	readonly blockMs?: number;
}

const options = JSON.parse(process.argv[2]!) as MemberOptions;
const {role, kind, port, name, journal, leaseMs = 1000} = options;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const write = (letter: string, id: string): void => appendFileSync(journal, `${letter} ${id}\n`);
const url = kind === 'redis' ? `redis://127.0.0.1:${port}` : `postgres://postgres@127.0.0.1:${port}/postgres`;
const connection = kind === 'redis' ? {host: '127.0.0.1', port} : {connectionString: url};
const backend = kind === 'redis' ? undefined : (createPostgresBackend as unknown as BackendFactory);

function stepClock(ms: number): void {
	const real = Date.now;
	Date.now = () => real() + ms;
}

async function body(id: string, job: MemberJob, signal: PausableSignal): Promise<string> {
	const {turns = Infinity, turnMs = 3, blockMs = 0} = job;
	for (let turn = 0; turn < turns; turn++) {
		await signal.checkpoint();
		write('s', id);
		const end = performance.now() + (turn === 0 ? blockMs : 0);
		while (performance.now() < end);
		await sleep(turnMs);
	}
	return 'done';
}

async function run(id: string, job: MemberJob, signal: PausableSignal): Promise<string> {
	write('b', id);
	try {
		return await body(id, job, signal);
	} catch (error) {
		write(
			'a',
			`${id} ${String((signal.reason as Error | undefined)?.name ?? JSON.stringify(signal.reason))}`,
		);
		await sleep(job.deafMs ?? 0);
		throw error;
	} finally {
		write('e', id);
	}
}

function startWorker(): {ready: Promise<unknown>; close(force?: boolean): Promise<void>} {
	const isLookedUp = options.dieAt?.command === 'lookUp';
	const [store, end] = isLookedUp ? openStore() : [undefined, () => {}];
	const worker = new PausableWorker<MemberJob>(
		name,
		(job, _token, signal) => run(job.id!, job.data, signal),
		{
			connection,
			leaseMs,
			drainDelay: 1,
			stalledInterval: 300,
			lockDuration: 1000,
			maxStalledCount: 1000,
			runRetryDelay: 100,
			setOf: (job) => job.data.set,
			store,
			...options.worker,
		},
		backend,
	);
	worker.on('error', () => {});
	worker.on('stalled', (id: string) => write('x', id));
	journalPutAway(worker.getBackend());
	if (store !== undefined)
		onFirstJob(worker.getBackend(), () => dieAt(store, {...options.dieAt!, command: 'read'}));
	else if (options.dieAt !== undefined) dieAt(worker.getBackend(), options.dieAt);
	return {ready: worker.follower, close: (force) => worker.close(force).finally(end)};
}

function journalPutAway(target: object): void {
	const commands = target as {moveToDelayed(id: string, ...args: unknown[]): Promise<unknown>};
	const original = commands.moveToDelayed.bind(target);
	commands.moveToDelayed = (id, ...args) => {
		write('p', id);
		return original(id, ...args);
	};
}

/** Calls back between the arrival of the first job and its look-up. */
function onFirstJob(target: object, call: () => void): void {
	const commands = target as {moveToActive(...args: unknown[]): Promise<unknown[]>};
	const original = commands.moveToActive.bind(target);
	let isFirst = true;
	commands.moveToActive = async (...args) => {
		const answer = await original(...args);
		const [job] = answer;
		if (isFirst && job !== undefined && job !== null && job !== 0) {
			isFirst = false;
			call();
		}
		return answer;
	};
}

function dieAt(target: object, {command, when}: NonNullable<MemberOptions['dieAt']>): void {
	const commands = target as Record<string, (...args: unknown[]) => Promise<unknown>>;
	const original = commands[command]!.bind(target);
	commands[command] = async (...args) => {
		if (when === 'before') process.kill(process.pid, 'SIGKILL');
		const result = original(...args);
		// The command is on its way to the server before the process ends.
		await (when === 'after' ? result : undefined);
		process.kill(process.pid, 'SIGKILL');
		return result;
	};
}

async function startFollower(): Promise<{ready: Promise<unknown>; close(): Promise<void>}> {
	const [store, end] = openStore();
	const follower = await followRemote(store, name, {leaseMs, whenCutOff: options.whenCutOff ?? 'hold'});
	for (let at = 0; at < (options.loops ?? 1); at++) {
		const id = `${process.pid}.${at}`;
		follower.start((context) => run(id, {}, context.signal).catch(() => {}), {job: id});
	}
	const close = async (): Promise<void> => {
		await follower.close();
		end();
	};
	return {ready: Promise.resolve(), close};
}

function openStore(): [ControlStore, () => void] {
	if (kind === 'redis') {
		const client = new Redis(url, {maxRetriesPerRequest: null});
		client.on('error', () => {});
		return [redisStore(client), () => client.disconnect()];
	}
	const pool = new Pool({connectionString: url, max: 3});
	pool.on('error', () => {});
	return [postgresStore(pool, {schema: 'bullmq'}), () => void pool.end()];
}

function startController(): {ready: Promise<unknown>; close(): Promise<void>} {
	const controller = new QueueController(name, {connection}, backend);
	return {ready: controller.status(), close: () => controller.close()};
}

async function start(): Promise<{ready: Promise<unknown>; close(force?: boolean): Promise<void>}> {
	if (role === 'follower') return startFollower();
	return role === 'worker' ? startWorker() : startController();
}

if (options.clockMs !== undefined) stepClock(options.clockMs);
const member = await start();
await member.ready;
process.on('message', (message: {close?: boolean; force?: boolean; stepMs?: number}) => {
	if (message.stepMs !== undefined) stepClock(message.stepMs);
	if (message.close === true) void member.close(message.force).then(() => process.disconnect?.());
});
process.send?.('ready');
