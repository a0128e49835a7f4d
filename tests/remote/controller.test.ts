import {describe, expect, test} from '@jest/globals';
import * as fc from 'fast-check';
import {
	type ControlStore,
	followRemote,
	memoryStore,
	type RemoteAbort,
	RemoteController,
	type RemoteFollower,
} from 'pausable-signal/remote';
import {aborted, FaultyStore, join, loop, reportThat, sleep, until} from './kit.ts';

describe('rule 3: holds and reasons', () => {
	test('pause() is one hold per scope, which any controller may end; the first reason stays', async () => {
		const store = memoryStore();
		await join(store, 'fleet');
		const one = new RemoteController(store, 'fleet', {by: 'one'});
		const two = new RemoteController(store, 'fleet', {by: 'two'});
		await one.pause('first');
		await two.pause('second');
		const {holds} = await two.status();
		expect(holds).toMatchObject([{id: 'pause', scope: '*', reason: 'first', by: 'one'}]);
		expect(await two.resume()).toBe(true);
		expect(await one.resume()).toBe(false);
		expect((await one.status()).holds).toEqual([]);
	});

	test('resume() does not end the hold of a hold() call, which its owner ends once', async () => {
		const store = memoryStore();
		const fleet = new RemoteController(store, 'fleet');
		{
			await using hold = await fleet.hold({code: 429});
			expect(hold).toMatchObject({scope: '*', reason: {code: 429}});
			expect(await fleet.resume()).toBe(false);
			expect((await fleet.status()).holds).toHaveLength(1);
		}
		expect((await fleet.status()).holds).toEqual([]);
		const hold = await fleet.hold();
		expect(await hold.release()).toBe(true);
		expect(await hold.release()).toBe(false);
	});

	test('the next hold with the same id replaces it, and status() of a scope shows the holds that concern it', async () => {
		const fleet = new RemoteController(memoryStore(), 'fleet');
		await fleet.taskSet('a').hold(1, {id: 'rate'});
		await fleet.taskSet('a').hold(2, {id: 'rate', forMs: 60_000});
		await fleet.taskSet('b').hold(3, {id: 'rate'});
		await fleet.hold(4);
		const reasons = async (of: RemoteController): Promise<unknown[]> =>
			(await of.status()).holds.map(({reason}) => reason);
		expect(await reasons(fleet.taskSet('a'))).toEqual([2, 4]);
		expect(await reasons(fleet.job('b'))).toEqual([4]);
		expect(await reasons(fleet)).toEqual([2, 3, 4]);
	});

	const cyclic: unknown[] = [];
	cyclic.push(cyclic);
	test.each<[string, unknown, RegExp]>([
		['a function', () => 1, /^reason: expected JSON.*function/],
		['a Date', {at: new Date()}, /^reason: expected JSON/],
		['a number that is none', [Number.NaN], /^reason: expected JSON/],
		['a bigint', 1n, /^reason: expected JSON/],
		['a cycle', cyclic, /^reason: expected JSON/],
		['more than 4 kB', 'ä'.repeat(2048), /^reason: expected at most 4096 bytes of JSON, got '4098 bytes'/],
	])('%s is no reason', async (_name, reason, message) => {
		const fleet = new RemoteController(memoryStore(), 'fleet');
		for (const verb of ['pause', 'hold', 'abort'] as const)
			await expect(fleet[verb](reason as never)).rejects.toThrow(message);
		expect((await fleet.status()).version).toBe(0);
	});

	test.each<[string, (fleet: RemoteController) => unknown, RegExp]>([
		['timeout', (fleet) => fleet.pause('x', {timeout: -1}), /^timeout: expected a number of milliseconds/],
		['signal', (fleet) => fleet.abort('x', {signal: {} as never}), /^signal: expected an AbortSignal/],
		['forMs', (fleet) => fleet.hold('x', {forMs: '1' as never}), /^forMs: expected a number/],
		['id', (fleet) => fleet.hold('x', {id: 'pause'}), /^id: expected another name than 'pause'/],
	])('a call with a bad %s is refused, and orders nothing', async (_name, call, message) => {
		const fleet = new RemoteController(memoryStore(), 'fleet');
		await expect(call(fleet)).rejects.toThrow(message);
		expect((await fleet.status()).version).toBe(0);
	});

	test('a bad name of a set or a job is refused at once', () => {
		const fleet = new RemoteController(memoryStore(), 'fleet');
		expect(() => fleet.taskSet('')).toThrow(/^name: expected/);
		expect(() => fleet.job(7 as never)).toThrow(/^id: expected a string, got 7 \(number\)/);
	});

	test('a document has 10,000 holds at most; those whose time is over make room', async () => {
		const store = memoryStore();
		const holds = Array.from({length: 10_000}, (_, at) => ({
			id: `${at}`,
			scope: 'set:a',
			since: 1,
			by: 'test',
			...(at === 0 && {until: 1}),
		}));
		await store.write('fleet', 0, {version: 1, state: {id: 'a', holds, orders: []}});
		const fleet = new RemoteController(store, 'fleet');
		await fleet.hold('one');
		await expect(fleet.hold('one more')).rejects.toThrow(RangeError);
	});
});

