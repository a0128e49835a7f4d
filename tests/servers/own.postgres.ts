import {type BackendFactory, createPostgresBackend} from 'bullmq';
import {Pool} from 'pg';
import {postgresStoreMigration} from 'pausable-signal/remote';
import {ownContract} from '../bullmq/own.ts';
import {PostgresServer} from './servers.ts';

ownContract('BullMQ on Postgres', async () => {
	const server = await PostgresServer.create();
	const pool = new Pool({connectionString: server.url});
	await pool.query(postgresStoreMigration('bullmq'));
	await pool.end();
	return {
		connection: {connectionString: server.url, migrate: true},
		backend: createPostgresBackend as unknown as BackendFactory,
		locksExpire: false,
		close: () => server[Symbol.asyncDispose](),
	};
});
