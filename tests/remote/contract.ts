// What every store must do. The same cases run over all of them.
import {describe, expect, test} from '@jest/globals';
import {type ControlStore, followRemote, RemoteController} from 'pausable-signal/remote';

export interface Backing {
	/** Another store on the same data, as another process would open it. */
	store(): ControlStore;
	close(): Promise<void>;
}

let names = 0;
const newName = (): string => `fleet ${process.pid}/${++names} Ä`;

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
	while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 2));
}

export function storeContract(kind: string, open: () => Promise<Backing>): void {
	const withStores = (
		body: (name: string, one: ControlStore, other: ControlStore) => Promise<void>,
	): (() => Promise<void>) => {
		return async () => {
			const backing = await open();
			try {
				await body(newName(), backing.store(), backing.store());
			} finally {
				await backing.close();
			}
		};
	};

	describe(`${kind}: the contract of a store`, () => {
		test(
			'a document that nobody wrote has version 0 and no state',
			withStores(async (name, store) => {
				const found = await store.read(name);
				expect(found).toEqual({version: 0, now: expect.any(Number), state: undefined});
				expect(await store.read(name, 0)).toBeUndefined();
			}),
		);

		test(
			'the clock is in milliseconds since 1970',
			withStores(async (name, store) => {
				const {now} = (await store.read(name))!;
				expect(Math.abs(now - Date.now())).toBeLessThan(3_600_000);
			}),
		);

		test(
			'one connection reads a document that another wrote, and nothing when it knows the version',
			withStores(async (name, one, other) => {
				const state = {id: 'ä', list: [1, null, {text: 'a\u0000b\ud800"'}]};
				expect(await one.write(name, 0, {version: 1, state})).toBe(true);
				expect(await other.read(name)).toMatchObject({version: 1, state});
				expect(await other.read(name, 0)).toMatchObject({version: 1, state});
				expect(await other.read(name, 1)).toBeUndefined();
				expect(await other.read(`${name}2`)).toMatchObject({version: 0});
			}),
		);

		test(
			'a write at another version than the expected one changes nothing',
			withStores(async (name, one, other) => {
				expect(await one.write(name, 1, {version: 2, state: 'wrong'})).toBe(false);
				expect(await one.write(name, 0, {version: 1, state: 'first'})).toBe(true);
				expect(await other.write(name, 0, {version: 1, state: 'wrong'})).toBe(false);
				expect(await other.write(name, 2, {version: 3, state: 'wrong'})).toBe(false);
				expect(await other.read(name)).toMatchObject({version: 1, state: 'first'});
			}),
		);

		test(
			'a version may jump, and go back',
			withStores(async (name, one, other) => {
				expect(await one.write(name, 0, {version: 7, state: 'jumped'})).toBe(true);
				expect(await other.write(name, 1, {version: 8, state: 'wrong'})).toBe(false);
				expect(await other.write(name, 7, {version: 3, state: 'set back'})).toBe(true);
				expect(await one.read(name)).toMatchObject({version: 3, state: 'set back'});
				expect(await one.write(name, 3, {version: 4, state: 'on'})).toBe(true);
			}),
		);

		test(
			'of many writers at one version exactly one wins, also when they jump to different versions',
			withStores(async (name, one, other) => {
				for (let version = 0, round = 0; round < 8; round++) {
					const before = version;
					const writes = Array.from({length: 6}, (_, at) =>
						(at % 2 === 0 ? one : other).write(name, before, {
							version: before + 1 + (at % 3) * 5,
							state: {round, at},
						}),
					);
					const wins = (await Promise.all(writes)).flatMap((won, at) => (won ? [at] : []));
					expect(wins).toHaveLength(1);
					const found = (await one.read(name))!;
					expect(found).toMatchObject({
						version: before + 1 + (wins[0]! % 3) * 5,
						state: {round, at: wins[0]},
					});
					version = found.version;
				}
			}),
		);

		test(
			'a report gives the version, and is listed until the member leaves',
			withStores(async (name, one, other) => {
				const member = {id: 'host:1 / Ä', status: {version: 3, list: ['a']}, leaseMs: 60_000};
				expect(await one.report(name, member)).toBe(0);
				await one.write(name, 0, {version: 5, state: {}});
				expect(await one.report(name, {...member, status: 'newer'})).toBe(5);
				expect(await other.members(name)).toEqual([{id: member.id, status: 'newer'}]);
				await one.report(name, {...member, id: 'second'});
				expect(await other.members(name)).toHaveLength(2);
				expect(await other.report(name, {...member, leaseMs: 0})).toBe(5);
				expect((await one.members(name)).map(({id}) => id)).toEqual(['second']);
				expect(await one.members(`${name}2`)).toEqual([]);
			}),
		);

		test(
			'a member whose lease has run out is no longer listed',
			withStores(async (name, one, other) => {
				await one.report(name, {id: 'short', status: 1, leaseMs: 20});
				await one.report(name, {id: 'long', status: 2, leaseMs: 60_000});
				await until(async () => (await other.members(name)).length === 1);
				expect(await one.members(name)).toEqual([{id: 'long', status: 2}]);
			}),
		);

		test(
			'a write hints to every watcher of that name, until it stops watching',
			withStores(async (name, one, other) => {
				const hints = {one: 0, other: 0, ended: 0};
				const endOne = await one.watch(name, () => hints.one++);
				const endOther = await other.watch(name, () => hints.other++);
				const end = await one.watch(name, () => hints.ended++);
				end();
				end();
				await other.write(name, 0, {version: 1, state: {}});
				await until(() => hints.one > 0 && hints.other > 0);
				endOne();
				const before = hints.one;
				await one.write(name, 1, {version: 2, state: {}});
				const again = hints.other;
				await until(() => hints.other > again || again > 1);
				endOther();
				expect(hints).toMatchObject({one: before, ended: 0});
			}),
		);

		test(
			'ten writers that hold, pause and resume all get through, and no hold is lost',
			withStores(async (name, one, other) => {
				const writers = Array.from(
					{length: 10},
					(_, at) => new RemoteController(at % 2 === 0 ? one : other, name, {by: `writer ${at}`}),
				);
				await Promise.all(
					writers.map(async (writer, at) => {
						for (let turn = 0; turn < 4; turn++) {
							await writer.hold({at, turn});
							await writer.taskSet(`set ${at}`).hold(turn, {id: 'same'});
							await writer.resume();
						}
					}),
				);
				const {holds} = await writers[0]!.status();
				expect(holds.filter(({scope}) => scope === '*')).toHaveLength(40);
				expect(holds.filter(({scope}) => scope !== '*')).toHaveLength(10);
			}),
		);

		test(
			'a follower in one process obeys a controller in another, and the report is true',
			withStores(async (name, one, other) => {
				await using follower = await followRemote(one, name, {id: 'worker'});
				let turns = 0;
				const task = follower.start(
					async ({signal}) => {
						while (await signal.gate.wait()) {
							turns++;
							await new Promise((resolve) => setTimeout(resolve, 1));
						}
					},
					{set: 'a'},
				);
				const controller = new RemoteController(other, name);
				const report = await controller.taskSet('a').pause({why: 'test'});
				const at = turns;
				expect(report).toMatchObject({quiet: true, parked: 1, running: 0, workers: 1, late: [], moving: []});
				expect(task.state).toBe('paused');
				expect(follower.held({set: 'a'})).toMatchObject({scope: 'set:a', reason: {why: 'test'}});
				expect(await controller.taskSet('a').resume()).toBe(true);
				await until(() => turns > at);
				const end = await controller.abort('enough');
				expect(end).toMatchObject({quiet: true, running: 0});
				expect(task.state).toBe('stopped');
				expect(task.signal.reason).toBe('enough');
				const {state} = (await other.read(name))!;
				expect(state).toMatchObject({holds: [], orders: []});
			}),
		);
	});
}
