import {describe, expect, test} from '@jest/globals';
import {PausableController} from 'pausable-signal';
import {followRemote, memoryStore, RemoteController, type RemoteFollower} from 'pausable-signal/remote';
import {FaultyStore, join, loop, sleep, until} from './kit.ts';

const hold = (id: string, scope = '*'): object => ({id, scope, since: 1, by: 'test'});

describe('joining', () => {
	test('rule 5: a follower reports, then watches, then reads', async () => {
		const store = new FaultyStore();
		await join(store, 'fleet');
		expect(store.calls.slice(0, 3)).toEqual(['report', 'watch', 'read']);
	});

	test('an earlier pause is in force when followRemote() resolves', async () => {
		const store = memoryStore();
		await new RemoteController(store, 'fleet').pause('early');
		const follower = await join(store, 'fleet');
		expect(follower.signal.pauseReason).toBe('early');
		let called = 0;
		const task = follower.start(() => void called++);
		await sleep(5);
		expect(called).toBe(0);
		expect(task.state).toBe('paused');
	});

	test('followRemote() rejects when the store is out of reach, and leaves nothing behind', async () => {
		const store = new FaultyStore();
		store.isCut = true;
		await expect(followRemote(store, 'fleet')).rejects.toThrow('cut');
		expect(store.watchers).toBe(0);
		store.isCut = false;
		store.freeze();
		await expect(followRemote(store, 'fleet', {leaseMs: 100})).rejects.toThrow('not answered within 100 ms');
		store.thaw();
	});

	test('followRemote() rejects with the reason of an aborted signal', async () => {
		const store = new FaultyStore();
		await expect(followRemote(store, 'fleet', {signal: AbortSignal.abort('no')})).rejects.toBe('no');
		expect(await store.members('fleet')).toEqual([]);
	});

	test.each<[string, () => Promise<unknown>, RegExp]>([
		['store', () => followRemote({} as never, 'fleet'), /^store: expected a ControlStore, with read/],
		['name', () => followRemote(memoryStore(), ''), /^name: expected a string that is not empty/],
		['leaseMs', () => followRemote(memoryStore(), 'fleet', {leaseMs: 5}), /^leaseMs: expected 100 or more/],
		[
			'leaseMs',
			() => followRemote(memoryStore(), 'fleet', {leaseMs: Infinity}),
			/^leaseMs: expected 100 or more/,
		],
		['whenCutOff', () => followRemote(memoryStore(), 'fleet', {whenCutOff: 'x' as never}), /^whenCutOff: /],
		[
			'signal',
			() => followRemote(memoryStore(), 'fleet', {signal: {} as never}),
			/^signal: expected an Abort/,
		],
	])('followRemote() refuses a bad %s at once', async (_name, call, message) => {
		await expect(call()).rejects.toThrow(message);
	});
});