describe('rule 2: every change gets through', () => {
	test('a controller recognises a write whose answer was lost, and does not repeat it', async () => {
		const store = memoryStore();
		let lost = 0;
		const lossy: ControlStore = {
			...store,
			write: async (...args) => (await store.write(...args)) && lost++ > 0,
		};
		const fleet = new RemoteController(lossy, 'fleet');
		await fleet.hold('x');
		expect((await fleet.status()).version).toBe(1);
		lost = 0;
		expect(await fleet.resume()).toBe(false);
	});

	test('a writer that always loses the race stops when its signal aborts', async () => {
		const store: ControlStore = {...memoryStore(), write: async () => false};
		const abort = new AbortController();
		const paused = new RemoteController(store, 'fleet').pause('x', {signal: abort.signal});
		setTimeout(() => abort.abort('no more'), 20);
		await expect(paused).rejects.toBe('no more');
	});
});

describe('rule 11: reports', () => {
	test('a report waits for the last worker that moves, and names it until then', async () => {
		const store = memoryStore();
		const follower = await join(store, 'fleet', {id: 'worker'});
		const quick = loop(follower, {set: 'a'});
		let finish = (): void => {};
		const slow = new Promise<void>((resolve) => (finish = resolve));
		follower.start(({signal}) => Promise.race([slow, aborted(signal)]), {set: ['a', 'b'], job: '7'});
		const fleet = new RemoteController(store, 'fleet').taskSet('a');
		const early = await reportThat(fleet, ({parked}) => parked === 1);
		const {version} = early;
		expect(early).toEqual({
			quiet: false,
			version,
			parked: 1,
			running: 1,
			workers: 1,
			late: [],
			moving: [{worker: 'worker', job: '7', set: 'a'}],
		});
		expect((await new RemoteController(store, 'fleet').status()).workers).toEqual([
			{id: 'worker', version, parked: 1, running: 1, moving: [{worker: 'worker', job: '7', set: 'a'}]},
		]);
		const late = fleet.pause('x');
		finish();
		expect(await late).toMatchObject({quiet: true, parked: 1, running: 0, moving: []});
		expect(quick.task.state).toBe('paused');
	});

	test('a report ignores work that moves outside its scope', async () => {
		const store = memoryStore();
		const follower = await join(store, 'fleet');
		loop(follower, {set: 'a'});
		const other = loop(follower, {set: 'b'});
		const report = await new RemoteController(store, 'fleet').taskSet('a').pause();
		expect(report).toMatchObject({quiet: true, parked: 1, running: 0});
		expect(other.task.state).toBe('running');
	});

	test('a report names at most ten jobs of a worker', async () => {
		const store = memoryStore();
		const follower = await join(store, 'fleet');
		const never = new Promise<void>(() => {});
		for (let at = 0; at < 12; at++) follower.start(({signal}) => Promise.race([never, aborted(signal)]));
		const fleet = new RemoteController(store, 'fleet');
		const report = await reportThat(fleet, ({running}) => running === 12);
		expect(report.moving).toHaveLength(10);
	});

	test('a pause that ends early resolves with quiet: false, and the next one waits for its own reports', async () => {
		const store = memoryStore();
		const follower = await join(store, 'fleet');
		let finish = (): void => {};
		const slow = new Promise<void>((resolve) => (finish = resolve));
		follower.start(({signal}) => Promise.race([slow, aborted(signal)]));
		const fleet = new RemoteController(store, 'fleet');
		const first = fleet.pause('x');
		await until(() => follower.signal.paused);
		await fleet.resume();
		expect(await first).toMatchObject({quiet: false});
		const second = fleet.pause('x');
		finish();
		expect(await second).toMatchObject({quiet: true});
	});

	test('a worker that misses the pause is late until its lease has run out', async () => {
		const shared = memoryStore();
		const store = new FaultyStore(shared);
		const counted = loop(await join(store, 'fleet', {id: 'worker', leaseMs: 1000}));
		store.freeze();
		const fleet = new RemoteController(shared, 'fleet');
		const early = await fleet.pause('x', {timeout: 20});
		expect(early).toMatchObject({quiet: false, late: ['worker'], workers: 1});
		const report = await fleet.pause('x');
		expect(report).toMatchObject({quiet: true, late: [], workers: 0});
		const {turns} = counted;
		await sleep(20);
		expect(counted.turns).toBe(turns);
		store.thaw();
	});

	test('reports from before a pause prove nothing, also when the scope was paused already', async () => {
		const shared = memoryStore();
		const store = new FaultyStore(shared);
		await join(store, 'fleet', {id: 'worker', leaseMs: 1000});
		const fleet = new RemoteController(shared, 'fleet');
		expect(await fleet.pause('x')).toMatchObject({quiet: true});
		store.freeze();
		expect(await fleet.pause('x', {timeout: 20})).toMatchObject({quiet: false, late: ['worker']});
		store.thaw();
	});

	test('a store that lost everything does not pass for a fleet without workers', async () => {
		const shared = memoryStore();
		const store = new FaultyStore(shared);
		const follower = await join(store, 'fleet', {id: 'worker', leaseMs: 600});
		const counted = loop(follower);
		const fleet = new RemoteController(shared, 'fleet');
		await fleet.hold('other', {id: 'other', forMs: 1});
		await until(() => follower.version === 1);
		// As after a flush: no document and no member, and the worker's connection is down, too.
		store.isCut = true;
		await shared.write('fleet', 1, {version: 0, state: undefined});
		for (const {id} of await shared.members('fleet'))
			await shared.report('fleet', {id, status: 0, leaseMs: 0});
		const paused = fleet.pause('x');
		await sleep(100);
		store.isCut = false;
		expect(await paused).toMatchObject({quiet: true, parked: 1, workers: 1});
		expect(counted.task.state).toBe('paused');
	});

	test('a version that another line of versions reached is no acknowledgement', async () => {
		const shared = memoryStore();
		const store = new FaultyStore(shared);
		const follower = await join(store, 'fleet', {id: 'worker', leaseMs: 5000});
		loop(follower);
		await shared.write('fleet', 0, {version: 9, state: {id: 'line a', holds: [], orders: []}});
		await until(() => follower.version === 9);
		store.isCut = true;
		await shared.write('fleet', 9, {version: 2, state: {id: 'line b', holds: [], orders: []}});
		const fleet = new RemoteController(shared, 'fleet');
		expect(await fleet.pause('x', {timeout: 50})).toMatchObject({quiet: false, late: ['worker'], version: 3});
		store.isCut = false;
		expect(await fleet.pause('x')).toMatchObject({quiet: true, parked: 1});
	});

	test('an abort that a worker missed stays in the document until that worker is back', async () => {
		const shared = memoryStore();
		const store = new FaultyStore(shared);
		const counted = loop(await join(store, 'fleet', {leaseMs: 200}), {set: 'a'});
		store.freeze();
		const fleet = new RemoteController(shared, 'fleet');
		expect(await fleet.taskSet('a').abort('gone')).toMatchObject({quiet: true, workers: 0});
		store.thaw();
		await until(() => counted.task.state === 'stopped');
		expect(counted.task.signal.reason).toBe('gone');
	});

	test('a signal ends the waiting, and the pause stays', async () => {
		const shared = memoryStore();
		const follower = await join(shared, 'fleet');
		follower.start(({signal}) => aborted(signal));
		const abort = new AbortController();
		const paused = new RemoteController(shared, 'fleet').pause('x', {signal: abort.signal});
		await until(() => follower.signal.paused);
		abort.abort('gone home');
		await expect(paused).rejects.toBe('gone home');
		expect(follower.signal.paused).toBe(true);
	});
});

