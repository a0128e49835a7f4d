import {Pool} from 'pg';
import {postgresStore} from 'pausable-signal/remote';
import {abortContract} from './aborts.ts';
import {postgresEngine} from './engines.ts';

abortContract('BullMQ on Postgres', postgresEngine, ({connection}) => {
	const pool = new Pool(connection);
	return {store: () => postgresStore(pool, {schema: 'bullmq'}), close: () => pool.end()};
});
