// 19: what a job costs beside BullMQ's own, counted by the server.
import {afterAll, beforeAll, expect, test} from '@jest/globals';
import {Queue, Worker} from 'bullmq';
import {Redis} from 'ioredis';
import {PausableWorker} from 'pausable-signal/bullmq';
import {RedisServer} from './servers.ts';

const isFull = process.env['FLEET_FULL'] === '1';
let server: RedisServer;
beforeAll(async () => {
	server = await RedisServer.create();
});
afterAll(() => server[Symbol.asyncDispose]());

const jobs = isFull ? 5000 : 1000;

interface Cost {
	readonly scripts: number;
	readonly ms: number;
}

async function costOf(queue: Queue, admin: Redis, create: () => Worker): Promise<Cost> {
	await queue.addBulk(Array.from({length: jobs}, () => ({name: 'x', data: {}})));
	const scripts = async (): Promise<number> => {
		const text = await admin.info('commandstats');
		return [...text.matchAll(/cmdstat_(?:eval|evalsha):calls=(\d+)/g)].reduce(
			(sum, [, n]) => sum + Number(n),
			0,
		);
	};
	const before = await scripts();
	const start = performance.now();
	const worker = create();
	let left = jobs;
	await new Promise<void>((resolve) => {
		worker.on('completed', () => {
			if (--left === 0) resolve();
		});
	});
	const ms = performance.now() - start;
	const made = (await scripts()) - before;
	await worker.close();
	return {scripts: made, ms};
}

class Closing implements AsyncDisposable {
	readonly queue: Queue = new Queue('cost', {connection: {host: '127.0.0.1', port: server.port}});
	readonly admin: Redis = new Redis(server.url);

	async [Symbol.asyncDispose](): Promise<void> {
		this.admin.disconnect();
		await this.queue.close();
	}
}

test('19: a job that does nothing makes no extra call to the server while nothing is held', async () => {
	const connection = {host: '127.0.0.1', port: server.port};
	await using closing = new Closing();
	const {queue, admin} = closing;
	const options = {connection, concurrency: 10};
	const ratios: number[] = [];
	for (let round = 0; round < (isFull ? 5 : 1); round++) {
		const plain = await costOf(queue, admin, () => new Worker('cost', async () => 1, options));
		const ours = await costOf(queue, admin, () => new PausableWorker('cost', async () => 1, options));
		// Joining, reports and sweeps are no matter of single jobs.
		expect(ours.scripts - plain.scripts).toBeLessThan(jobs / 20);
		ratios.push(plain.ms / ours.ms);
	}
	if (isFull)
		console.info(`throughput: ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')} of plain BullMQ`);
});
