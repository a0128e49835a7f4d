import {PGlite} from '@electric-sql/pglite';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {
	fileStore,
	memoryStore,
	type PgClientLike,
	type PgPoolLike,
	postgresStore,
	postgresStoreMigration,
} from 'pausable-signal/remote';
import {afterAll, beforeAll, expect, test} from '@jest/globals';
import {storeContract} from './contract.ts';

storeContract('memoryStore', async () => {
	const store = memoryStore();
	return {store: () => store, close: async () => {}};
});

storeContract('fileStore', async () => {
	const folder = await mkdtemp(path.join(tmpdir(), 'pausable-store-'));
	return {store: () => fileStore(folder), close: () => rm(folder, {recursive: true, force: true})};
});

let pglite: PGlite;
beforeAll(async () => {
	pglite = new PGlite();
	await pglite.exec(postgresStoreMigration('fleet "one"'));
	await pglite.exec(postgresStoreMigration('fleet "one"'));
});
afterAll(() => pglite.close());

/** PGlite has one connection, which its pool lends to all. */
function poolOf(db: PGlite): PgPoolLike {
	return {
		query: (text, values) => db.query(text, values),
		async connect(): Promise<PgClientLike> {
			const ends: (() => void)[] = [];
			return {
				query: (text) => db.query(text),
				on(event, listener: (...args: never[]) => void) {
					if (event !== 'notification') return;
					const hear = listener as (message: {channel: string; payload: string}) => void;
					ends.push(db.onNotification((channel, payload) => hear({channel, payload})));
				},
				release: () => ends.forEach((end) => end()),
			};
		},
	};
}

storeContract('postgresStore on PGlite', async () => ({
	store: () => postgresStore(poolOf(pglite), {schema: 'fleet "one"'}),
	close: async () => {},
}));

test('13: a pool client lost before it listens goes back to the pool, so that the pool can end', async () => {
	let [lent, listens] = [0, 0];
	const {connect, query} = poolOf(pglite);
	const pool: PgPoolLike = {
		query,
		async connect() {
			lent++;
			const client = await connect();
			return {
				...client,
				query: (text) => (++listens === 1 ? Promise.reject(new Error('terminated')) : client.query(text)),
				release: (destroy) => {
					lent--;
					client.release(destroy);
				},
			};
		},
	};
	const store = postgresStore(pool, {schema: 'fleet "one"'});
	await expect(store.watch('lost', () => {})).rejects.toThrow('terminated');
	expect(lent).toBe(0);
	const end = await store.watch('lost', () => {});
	expect(lent).toBe(1);
	end();
	await new Promise(setImmediate);
	expect(lent).toBe(0);
});

test('13: a pool client keeps the process alive until it listens, and not after that', async () => {
	const order: string[] = [];
	const {connect, query} = poolOf(pglite);
	const pool: PgPoolLike = {
		query,
		async connect() {
			const client = await connect();
			return {
				...client,
				async query(text) {
					await client.query(text);
					order.push('listens');
				},
				unref: () => order.push('unref'),
			};
		},
	};
	const end = await postgresStore(pool, {schema: 'fleet "one"'}).watch('alive', () => {});
	expect(order).toEqual(['listens', 'unref']);
	end();
});