describe('obeying', () => {
	test('a change is in force within the next read, without a report in between', async () => {
		const store = memoryStore();
		const follower = await join(store, 'fleet');
		const changes: number[] = [];
		follower.addEventListener('change', () => changes.push(follower.version));
		await store.write('fleet', 0, {version: 1, state: {id: 'a', holds: [hold('x')], orders: []}});
		await follower.refresh();
		expect(follower.signal.paused).toBe(true);
		expect(follower.version).toBe(1);
		expect(changes).toEqual([1]);
	});

	test('refreshes of one tick are one read, and a known version moves no data', async () => {
		const store = new FaultyStore();
		const follower = await join(store, 'fleet');
		await until(() => store.calls.length > 3);
		await sleep(5);
		store.calls.length = 0;
		await Promise.all([follower.refresh(), follower.refresh(), follower.refresh()]);
		expect(store.calls).toEqual(['read']);
	});

	test('each scope has its own holds, and a task stands still while any of its scopes is held', async () => {
		const store = memoryStore();
		const follower = await join(store, 'fleet');
		const fleet = new RemoteController(store, 'fleet', {by: 'ops'});
		const both = loop(follower, {set: ['a', 'b'], job: '7'});
		const other = loop(follower, {set: 'c'});
		const held = await fleet.taskSet('b').hold('quota');
		await follower.refresh();
		await until(() => both.task.state === 'paused');
		expect(follower.held({set: ['a', 'b']})).toEqual({
			id: held.id,
			scope: 'set:b',
			reason: 'quota',
			since: held.since,
			by: 'ops',
		});
		expect(follower.held({set: 'a'})).toBeUndefined();
		expect(follower.held()).toBeUndefined();
		const turns = other.turns;
		await until(() => other.turns > turns + 2);
		await fleet.job('7').pause();
		await held.release();
		await follower.refresh();
		await sleep(5);
		expect(both.task.state).toBe('paused');
		expect(await fleet.job('7').resume()).toBe(true);
		await until(() => both.task.state === 'running');
	});

	test('a hold in place before its set has a task stops the first one', async () => {
		const store = memoryStore();
		const follower = await join(store, 'fleet');
		await new RemoteController(store, 'fleet').taskSet('a').hold('early');
		await follower.refresh();
		const {task} = loop(follower, {set: 'a'});
		await until(() => task.state === 'paused');
		expect(task.signal.pauseReason).toBe('early');
	});

	test('rule 12: an abort reaches the tasks that are there, and the scope accepts new ones', async () => {
		const store = memoryStore();
		const follower = await join(store, 'fleet');
		const fleet = new RemoteController(store, 'fleet');
		const [one, two, other] = [
			loop(follower, {set: 'a'}),
			loop(follower, {set: ['a', 'b']}),
			loop(follower, {set: 'b'}),
		];
		await fleet.taskSet('a').pause();
		const report = await fleet.taskSet('a').abort({why: 'gone'});
		expect(report).toMatchObject({quiet: true, running: 0, workers: 1});
		expect([one, two].map(({task}) => task.state)).toEqual(['stopped', 'stopped']);
		expect(one.task.signal.reason).toEqual({why: 'gone'});
		expect(other.task.state).toBe('running');
		await fleet.taskSet('a').resume();
		await follower.refresh();
		const again = loop(follower, {set: 'a'});
		await until(() => again.turns > 1);
		await fleet.abort();
		expect(follower.signal.aborted).toBe(true);
		expect((again.task.signal.reason as DOMException).name).toBe('AbortError');
		const after = loop(follower);
		await until(() => after.turns > 1);
		expect((await fleet.status()).workers).toMatchObject([{parked: 0, running: 1}]);
	});

	test('an abort that stays in the document does not reach a task that starts later', async () => {
		const store = memoryStore();
		const order = {id: 'o', scope: '*', at: Date.now()};
		await store.write('fleet', 0, {version: 1, state: {id: 'a', holds: [], orders: [order]}});
		const follower = await join(store, 'fleet');
		const one = loop(follower);
		await store.write('fleet', 1, {version: 2, state: {id: 'b', holds: [], orders: [order]}});
		await follower.refresh();
		expect(one.task.state).toBe('running');
	});

	test("rule 4: a hold with a time ends on its own, counted from the store's clock", async () => {
		const store = memoryStore();
		const skew = 3_600_000;
		// This process's clock is an hour behind the store's.
		const ahead = {
			...store,
			read: async (...args: Parameters<typeof store.read>) => {
				const found = await store.read(...args);
				return found && {...found, now: found.now + skew};
			},
		};
		const follower = await join(ahead, 'fleet');
		const counted = loop(follower, {set: 'a'});
		const begun = performance.now();
		const seen: boolean[] = [];
		follower.addEventListener('change', () => seen.push(follower.held({set: 'a'}) !== undefined));
		const held = await new RemoteController(ahead, 'fleet').taskSet('a').hold('429', {forMs: 200});
		expect(held.until! - held.since).toBe(200);
		await follower.refresh();
		expect(follower.held({set: 'a'})?.until).toBe(held.until);
		await until(() => counted.task.state === 'paused');
		await until(() => counted.task.state === 'running');
		// A machine may set its wall clock by some milliseconds meanwhile; the hour between the clocks counts.
		expect(performance.now() - begun).toBeGreaterThan(100);
		expect(follower.held({set: 'a'})).toBeUndefined();
		// The end is a change, too: a worker gives places back then.
		expect(seen).toEqual([true, false]);
		expect((await new RemoteController(ahead, 'fleet').status()).holds).toEqual([]);
		expect(await held.release()).toBe(false);
	});

	test('an unreadable document is an error, and the known orders stay in force', async () => {
		const store = memoryStore();
		const follower = await join(store, 'fleet', {leaseMs: 200});
		const errors: unknown[] = [];
		follower.addEventListener('error', ({detail}) => errors.push(detail));
		await new RemoteController(store, 'fleet').hold('known');
		await follower.refresh();
		await store.write('fleet', 1, {version: 2, state: 'garbage'});
		await until(() => errors.length > 0);
		expect(String(errors[0])).toMatch(/the document of 'fleet': expected/);
		expect(follower.held()?.reason).toBe('known');
		// It cannot know what it should obey: that is no contact.
		await until(() => follower.isCutOff);
		expect(follower.held()?.reason).toBe('out of contact');
	});
});

