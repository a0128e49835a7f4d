// Jobs in the pools of others, paused and aborted by a queue of ours.
import {describe, expect, test} from '@jest/globals';
import {Piscina} from 'piscina';
import {Tinypool} from 'tinypool';
import workerpool from 'workerpool';
import {fileURLToPath} from 'node:url';
import {PausableQueue} from 'pausable-signal/queue';
import {type SignalTransfer, transferSignal} from '../../src/thread/index.ts';
import {job, rejection, worker} from './kit.ts';

type Run = (transfer: SignalTransfer, turns: Int32Array) => PromiseLike<unknown>;

interface Pool {
	run: Run;
	end(): unknown;
}

const filename = job('foreign').href;
const execArgv = [...worker.execArgv!];

const pools: Record<string, () => Pool> = {
	piscina() {
		const pool = new Piscina({filename, execArgv, maxThreads: 1});
		return {
			run: ({message, transfer}, turns) =>
				pool.run({signal: message, turns}, {transferList: transfer as never}),
			end: () => pool.destroy(),
		};
	},
	tinypool() {
		const pool = new Tinypool({filename, execArgv, maxThreads: 1, minThreads: 1});
		return {
			run: ({message, transfer}, turns) =>
				pool.run({signal: message, turns}, {transferList: transfer as never}),
			end: () => pool.destroy(),
		};
	},
	workerpool() {
		const pool = workerpool.pool(fileURLToPath(filename), {
			maxWorkers: 1,
			workerType: 'thread',
			workerThreadOpts: {execArgv, env: {...process.env, POOL: 'workerpool'}},
		});
		return {
			run: ({message, transfer}, turns) =>
				pool.exec('count', [{signal: message, turns}], {transfer: [...transfer]}),
			end: () => pool.terminate(true),
		};
	},
};

describe.each(Object.keys(pools))('W23: a job in %s', (name) => {
	/** A queue whose one task runs in the pool, and what that task has counted. */
	async function start(): Promise<{
		queue: PausableQueue;
		added: Promise<unknown>;
		turns: Int32Array;
		pool: Pool;
	}> {
		const pool = pools[name]!();
		const queue = new PausableQueue({concurrency: 1});
		const turns = new Int32Array(new SharedArrayBuffer(8));
		const added = queue.add(
			async ({signal}) => {
				using transfer = transferSignal(signal);
				return await pool.run(transfer, turns);
			},
			{id: 'job'},
		);
		added.catch(() => {});
		while (Atomics.load(turns, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
		return {queue, added, turns, pool};
	}

	test('is paused with an answer, continues, and gives its result', async () => {
		const {queue, added, turns, pool} = await start();
		expect(await queue.pause()).toEqual({parked: [{id: 'job', set: undefined}], running: []});
		const at = Atomics.load(turns, 0);
		await new Promise((resolve) => setTimeout(resolve, 10));
		expect(Atomics.load(turns, 0)).toBe(at);
		Atomics.store(turns, 1, 1);
		queue.resume();
		expect(await added).toBe('counted');
		await pool.end();
	});

	test('ends by an abort while it is parked, and the worker with it continues', async () => {
		const {queue, added, pool} = await start();
		await queue.pause();
		await queue.stop('enough');
		expect(await rejection(added)).toBe('enough');
		await pool.end();
	});
});
