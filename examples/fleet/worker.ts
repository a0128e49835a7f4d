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
	/** For how long the host of a process that died waits for another one. */
	readonly leaseMs: number;
}

interface HostJob {
	readonly host: string;
}

const sweepMs = 500;
// A host whose processes die over and over is no reason to give its pages up.
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
				// What was under way waits again, for whoever sweeps next.
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
	 * Sees to it that each host with something to do has a job. One pass over all is simpler than to add a
	 * job with each link: whatever was missed, as a job just ended or a process just died, is found by the next.
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
