import {type BackendFactory, Queue, type QueueOptions} from 'bullmq';
import {expectOptions} from '../core/index.ts';
import {abortable} from '../flow/index.ts';
import {type ControlStore, type FleetStatus, RemoteController} from '../remote/index.ts';
import {cut, hasClosed} from './closing.ts';
import {storeOf} from './default-store.ts';

/** Options of a {@link QueueController}: those of BullMQ's `Queue`, and these. */
export interface QueueControllerOptions extends QueueOptions {
	/** The store for the orders, the same as the workers'. Default: the Redis or Postgres of `connection`. */
	readonly store?: ControlStore | undefined;
	/** The name of whoever gives the orders, shown beside the reason. Default: host and process. */
	readonly by?: string | undefined;
}

/** The value of `QueueController.status`. */
export interface QueueStatus extends FleetStatus {
	/** Whether BullMQ's own `Queue.pause()` has paused the queue. */
	readonly isQueuePaused: boolean;
}

/**
 * Pauses, resumes and aborts the jobs of a BullMQ queue, on all of its `PausableWorker`s.
 *
 * The verbs are those of `RemoteController`. An abort also removes waiting jobs: workers do that, as they
 * know the set of a job, and without any worker the first one that joins within a day. The controller
 * neither stops nor counts plain workers of the same queue.
 *
 * @example
 * ```ts
 * import {QueueController} from 'pausable-signal/bullmq';
 *
 * const pauseTenant = async (tenant: string) => {
 * 	await using crawl = new QueueController('crawl', {connection: {host: '127.0.0.1', port: 6379}});
 * 	return await crawl.taskSet(tenant).pause('over quota', {timeout: 5_000});
 * };
 * typeof pauseTenant; // => 'function'
 * ```
 */
export class QueueController extends RemoteController {
	readonly #queue: Queue;
	readonly #cut: AbortController;

	/** Takes the arguments of BullMQ's `Queue`. */
	constructor(name: string, options: QueueControllerOptions, backend?: BackendFactory) {
		expectOptions('options', options);
		const queue = new Queue(name, options, backend as BackendFactory<never>);
		queue.on('error', () => {});
		const gone = new AbortController();
		const {by, store = storeOf(queue.getBackend(), gone.signal)} = options;
		super(store, name, by === undefined ? {} : {by}, '*', true);
		this.#queue = queue;
		this.#cut = gone;
	}

	/** The holds, the workers, and whether BullMQ has paused the queue. */
	override async status(): Promise<QueueStatus> {
		const paused = abortable(this.#cut.signal, this.#queue.isPaused());
		const [status, isQueuePaused] = await Promise.all([super.status(), paused]);
		return {...status, isQueuePaused};
	}

	/**
	 * Closes its connections. The orders stay. Calls that the server does not answer within a few seconds
	 * then reject.
	 */
	async close(): Promise<void> {
		const backend = this.#queue.getBackend();
		if (await hasClosed(this.#queue.close(), backend, () => true)) return;
		this.#cut.abort(new Error('The queue controller was closed before the server answered'));
		cut(backend);
	}

	/** Calls {@link close}. */
	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}
}
