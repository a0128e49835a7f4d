import {type BackendFactory, Queue, type QueueOptions} from 'bullmq';
import {expectOptions} from '../core/index.ts';
import {abortable} from '../flow/index.ts';
import {type ControlStore, type FleetStatus, RemoteController} from '../remote/index.ts';
import {cut, hasClosed} from './closing.ts';
import {storeOf} from './default-store.ts';

/** Options of a {@link QueueController}: those of BullMQ's `Queue`, and these. */
export interface QueueControllerOptions extends QueueOptions {
	/** Where orders go; the workers' own. Default: the Redis or Postgres of `connection`. */
	readonly store?: ControlStore | undefined;
	/** Who orders, shown beside the reason. Default: host and process. */
	readonly by?: string | undefined;
}

/** What `QueueController.status` gives. */
export interface QueueStatus extends FleetStatus {
	/** Whether the queue is paused by BullMQ's own `Queue.pause()`. */
	readonly isQueuePaused: boolean;
}

/**
 * Pauses, resumes and aborts the jobs of a BullMQ queue, on all `PausableWorker`s there are.
 *
 * The verbs are those of `RemoteController`. An abort also removes what waits. Plain workers of the same
 * queue are not stopped and not counted.
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

	/** As of BullMQ's `Queue`. */
	constructor(name: string, options: QueueControllerOptions, backend?: BackendFactory) {
		expectOptions('options', options);
		const queue = new Queue(name, options, backend as BackendFactory<never>);
		queue.on('error', () => {});
		const gone = new AbortController();
		const {by, store = storeOf(queue.getBackend(), gone.signal)} = options;
		super(store, name, by === undefined ? {} : {by});
		this.#queue = queue;
		this.#cut = gone;
	}

	/** The holds, the workers, and whether the queue is paused by BullMQ. */
	override async status(): Promise<QueueStatus> {
		const paused = abortable(this.#cut.signal, this.#queue.isPaused());
		const [status, isQueuePaused] = await Promise.all([super.status(), paused]);
		return {...status, isQueuePaused};
	}

	/**
	 * Closes its connections. What was ordered stays. Calls that the server has not answered for a few
	 * seconds reject then.
	 */
	async close(): Promise<void> {
		const backend = this.#queue.getBackend();
		if (await hasClosed(this.#queue.close(), backend, () => true)) return;
		this.#cut.abort(new Error('The queue controller was closed before the server answered'));
		cut(backend);
	}

	/** Closes. */
	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}
}
