// 16: an abort of a set, ordered at each call that its worker makes: before the call, and before its answer.
import {afterAll, afterEach, beforeAll, expect, test} from '@jest/globals';
import {type BackendFactory, type Job, Queue} from 'bullmq';
import type {PausableSignal} from 'pausable-signal';
import {PausableWorker, QueueController} from 'pausable-signal/bullmq';
import type {ControlStore, FleetReport, RemoteController} from 'pausable-signal/remote';
import type {Engine} from '../bullmq/contract.ts';
import {sleep, until} from '../remote/kit.ts';
import {sized} from './full.ts';

type When = 'before' | 'after';
type Methods = Record<string, (...args: unknown[]) => Promise<unknown>>;

const ofBackend = [
	...['moveToActive', 'moveToDelayed', 'promote', 'moveToFailed', 'moveToCompleted'],
	...['getRanges', 'getJobData', 'remove', 'getState', 'moveJobFromActiveToWait', 'waitForJob'],
];
const ofStore = ['read', 'write', 'report', 'members', 'watch'];

/** Numbers the calls of a worker, and strikes at one of them. */
class Calls {
	readonly names: string[] = [];
	readonly #at: number;
	readonly #when: When;
	readonly #strike: () => Promise<void>;

	constructor(at: number, when: When, strike: () => Promise<void>) {
		this.#at = at;
		this.#when = when;
		this.#strike = strike;
	}

	tap<T extends object>(target: T, names: readonly string[]): T {
		const methods = target as unknown as Methods;
		for (const name of names) {
			const original = methods[name]!.bind(target);
			methods[name] = (...args) => this.#pass(name, () => original(...args));
		}
		return target;
	}

	async #pass(name: string, call: () => Promise<unknown>): Promise<unknown> {
		const isStruck = this.names.push(name) === this.#at;
		if (isStruck && this.#when === 'before') await this.#strike();
		const answer = await call();
		if (isStruck && this.#when === 'after') await this.#strike();
		return answer;
	}
}

interface Data {
	readonly set: string;
}

const slowMs = 150;
let names = 0;

/** A set of which one job runs or is parked, one is put away and one waits, until an abort ends them all. */
class Life {
	readonly name = `abort-${process.pid}-${++names}`;
	readonly calls: Calls;
	readonly queue: Queue<Data>;
	readonly fleet: QueueController;
	readonly set: RemoteController;
	readonly begun: string[] = [];
	readonly ended: string[] = [];
	readonly reasons = new Map<string, unknown>();
	readonly ids: string[] = [];
	readonly ending = new Set<string>();
	moving = '';
	aborting: Promise<FleetReport> | undefined;
	#adding: Promise<unknown> = Promise.resolve();
	#isStruck = false;
	#isWritten = (): void => {};
	#worker: PausableWorker<Data> | undefined;
	readonly #engine: Engine;
	readonly #store: () => ControlStore;