type Step =
	| 'pause a'
	| 'pause all'
	| 'resume a'
	| 'resume all'
	| 'freeze'
	| 'thaw'
	| 'deaf'
	| 'lose'
	| 'set back';
const steps = fc.constantFrom<Step>(
	'pause a',
	'pause all',
	'resume a',
	'resume all',
	'freeze',
	'thaw',
	'deaf',
	'lose',
	'set back',
);

/** What moved while a report said that all was quiet. */
async function moveWhileQuiet(script: readonly Step[]): Promise<number> {
	const shared = memoryStore();
	const stores = [new FaultyStore(shared), new FaultyStore(shared)];
	const followers: RemoteFollower[] = [];
	for (const store of stores) followers.push(await followRemote(store, 'fleet', {leaseMs: 100}));
	const loops = followers.map((follower) => loop(follower, {set: 'a'}));
	const fleet = new RemoteController(shared, 'fleet');
	const backup = (await shared.read('fleet'))!;
	let moved = 0;
	const check = async (of: RemoteController): Promise<void> => {
		const {quiet} = await of.pause('x', {timeout: 40});
		const before = loops.map(({turns}) => turns);
		await sleep(6);
		if (quiet) moved += loops.filter(({turns}, at) => turns !== before[at]).length;
	};
	const actions: Record<Step, () => unknown> = {
		'pause a': () => check(fleet.taskSet('a')),
		'pause all': () => check(fleet),
		'resume a': () => fleet.taskSet('a').resume(),
		'resume all': () => fleet.resume(),
		freeze: () => stores[0]!.freeze(),
		thaw: () => stores.map((store) => (store.thaw(), (store.isDeaf = false))),
		deaf: () => stores.map((store) => (store.isDeaf = true)),
		lose: async () => {
			const {version} = (await shared.read('fleet'))!;
			await shared.write('fleet', version, {version: 0, state: undefined});
		},
		'set back': async () => {
			const {version} = (await shared.read('fleet'))!;
			await shared.write('fleet', version, {version: backup.version, state: backup.state});
		},
	};
	for (const step of script) await actions[step]();
	for (const store of stores) store.thaw();
	await Promise.all(followers.map((follower) => follower.close()));
	return moved;
}

