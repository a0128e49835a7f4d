// Changes of one process to the document of a fleet: many orders at a time are one version.
import {describe, expect, test} from '@jest/globals';
import {type ControlStore, memoryStore, RemoteController} from 'pausable-signal/remote';
import {FaultyStore, join, loop, sleep, until} from './kit.ts';

/** A store in which another writer is faster, for so many writes. */
function racedStore(races: number): ControlStore {
	const store = memoryStore();
	let left = races;
	return {
		...store,
		async write(name, expected, next) {
			const state = {id: `other ${left}`, holds: [], orders: []};
			if (left-- > 0) await store.write(name, expected, {version: expected + 1, state});
			return store.write(name, expected, next);
		},
	};
}

const names = (count: number): string[] => Array.from({length: count}, (_, at) => `set-${at}`);

describe('orders of one tick', () => {
	test.each([0, 1, 3])(
		'share one version after %i lost races, and each has its own answer',
		async (races) => {
			const fleet = new RemoteController(racedStore(races), 'fleet');
			const held = await Promise.all(names(20).map((name) => fleet.taskSet(name).hold(name)));
			expect(held.map(({reason}) => reason)).toEqual(names(20));
			const {version, holds} = await fleet.status();
			expect(version).toBe(races + 1);
			expect(holds.map(({scope}) => scope)).toEqual(names(20).map((name) => `set:${name}`));
			const releases = await Promise.all([...held, held[0]!].map((hold) => hold.release()));
			expect(releases).toEqual([...held.map(() => true), false]);
			expect(await fleet.status()).toMatchObject({version: races + 2, holds: []});
		},
	);

	test('in their order: a pause and the resume after it leave nothing', async () => {
		const fleet = new RemoteController(memoryStore(), 'fleet');
		const answers = await Promise.all([fleet.resume(), fleet.pause(), fleet.resume(), fleet.resume()]);
		expect(answers).toMatchObject([false, {quiet: false}, true, false]);
		expect(await fleet.status()).toMatchObject({version: 1, holds: []});
	});

	test('one that there is no room for is refused, and the others are given', async () => {
		const store = memoryStore();
		const holds = names(9_999).map((id) => ({id, scope: 'set:a', since: 1, by: 'test', key: id}));
		await store.write('fleet', 0, {version: 1, state: {id: 'full', holds, orders: []}});
		const fleet = new RemoteController(store, 'fleet');
		const [first, second, third] = await Promise.allSettled([fleet.hold(1), fleet.hold(2), fleet.resume()]);
		expect(first.status).toBe('fulfilled');
		expect(second).toMatchObject({status: 'rejected', reason: {name: 'RangeError'}});
		expect(third).toMatchObject({status: 'fulfilled', value: false});
		expect((await fleet.status()).holds).toHaveLength(10_000);
	});

	test('one whose caller stops waiting before the attempt is not given, and the others are', async () => {
		const store = new FaultyStore();
		const fleet = new RemoteController(store, 'fleet');
		store.freeze();
		const first = fleet.taskSet('a').hold(1);
		await Promise.resolve();
		const controller = new AbortController();
		const second = fleet.taskSet('b').pause(2, {signal: controller.signal});
		const third = fleet.taskSet('c').hold(3);
		controller.abort('enough');
		await expect(second).rejects.toBe('enough');
		store.thaw();
		await Promise.all([first, third]);
		expect((await fleet.status()).holds.map(({reason}) => reason)).toEqual([1, 3]);
	});
});

test('a failure of the store rejects the orders of that attempt, and later orders are given', async () => {
	const store = new FaultyStore();
	const fleet = new RemoteController(store, 'fleet');
	store.isCut = true;
	const answers = await Promise.allSettled([fleet.hold(1), fleet.resume()]);
	expect(answers).toMatchObject([
		{status: 'rejected', reason: {message: 'cut'}},
		{status: 'rejected', reason: {message: 'cut'}},
	]);
	store.isCut = false;
	await fleet.hold(2);
	expect((await fleet.status()).holds.map(({reason}) => reason)).toEqual([2]);
});

test('an order that is given during an attempt reads the document again', async () => {
	const store = new FaultyStore();
	const fleet = new RemoteController(store, 'fleet');
	store.freeze();
	const early = fleet.resume();
	await Promise.resolve();
	// Another process pauses while the first read is under way, and then somebody here resumes.
	const paused = {id: 'pause', scope: '*', since: 1, by: 'other', key: 'x'};
	const late = fleet.resume();
	store.thaw();
	await store.write('fleet', 0, {version: 1, state: {id: 'other', holds: [paused], orders: []}});
	await early;
	expect(await late).toBe(true);
});

test('fifty reports that wait at the same time ask the store together', async () => {
	const store = memoryStore();
	let [underWay, most] = [0, 0];
	const slow: ControlStore = {
		...store,
		async members(name) {
			most = Math.max(most, ++underWay);
			await sleep(2);
			underWay--;
			return store.members(name);
		},
	};
	const fleet = new RemoteController(slow, 'fleet');
	const follower = await join(store, 'fleet');
	const tasks = names(50).map((name) => loop(follower, {set: name}));
	await until(() => tasks.every(({turns}) => turns > 0));
	const {version} = follower;
	const reports = await Promise.all(names(50).map((name) => fleet.taskSet(name).pause()));
	expect(reports.every(({quiet, parked}) => quiet && parked === 1)).toBe(true);
	expect(follower.version).toBe(version + 1);
	expect(most).toBe(1);
});
