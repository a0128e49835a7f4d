// 18: what thousands of jobs and hundreds of followers leave behind: nothing.
import {countTimers, setTimerOwner} from '../support/count-timers.ts';
import {getEventListeners} from 'node:events';
import {expect, test} from '@jest/globals';
import {Redis} from 'ioredis';
import {Pool} from 'pg';
import {PausableWorker} from 'pausable-signal/bullmq';
import {
	type ControlStore,
	followRemote,
	postgresStore,
	RemoteController,
	redisStore,
} from 'pausable-signal/remote';
import {sleep, until} from '../remote/kit.ts';
import type {Crew, Kind} from './crew.ts';
import {sized, tell} from './full.ts';

interface Client extends AsyncDisposable {
	readonly store: ControlStore;
	/** All its listeners. */
	listeners(): number;
	/** What lies in the store for a name, the document and its lines apart. */
	entries(name: string): Promise<number>;
}

const listenersOf = (emitter: {
	eventNames(): (string | symbol)[];
	listenerCount(name: string | symbol): number;
}): number => emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);

function redisClient(url: string): Client {
	const client = new Redis(url);
	return {
		store: redisStore(client),
		listeners: () => listenersOf(client),
		entries: async (name) =>
			(await client.keys(`pausable-signal:{${name}}:*`)).filter((key) => !key.endsWith(':document')).length,
		async [Symbol.asyncDispose]() {
			await client.quit();
		},
	};
}

function postgresClient(url: string): Client {
	const pool = new Pool({connectionString: url, max: 4, idleTimeoutMillis: 100});
	return {
		store: postgresStore(pool),
		listeners: () => listenersOf(pool),
		async entries(name) {
			const {rows} = await pool.query('SELECT 1 FROM pausable_signal_members WHERE name = $1', [name]);
			return rows.length;
		},
		[Symbol.asyncDispose]: () => pool.end(),
	};
}

const openSockets = (): number =>
	process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;

export function leakTests(kind: Kind, crew: () => Crew): void {
	const open = (): Client => (kind === 'redis' ? redisClient : postgresClient)(crew().server.url);

	test(`18: ${kind}: followers that come and go leave no listener, timer, socket or entry`, async () => {
		await using client = open();
		const name = `leaks ${kind}`;
		const controller = new RemoteController(client.store, name);
		const long = new AbortController();
		await controller.hold('x', {id: 'x', forMs: 3_600_000});
		await controller.status();
		const followAndClose = async (): Promise<void> => {
			const follower = await followRemote(client.store, name, {signal: long.signal});
			const task = follower.start(({signal}) => signal.checkpoint().catch(() => {}), {set: 'a', job: '1'});
			await follower.close();
			expect(task.isEnded).toBe(true);
		};
		setTimerOwner(name);
		const probe = await followRemote(client.store, name);
		// Else the count of timers would see none of ours.
		expect(countTimers(name)).toBeGreaterThan(0);
		await probe.close();
		await followAndClose();
		await sleep(50);
		const [listeners, sockets] = [client.listeners(), openSockets()];
		const count = sized(200, 50);
		for (let at = 0; at < count; at += 10) await Promise.all(Array.from({length: 10}, followAndClose));
		await until(() => openSockets() <= sockets);
		// A client of a pool or of Redis may set one for itself that ends soon.
		await until(() => countTimers(name) === 0);
		setTimerOwner(undefined);
		expect(client.listeners()).toBe(listeners);
		expect(getEventListeners(long.signal, 'abort')).toEqual([]);
		expect(await client.entries(name)).toBe(0);
	});

	test(
		`18: ${kind}: jobs leave nothing on their worker, and a closed worker leaves nothing`,
		async () => {
			const fleet = await crew().fleet();
			const sockets = openSockets();
			const {connection, backend} = crew();
			const worker = new PausableWorker<{set?: string}>(
				fleet.name,
				async (_job, _token, signal) => signal.checkpoint(),
				{connection, concurrency: 20, setOf: ({data}) => data.set, removeOnComplete: {count: 0}},
				backend,
			);
			const follower = await worker.follower;
			let left = 0;
			worker.on('completed', () => left--);
			const run = async (count: number): Promise<void> => {
				left = count;
				for (let at = 0; at < count; at += 500)
					await fleet.queue.addBulk(
						Array.from({length: Math.min(500, count - at)}, (_, n) => ({
							name: 'x',
							data: {set: `${n % 50}`},
						})),
					);
				await until(() => left === 0);
				await fleet.controller.taskSet('1').pause();
				await fleet.controller.taskSet('1').resume();
			};
			const measure = (): readonly [number, number] => {
				globalThis.gc!();
				const listeners = listenersOf(worker) + getEventListeners(follower, 'change').length;
				return [
					listeners + getEventListeners(follower.signal, 'abort').length,
					process.memoryUsage().heapUsed,
				];
			};
			await run(sized(2000, 300));
			await sleep(100);
			const [listeners, heap] = measure();
			const jobs = sized(10_000, 700);
			await run(jobs);
			await sleep(100);
			const [listenersAfter, heapAfter] = measure();
			tell(`18 ${kind}: ${((heapAfter - heap) / jobs).toFixed(0)} bytes a job are left`);
			expect(listenersAfter).toBe(listeners);
			expect(heapAfter - heap).toBeLessThan(sized(200, 3000) * jobs);
			await worker.close();
			await until(() => openSockets() <= sockets);
			expect(getEventListeners(follower, 'change')).toHaveLength(1);
		},
		sized(900_000, 180_000),
	);
}
