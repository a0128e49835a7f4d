// Checked by `npm run check`, never run: what the types of paused BullMQ workers promise and refuse.
import {createPostgresBackend, type Job, type BackendFactory, Worker} from 'bullmq';
import type {PausableSignal} from 'pausable-signal';
import {
	HandBackError,
	LockLostError,
	type PausableProcessor,
	PausableWorker,
	type PausableWorkerOptions,
	QueueController,
	type QueueControllerOptions,
	type QueueStatus,
} from 'pausable-signal/bullmq';
import {
	type FleetReport,
	memoryStore,
	type RemoteController,
	type RemoteFollower,
} from 'pausable-signal/remote';
import {same} from './same.ts';

interface Data {
	readonly tenant: string;
}
const connection = {host: '127.0.0.1', port: 6379};
const options: PausableWorkerOptions<Data> = {
	connection,
	concurrency: 5,
	setOf: (job) => [job.data.tenant],
	store: memoryStore(),
	whilePaused: 'hold',
	holdMs: 5,
	leaseMs: 5,
};
const processor: PausableProcessor<Data, number, 'crawl'> = async (job, token, signal) => {
	void (job satisfies Job<Data, number, 'crawl'>);
	void (token satisfies string);
	void (signal satisfies PausableSignal & AbortSignal);
	return 5;
};
const worker = new PausableWorker<Data, number, 'crawl'>('crawl', processor, options);
void (worker satisfies Worker<Data, number, 'crawl'>);
void (worker.follower satisfies Promise<RemoteFollower>);
worker.on('completed', (job, result) => {
	same<typeof result, number>();
	same<typeof job.data, Data>();
});
// Everything of BullMQ's own, and its other backend.
new PausableWorker('crawl', async () => 5, {connection, limiter: {max: 5, duration: 5}});
new PausableWorker(
	'crawl',
	async () => 5,
	options as PausableWorkerOptions,
	createPostgresBackend as unknown as BackendFactory,
);
// A processor that looks at nothing, or at BullMQ's own parameters.
new PausableWorker('crawl', async (job: Job<Data>) => job.data.tenant, {connection});

// @ts-expect-error a processor file cannot be paused
new PausableWorker('crawl', '/srv/processor.js', {connection});
// @ts-expect-error nor can a URL
new PausableWorker('crawl', new URL('file:///srv/processor.js'), {connection});
// @ts-expect-error a processor gives a promise
new PausableWorker('crawl', () => 5, {connection});
// @ts-expect-error the result is a number here
new PausableWorker<Data, number>('crawl', async () => 'five', {connection});
// @ts-expect-error a set is named by text
new PausableWorker<Data>('crawl', async () => 5, {connection, setOf: () => 5});
// @ts-expect-error whilePaused is one of two words
new PausableWorker('crawl', async () => 5, {connection, whilePaused: 'wait'});
// @ts-expect-error a worker needs a connection, as in BullMQ
new PausableWorker('crawl', async () => 5, {leaseMs: 5});
// @ts-expect-error a plain worker has no follower
void new Worker('crawl', async () => 5, {connection}).follower;

const controllerOptions: QueueControllerOptions = {connection, by: 'ops'};
const queue = new QueueController('crawl', controllerOptions);
void (queue satisfies RemoteController);
void (queue.status() satisfies Promise<QueueStatus>);
same<QueueStatus['isQueuePaused'], boolean>();
void (queue.taskSet('tenant').pause('over quota') satisfies Promise<FleetReport>);
void (queue.close() satisfies Promise<void>);
{
	await using closing = queue;
	void closing.name;
}
// @ts-expect-error a set has no connection of its own to close
void queue.taskSet('tenant').close();
// @ts-expect-error it is BullMQ's Queue that adds jobs
void queue.add('job', {});
// @ts-expect-error a controller needs a connection
new QueueController('crawl', {});

void (new HandBackError('7').job satisfies string);
void (new LockLostError('7') satisfies Error);
// @ts-expect-error which job it is
new LockLostError();
