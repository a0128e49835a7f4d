// What the contracts of BullMQ need of a server, for each backend.
import {type BackendFactory, createPostgresBackend} from 'bullmq';
import {Pool} from 'pg';
import {postgresStoreMigration} from 'pausable-signal/remote';
import type {Engine} from '../bullmq/contract.ts';
import {PostgresServer, RedisServer} from './servers.ts';

export async function redisEngine(): Promise<Engine> {
	const server = await RedisServer.create();
	return {
		connection: {host: '127.0.0.1', port: server.port, maxRetriesPerRequest: null},
		locksExpire: true,
		close: () => server[Symbol.asyncDispose](),
	};
}

export async function postgresEngine(): Promise<Engine> {
	const server = await PostgresServer.create();
	const pool = new Pool({connectionString: server.url});
	await pool.query(postgresStoreMigration('bullmq'));
	return {
		connection: {connectionString: server.url, migrate: true},
		backend: createPostgresBackend as unknown as BackendFactory,
		locksExpire: false,
		// The same changes as in BullMQ's move_stalled_jobs_to_wait().
		stall: (queue, job) =>
			pool.query(
				`WITH done AS (UPDATE bullmq.job SET state = 'waiting', lock_token = NULL, locked_until_ms = NULL
					WHERE queue = $1 AND id = $2 AND state = 'active' RETURNING 1)
					SELECT pg_notify('bullmq_jobs', $1) FROM done`,
				[queue, job],
			),
		promoteUnheard: (queue, job) =>
			pool.query(`UPDATE bullmq.job SET state = 'waiting' WHERE queue = $1 AND id = $2`, [queue, job]),
		async close() {
			await pool.end();
			await server[Symbol.asyncDispose]();
		},
	};
}
