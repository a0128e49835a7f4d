// A signal over a port and a pool of real threads, swept in real time: their messages keep no virtual one.
import {afterAll, expect, jest, test} from '@jest/globals';
import {once} from 'node:events';
import {MessageChannel} from 'node:worker_threads';
import type {PausableSignal} from 'pausable-signal';
import {type SweepOptions, sweep} from 'pausable-signal/testing';
import {receiveSignal, type ThreadSignal, ThreadPool, transferSignal} from '../../src/thread/index.ts';
import {job, worker} from './kit.ts';

// On a busy machine a thread takes seconds to start.
const options: SweepOptions = {time: 'real', gaps: [0, 1], timeout: 60_000};
jest.setTimeout(600_000);

const pool = new ThreadPool<{way: string}, string>(job('pool'), {threads: 2, worker});
afterAll(() => pool.stop('end', {grace: 0}));

/** The signal as the other side of a port has it. */
async function sendOver(signal: PausableSignal): Promise<ThreadSignal & Disposable> {
	const {port1, port2} = new MessageChannel();
	const transfer = transferSignal(signal);
	port1.postMessage(transfer.message, transfer.transfer as never);
	const [message] = (await once(port2, 'message')) as [unknown];
	port1.close();
	const received = receiveSignal(message);
	return Object.assign(received, {[Symbol.dispose]: () => transfer[Symbol.dispose]()});
}

test('a loop on the other side of a port ends when it is aborted, and a pause loses none of its work', async () => {
	const report = await sweep(async ({signal, check}) => {
		let turns = 0;
		check(({aborted}) => {
			if (!aborted) expect(turns).toBe(3);
		});
		using received = await sendOver(signal);
		for (let turn = 0; turn < 3; turn++) {
			await received.checkpoint().catch(() => signal.throwIfAborted());
			turns++;
			await signal.checkpoint();
		}
	}, options);
	expect(report.points).toBeGreaterThan(5);
});

test('runs in a pool end when they are aborted, and a pause loses none of them', async () => {
	const report = await sweep(async ({signal, check}) => {
		const done: string[] = [];
		check(({aborted}) => {
			expect(pool.queue.progress).toMatchObject({waiting: 0, running: 0, parked: 0});
			if (!aborted) expect(done).toEqual(['one', 'two', 'three', 'four']);
		});
		for (const ways of [
			['one', 'two'],
			['three', 'four'],
		]) {
			await signal.checkpoint();
			done.push(...(await Promise.all(ways.map((way) => pool.run({way}, {signal})))));
		}
	}, options);
	expect(report.runs).toBeGreaterThan(10);
});