describe('rule 10: out of contact', () => {
	async function worker(whenCutOff?: 'hold' | 'continue'): Promise<{
		store: FaultyStore;
		shared: ReturnType<typeof memoryStore>;
		follower: RemoteFollower;
	}> {
		const shared = memoryStore();
		const store = new FaultyStore(shared);
		const follower = await join(store, 'fleet', {
			leaseMs: 150,
			id: 'worker',
			...(whenCutOff && {whenCutOff}),
		});
		return {store, shared, follower};
	}

	test.each(['freeze', 'cut'])(
		'a worker stands still once its lease has run out (%s), and continues when it is back',
		async (fault) => {
			const {store, follower, shared} = await worker();
			const counted = loop(follower);
			if (fault === 'freeze') store.freeze();
			else store.isCut = true;
			await until(() => follower.isCutOff);
			expect(follower.held()).toMatchObject({scope: '*', reason: 'out of contact', by: 'worker'});
			await until(() => counted.task.state === 'paused');
			const {turns} = counted;
			// Whoever looks now counts it as gone, and it does stand.
			await until(async () => (await shared.members('fleet')).length === 0);
			await sleep(20);
			expect(counted.turns).toBe(turns);
			store.thaw();
			store.isCut = false;
			await until(() => counted.turns > turns);
			expect(follower.isCutOff).toBe(false);
		},
	);

	test('with `continue` a worker keeps moving, and reports call it late until it is back', async () => {
		const {store, follower, shared} = await worker('continue');
		const counted = loop(follower);
		store.isCut = true;
		await until(() => follower.isCutOff);
		const {turns} = counted;
		await until(() => counted.turns > turns + 5);
		const fleet = new RemoteController(shared, 'fleet');
		expect(await fleet.pause('x', {timeout: 300})).toMatchObject({quiet: false, late: ['worker']});
		store.isCut = false;
		expect(await fleet.pause('x')).toMatchObject({quiet: true, parked: 1});
	});

	test('orders from the time out of contact are in force before the worker’s own hold ends', async () => {
		const {store, follower, shared} = await worker();
		const counted = loop(follower);
		store.freeze();
		await until(() => counted.task.state === 'paused');
		await new RemoteController(shared, 'fleet').hold('meanwhile');
		const {turns} = counted;
		store.thaw();
		await until(() => !follower.isCutOff);
		await sleep(10);
		expect(counted.turns).toBe(turns);
		expect(follower.held()?.reason).toBe('meanwhile');
	});

	test('a loop that never leaves its tick sees the end of the lease at its next checkpoint', async () => {
		const {store, follower} = await worker();
		store.freeze();
		let turns = 0;
		const task = follower.start(async ({signal}) => {
			while (await signal.gate.wait()) {
				turns++;
				// As a process that was stopped for longer than its lease: no timer has run.
				const end = performance.now() + 200;
				while (performance.now() < end);
			}
		});
		await until(() => turns > 0 && task.state === 'paused');
		expect(turns).toBe(1);
		store.thaw();
	});
});

