import {type Job, Queue, UnrecoverableError} from 'bullmq';
import {interval, isAbortOf, PausableController, PausableSignal} from 'pausable-signal';
import {PausableWorker} from 'pausable-signal/bullmq';
import {RemoteController} from 'pausable-signal/remote';
import {wordsOf} from '../crawler/engine/errors.ts';
import {fillIn} from '../crawler/engine/settings.ts';
import type {Base, Engine} from './base.ts';
import type {Frontier} from './frontier.ts';
import {Visits} from './visits.ts';

export interface WorkerSettings {
	readonly name: string;
	/** Hosts at once. */
	readonly concurrency: number;
	/** How long the hosts of a dead process wait before another process takes them. */
	readonly leaseMs: number;
}

interface HostJob {
	readonly host: string;
}

const sweepMs = 500;
// BullMQ gives up a job whose processes died too often. The host is not to blame for that.
const mostDeaths = 1_000_000;

/** A process's part in the crawl: visits as many hosts at a time as it may. */
export class FleetWorker {
	readonly #frontier: Frontier;
	readonly #queue: Queue<HostJob>;
	readonly #worker: PausableWorker<HostJob>;
	readonly #closing = new PausableController();
	readonly #sweeping: Promise<void>;

	static async start(
		base: Base,
		settings: WorkerSettings,
		complain: (text: string) => void,
	): Promise<FleetWorker> {
		const worker = new FleetWorker(base, await base.engine(), settings, complain);
		await worker.#worker.follower;
		return worker;
	}

	private constructor(
		{frontier, orders: store}: Base,
		{connection, backend}: Engine,
		{name, concurrency, leaseMs}: WorkerSettings,
		complain: (text: string) => void,
	) {
		const visits = new Visits({
			frontier,
			orders: new RemoteController(store, name, {by: 'server'}),
			refresh: async () => (await this.#worker.follower).refresh(),
			settings: fillIn({dir: ''}),
		});
		const visit = async (job: Job<HostJob>, _token: string, signal: PausableSignal): Promise<void> => {
			const either = PausableSignal.any([signal, this.#closing.signal]);
			await visits.visitAll(job.data.host, either).catch((error: unknown) => {
				// The page under way still waits in the frontier: the next sweep finds it.
				if (!isAbortOf(this.#closing.signal, error)) throw error;
			});
		};
		this.#frontier = frontier;
		this.#queue = new Queue(name, {connection}, backend as never);
		this.#worker = new PausableWorker<HostJob>(
			name,
			visit,
			{
				connection,
				store,
				concurrency,
				leaseMs,
				lockDuration: leaseMs,
				stalledInterval: leaseMs / 2,
				maxStalledCount: mostDeaths,
				setOf: (job) => job.data.host,
			},
			backend,
		);
		const complaint = (error: unknown): void => {
			if (!this.#closing.signal.aborted && !(error instanceof UnrecoverableError)) complain(wordsOf(error));
		};
		this.#worker.on('error', complaint);
		this.#worker.on('failed', (_job, error) => complaint(error));
		this.#queue.on('error', complaint);
		this.#sweeping = this.#sweep(complaint);
	}

	/**
	 * Adds a job for each host with waiting URLs; BullMQ ignores those that exist. A sweep is simpler than adding a
	 * job with each link: it also finds what a link came too late for, or a dead process left behind.
	 */
	async #sweep(complaint: (error: unknown) => void): Promise<void> {
		const {signal} = this.#closing;
		try {
			await this.#addJobs().catch(complaint);
			for await (const _ of interval(signal, sweepMs)) await this.#addJobs().catch(complaint);
		} catch (error) {
			if (!isAbortOf(signal, error)) throw error;
		}
	}

	async #addJobs(): Promise<void> {
		const hosts = (await this.#frontier.hosts()).filter(({waiting}) => waiting > 0);
		const jobs = hosts.map(({host}) => ({
			name: 'host',
			data: {host},
			// BullMQ keeps one job of an id, and wants no colon in it.
			opts: {jobId: host.replaceAll(':', '+'), removeOnComplete: true, removeOnFail: true},
		}));
		if (jobs.length > 0) await this.#queue.addBulk(jobs);
	}

	/** Aborts the visits that are under way, which wait again, and lets go of the queue. */
	async close(): Promise<void> {
		this.#closing.abort();
		await this.#sweeping;
		await this.#worker.close();
		await this.#queue.close();
	}
}