test('nothing moves while a report says quiet, whatever happens to the store', async () => {
	const property = fc.asyncProperty(fc.array(steps, {minLength: 3, maxLength: 12}), async (script) => {
		expect(await moveWhileQuiet(script)).toBe(0);
	});
	await fc.assert(property, {numRuns: 40, interruptAfterTimeLimit: 20_000});
});

describe('rule 12: an abort that only workers can carry through', () => {
	const needsWorker = (store: ControlStore): RemoteController =>
		new RemoteController(store, 'fleet', {}, '*', true);
	const ordersOf = async (store: ControlStore): Promise<readonly RemoteAbort[]> =>
		((await store.read('fleet'))!.state as {orders: readonly RemoteAbort[]}).orders;

	test('waits for the first worker that joins, which removes it; the last one of a scope counts', async () => {
		const store = memoryStore();
		const set = needsWorker(store).taskSet('a');
		expect(await set.abort('first')).toMatchObject({quiet: true, workers: 0});
		await set.abort('second');
		await needsWorker(store).job('7').abort();
		const left = [
			{scope: 'set:a', reason: 'second', left: true},
			{scope: 'job:7', left: true},
		];
		expect(await ordersOf(store)).toMatchObject(left);
		const obeyed: RemoteAbort[] = [];
		await join(store, 'fleet');
		expect(await ordersOf(store)).toMatchObject(left);
		const onAbort = async (order: RemoteAbort): Promise<void> => void obeyed.push(order);
		await join(store, 'fleet', {onAbort});
		await until(async () => (await ordersOf(store)).length === 0);
		await join(store, 'fleet', {onAbort});
		expect(obeyed).toMatchObject(left);
	});

	test('stays when the first worker could not carry it through, for the next one', async () => {
		const store = memoryStore();
		await needsWorker(store).abort('gone');
		const failing = await join(store, 'fleet', {onAbort: () => Promise.reject(new Error('closed'))});
		await failing.close();
		expect(await ordersOf(store)).toHaveLength(1);
	});

	test('is removed by its own controller if a worker took part, and by a plain controller', async () => {
		const store = memoryStore();
		await new RemoteController(store, 'fleet').abort();
		expect(await ordersOf(store)).toEqual([]);
		await join(store, 'fleet', {onAbort: async () => {}});
		expect(await needsWorker(store).abort()).toMatchObject({quiet: true, workers: 1});
		expect(await ordersOf(store)).toEqual([]);
	});
});
