// What a fleet of plain followers does under the faults of its store. The numbers are those of issue 13.
import {afterAll, afterEach, beforeAll, expect, test} from '@jest/globals';
import {type ControlStore, followRemote, RemoteController, type RemoteFollower} from 'pausable-signal/remote';
import {type Loop, loop, sleep, until} from '../remote/kit.ts';
import {isFull, sized, tell} from './full.ts';

/** A client of a process of its own. */
export interface Client {
	readonly store: ControlStore;
	close(): Promise<void>;
}

export interface Backend {
	client(): Client;
	/** Cuts the connections that listen. */
	killListeners(): Promise<unknown>;
	/** Cuts every connection there is but that of the client that is given. */
	killAllBut(client: Client): Promise<unknown>;
	freeze(): void;
	thaw(): void;
	crash(options: {keepsData: boolean}): Promise<void>;
	restart(): Promise<void>;
	readonly canLoseData: boolean;
	close(): Promise<void>;
}

const leaseMs = 3000;

let names = 0;

export function fleetFaults(kind: string, open: () => Promise<Backend>): void {
	let backend: Backend;
	const clients: Client[] = [];
	const followers: RemoteFollower[] = [];

	beforeAll(async () => {
		backend = await open();
	});
	afterEach(async () => {
		// What a test that failed left frozen would never let its followers go.
		backend.thaw();
		await Promise.all(followers.splice(0).map((follower) => follower.close()));
		await Promise.all(clients.splice(0).map((client) => client.close()));
	});
	afterAll(() => backend.close());

	function client(): Client {
		const one = backend.client();
		clients.push(one);
		return one;
	}

	async function follow(
		name: string,
		whenCutOff: 'hold' | 'continue' = 'hold',
	): Promise<[RemoteFollower, Loop]> {
		const follower = await followRemote(client().store, name, {leaseMs, whenCutOff});
		followers.push(follower);
		return [follower, loop(follower, {}, 3)];
	}

	async function fleetOf(count: number): Promise<{
		name: string;
		fleet: RemoteController;
		ordering: Client;
		steps(): number;
		loops: Loop[];
	}> {
		const name = `fleet ${++names}`;
		const joined = await Promise.all(Array.from({length: count}, () => follow(name)));
		const loops = joined.map(([, one]) => one);
		const ordering = client();
		return {
			name,
			ordering,
			fleet: new RemoteController(ordering.store, name),
			steps: () => loops.reduce((sum, {turns}) => sum + turns, 0),
			loops,
		};
	}

	test(`1: ${kind}: no worker misses a change made right after the listening connections are cut`, async () => {
		const {fleet, steps} = await fleetOf(8);
		let slowest = 0;
		for (let round = 0; round < sized(40, 6); round++) {
			await backend.killListeners();
			const began = performance.now();
			const report = await fleet.pause(`round ${round}`, {timeout: isFull ? 1500 : 30_000});
			slowest = Math.max(slowest, performance.now() - began);
			expect(report).toMatchObject({quiet: true, parked: 8, late: []});
			const before = steps();
			await sleep(30);
			expect(steps()).toBe(before);
			await backend.killListeners();
			await fleet.resume();
			if (isFull) await sleep(1500);
			else await until(() => followers.every(({signal}) => !signal.paused));
			expect(followers.filter(({signal}) => signal.paused)).toEqual([]);
		}
		tell(`1 ${kind}: the slowest report after ${slowest.toFixed(0)} ms`);
	});

	test(`2: ${kind}: no worker misses a change when all connections but the controller’s are cut`, async () => {
		const {fleet, steps, ordering} = await fleetOf(8);
		await fleet.status();
		for (let round = 0; round < sized(20, 5); round++) {
			await backend.killAllBut(ordering);
			const report = await fleet.pause(`round ${round}`, {timeout: isFull ? 5000 : 30_000});
			expect(report).toMatchObject({quiet: true, parked: 8, workers: 8});
			const before = steps();
			await sleep(30);
			expect(steps()).toBe(before);
			await fleet.resume();
		}
	});

	test(`4: ${kind}: when a store is frozen for 2.5 leases, a worker stands by 1.25 leases, and continues afterwards`, async () => {
		const {name, steps} = await fleetOf(4);
		const [continuing, on] = await follow(name, 'continue');
		await until(() => steps() > 4);
		backend.freeze();
		await sleep(leaseMs * 1.25);
		const before = steps();
		const {turns} = on;
		await sleep(leaseMs * 1.25);
		expect(steps()).toBe(before);
		expect(continuing.isCutOff).toBe(true);
		expect(on.turns).toBeGreaterThan(turns + 10);
		backend.thaw();
		const back = performance.now();
		await until(() => followers.every(({isCutOff}) => !isCutOff));
		if (isFull) expect(performance.now() - back).toBeLessThan(1000);
		await until(() => steps() > before + 10);
	});

	const cases = [{keepsData: true}, {keepsData: false}];
	test.each(cases)(
		`5: ${kind}: after a crash of the store while paused (%p) no worker takes a step, and the document is back`,
		async (crash) => {
			if (!crash.keepsData && !backend.canLoseData) return;
			const {fleet, steps, name} = await fleetOf(4);
			await fleet.taskSet('other').hold('kept', {id: 'kept'});
			expect(await fleet.pause('x')).toMatchObject({quiet: true, parked: 4});
			const before = steps();
			await backend.crash(crash);
			await backend.restart();
			const {store} = client();
			await until(async () => (await store.read(name).catch(() => undefined))?.state !== undefined);
			await until(() => followers.every(({isCutOff}) => !isCutOff));
			const back = new RemoteController(store, name);
			expect((await back.status()).holds.map(({id}) => id).toSorted()).toEqual(['kept', 'pause']);
			expect(await back.pause('x')).toMatchObject({quiet: true, parked: 4, workers: 4});
			expect(steps()).toBe(before);
			await back.resume();
			await until(() => steps() > before + 10);
		},
	);

	test(`15: ${kind}: ten writers with twenty holds and a hundred orders each lose no hold`, async () => {
		const {name, fleet} = await fleetOf(1);
		const writers = Array.from({length: 10}, () => new RemoteController(client().store, name));
		await Promise.all(
			writers.map(async (writer, at) => {
				for (let turn = 0; turn < sized(20, 6); turn++) {
					await writer.hold(`${at}.${turn}`);
					for (let order = 0; order < sized(5, 1); order++) {
						await writer.pause('x', {timeout: 0});
						await writer.resume();
					}
				}
			}),
		);
		const {holds} = await fleet.status();
		expect(holds).toHaveLength(10 * sized(20, 6));
	});

	test(`19: ${kind}: an idle follower at a lease of 15 s makes at most 1.5 calls a second`, async () => {
		let calls = 0;
		const {store} = client();
		const counting = new Proxy(store, {
			get(target, method: keyof ControlStore) {
				calls++;
				return target[method];
			},
		});
		const follower = await followRemote(counting, `idle ${++names}`);
		followers.push(follower);
		await sleep(200);
		calls = 0;
		await sleep(10_500);
		expect(calls).toBeLessThanOrEqual(15);
		expect(calls).toBeGreaterThanOrEqual(2);
	});
}
