import {afterAll, beforeAll} from '@jest/globals';
import {Pool} from 'pg';
import {postgresStore, postgresStoreMigration} from 'pausable-signal/remote';
import {storeContract} from '../remote/contract.ts';
import {PostgresServer} from './servers.ts';

let server: PostgresServer;
beforeAll(async () => {
	server = await PostgresServer.create();
	const pool = new Pool({connectionString: server.url});
	await pool.query(postgresStoreMigration('fleet'));
	await pool.end();
});
afterAll(() => server[Symbol.asyncDispose]());

storeContract('postgresStore', async () => {
	const pools: Pool[] = [];
	return {
		store() {
			const pool = new Pool({connectionString: server.url});
			pool.on('error', () => {});
			pools.push(pool);
			return postgresStore(pool, {schema: 'fleet'});
		},
		async close() {
			await Promise.all(pools.map((pool) => pool.end()));
		},
	};
});