	constructor(engine: Engine, store: () => ControlStore, at: number, when: When) {
		this.#engine = engine;
		this.#store = store;
		this.calls = new Calls(at, when, () => this.#abort());
		const {connection, backend} = engine;
		this.queue = new Queue<Data>(this.name, {connection}, backend as BackendFactory<never>);
		const own = store();
		const write = own.write.bind(own);
		own.write = async (...args) => {
			const isDone = await write(...args);
			this.#isWritten();
			return isDone;
		};
		this.fleet = new QueueController(this.name, {connection, store: own}, backend);
		this.set = this.fleet.taskSet('a');
	}

	/** Resolves when the order is in the store. */
	async #abort(): Promise<void> {
		this.#isStruck = true;
		await this.#adding;
		const written = new Promise<void>((resolve) => (this.#isWritten = resolve));
		this.aborting = this.set.abort('gone');
		await written;
		// The struck call is slow: where the abort does not need it, it lasts longer than the abort.
		await Promise.race([this.aborting, sleep(slowMs)]);
	}

	#start(): PausableWorker<Data> {
		const {connection, backend} = this.#engine;
		const store = this.calls.tap(this.#store(), ofStore);
		const worker = new PausableWorker<Data>(
			this.name,
			(job, _token, signal) => this.#process(job, signal),
			{connection, store, setOf: ({data}) => data.set, drainDelay: 1, autorun: false},
			backend,
		);
		worker.on('error', () => {});
		this.calls.tap(worker.getBackend(), ofBackend);
		void worker.run();
		return worker;
	}

	async #process({id}: Job<Data>, signal: PausableSignal): Promise<void> {
		this.begun.push(id!);
		try {
			while (!this.ending.has(id!)) {
				await signal.checkpoint();
				this.moving = id!;
				await sleep(1);
			}
		} finally {
			if (signal.aborted) this.reasons.set(id!, signal.reason);
			await sleep(1);
			this.ended.push(id!);
		}
	}

	async add(set: string): Promise<string> {
		const adding = this.queue.add('job', {set}, {attempts: 3});
		this.#adding = adding;
		const id = (await adding).id!;
		if (set === 'a') this.ids.push(id);
		return id;
	}

	/** Closes at once what each life opens: Postgres has connections for a few lives. */
	async close(): Promise<void> {
		this.ending.add(this.moving);
		for (const one of [this.#worker, this.fleet, this.queue]) await one?.close();
	}

	/** One step after the other, until the abort comes. */
	async live(): Promise<void> {
		// Before the worker: of a job that is added during the abort nobody can say whether it is meant.
		const first = await this.add('a');
		this.#worker = this.#start();
		let other = '';
		const steps: (() => Promise<unknown>)[] = [
			() => this.untilAbortOr(() => this.moving === first),
			() => this.set.pause(),
			() => this.add('a'),
			() => this.untilAbortOr(async () => (await this.queue.getDelayedCount()) === 1),
			async () => (other = await this.add('b')),
			() => this.untilAbortOr(() => this.moving === other),
			() => this.add('a'),
			() => this.set.resume(),
			() => this.untilAbortOr(async () => (await this.queue.getDelayedCount()) === 0),
			async () => this.ending.add(other),
			() => this.untilAbortOr(() => this.moving === first),
		];
		for (const step of steps) if (!this.#isStruck) await step();
		if (this.#isStruck) await until(() => this.aborting !== undefined);
		if (other !== '') this.ending.add(other);
	}

	untilAbortOr(condition: () => boolean | Promise<boolean>): Promise<void> {
		return until(async () => this.#isStruck || (await condition()));
	}

	async left(): Promise<string[]> {
		const jobs = await this.queue.getJobs(['wait', 'active', 'delayed', 'prioritized']);
		return jobs.filter(({data}) => data.set === 'a').map(({id}) => id!);
	}
}

export function abortContract(
	kind: string,
	open: () => Promise<Engine>,
	openStore: (engine: Engine) => {store: () => ControlStore; close(): Promise<void>},
): void {
	let engine: Engine;
	let stores: {store: () => ControlStore; close(): Promise<void>};
	const lives = new Set<Life>();
	beforeAll(async () => {
		engine = await open();
		stores = openStore(engine);
	});
	afterEach(async () => {
		for (const life of lives) await life.close();
		lives.clear();
	});
	afterAll(async () => {
		await stores.close();
		await engine.close();
	});

	async function expectGone(life: Life): Promise<void> {
		expect(await life.aborting).toMatchObject({quiet: true, running: 0});
		await until(async () => (await life.left()).length === 0);
		for (const id of life.ids) {
			const isIt = (one: string): boolean => one === id;
			const begun = life.begun.filter(isIt);
			expect(begun.length).toBeLessThanOrEqual(1);
			expect(life.ended.filter(isIt)).toEqual(begun);
			const job = await life.queue.getJob(id);
			if (begun.length > 0) expect(life.reasons.get(id)).toBe('gone');
			if (job !== undefined || begun.length > 0)
				expect(job).toMatchObject({failedReason: 'gone', attemptsMade: 1});
		}
	}

	async function expectReentry(life: Life): Promise<void> {
		await life.set.resume();
		const id = await life.add('a');
		life.ending.add(id);
		await until(async () => (await (await life.queue.getJob(id))!.getState()) === 'completed');
	}

	/** Whether the life was long enough for the abort to come. */
	async function live(at: number, when: When): Promise<boolean> {
		const life = new Life(engine, stores.store, at, when);
		lives.add(life);
		await life.live();
		const isStruck = life.aborting !== undefined;
		life.aborting ??= life.set.abort('gone');
		try {
			await expectGone(life);
			await expectReentry(life);
		} catch (error) {
			throw new Error(`the abort ${when} call ${at} of ${life.calls.names.join(' ')}`, {cause: error});
		}
		lives.delete(life);
		await life.close();
		return isStruck;
	}

	test.each<When>(['before', 'after'])(
		`16: ${kind}: an abort of a set %s any call leaves nothing of it, and each body ends with the reason and is not retried`,
		async (when) => {
			const step = sized(1, 2);
			let at = when === 'before' ? 1 : step;
			while (await live(at, when)) at += step;
			expect(at).toBeGreaterThan(20);
		},
	);
}