describe('rule 9: fail closed', () => {
	const state = (id: string, ...ids: string[]): object => ({
		id,
		holds: ids.map((one) => hold(one)),
		orders: [],
	});

	test('a follower writes a lost document back, above its version', async () => {
		const store = memoryStore();
		const lossy = new FaultyStore(store);
		const follower = await join(lossy, 'fleet', {leaseMs: 150});
		await store.write('fleet', 0, {version: 5, state: state('a', 'held')});
		await follower.refresh();
		// Set back, as by a restored backup, and not told.
		lossy.isDeaf = true;
		await store.write('fleet', 5, {version: 0, state: undefined});
		await until(async () => (await store.read('fleet'))!.version === 6);
		expect(follower.signal.paused).toBe(true);
		expect((await new RemoteController(store, 'fleet').status()).holds).toMatchObject([{id: 'held'}]);
	});

	test('a follower does not obey an older version, and keeps the orders written on top of it', async () => {
		const store = memoryStore();
		const follower = await join(store, 'fleet', {leaseMs: 150});
		await store.write('fleet', 0, {version: 7, state: state('a', 'known')});
		await follower.refresh();
		await store.write('fleet', 7, {version: 2, state: state('b', 'new')});
		expect(follower.held()?.id).toBe('known');
		await until(() => follower.version === 8);
		expect((await new RemoteController(store, 'fleet').status()).holds.map(({id}) => id).toSorted()).toEqual([
			'known',
			'new',
		]);
	});

	test('two documents of one version are merged into the union of their holds', async () => {
		const store = memoryStore();
		const deaf = new FaultyStore(store);
		const follower = await join(deaf, 'fleet', {leaseMs: 150});
		await store.write('fleet', 0, {version: 3, state: state('a', 'one')});
		await follower.refresh();
		deaf.isDeaf = true;
		await store.write('fleet', 3, {version: 3, state: state('b', 'two')});
		await until(() => follower.version === 4);
		const held = (await new RemoteController(store, 'fleet').status()).holds.map(({id}) => id);
		expect(held.toSorted()).toEqual(['one', 'two']);
	});

	test('a follower mends a line of versions that overtook another one, too', async () => {
		const store = memoryStore();
		const deaf = new FaultyStore(store);
		const follower = await join(deaf, 'fleet', {leaseMs: 150});
		const fleet = new RemoteController(store, 'fleet');
		await fleet.hold('before', {id: 'before'});
		await follower.refresh();
		const {version, state: backup} = (await store.read('fleet'))!;
		await fleet.hold('lost', {id: 'lost'});
		await follower.refresh();
		deaf.isDeaf = true;
		await store.write('fleet', version + 1, {version, state: backup});
		await fleet.hold('after', {id: 'after'});
		await fleet.hold('later', {id: 'later'});
		await until(async () => (await fleet.status()).holds.length === 4);
		expect(follower.held()?.reason).toBeDefined();
	});

	test('a missing document that no follower has known means running', async () => {
		const store = memoryStore();
		const follower = await join(store, 'fleet');
		await follower.refresh();
		expect(follower.signal.paused).toBe(false);
		expect((await store.read('fleet'))!.version).toBe(0);
	});
});

describe('rule 13: the end', () => {
	test('close() aborts, waits for cleanup while the worker still counts, and leaves', async () => {
		const store = new FaultyStore();
		const follower = await join(store, 'fleet', {id: 'worker', leaseMs: 150});
		let end = (): void => {};
		const task = follower.start(async ({signal}) => {
			try {
				while (true) await signal.checkpoint().then(() => sleep(1));
			} finally {
				await new Promise<void>((resolve) => (end = resolve));
			}
		});
		const closing = follower.close();
		const fleet = new RemoteController(store, 'fleet');
		const report = await fleet.pause('now', {timeout: 400});
		expect(report).toMatchObject({quiet: false, running: 1, workers: 1, moving: [{worker: 'worker'}]});
		end();
		await closing;
		expect(task.state).toBe('stopped');
		expect(await store.members('fleet')).toEqual([]);
		expect(store.watchers).toBe(0);
		store.calls.length = 0;
		await sleep(200);
		expect(store.calls).toEqual([]);
		let called = 0;
		await expect(follower.start(() => void called++).result).rejects.toThrow(/aborted/);
		expect(called).toBe(0);
		await follower.close();
	});

	test('close() ends also when the store does not answer', async () => {
		const store = new FaultyStore();
		const follower = await join(store, 'fleet');
		store.freeze();
		await follower.close();
		expect(follower.signal.aborted).toBe(true);
		store.thaw();
	});

	test('an abort of the given signal closes the follower, and a pause pauses it', async () => {
		const store = new FaultyStore();
		const controller = new PausableController();
		const follower = await join(store, 'fleet', {signal: controller.signal});
		const {task} = loop(follower);
		controller.pause('mine');
		await until(() => task.state === 'paused');
		controller.abort('over');
		expect(task.signal.reason).toBe('over');
		await until(() => store.watchers === 0);
		expect(await store.members('fleet')).toEqual([]);
	});
});
