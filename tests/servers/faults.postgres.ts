import {Client as PgClient, Pool} from 'pg';
import {postgresStore, postgresStoreMigration} from 'pausable-signal/remote';
import {type Client, fleetFaults} from './faults.ts';
import {PostgresServer} from './servers.ts';

fleetFaults('Postgres', async () => {
	const server = await PostgresServer.create();
	const ask = async (text: string): Promise<void> => {
		const admin = new PgClient({connectionString: server.url, application_name: 'admin'});
		admin.on('error', () => {});
		await admin.connect();
		await admin.query(text);
		await admin.end();
	};
	await ask(postgresStoreMigration());
	const names = new Map<Client, string>();
	const kill = (which: string): Promise<void> =>
		ask(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE pid <> pg_backend_pid() AND backend_type = 'client backend' AND ${which}`);
	return {
		client() {
			const name = `client ${names.size}`;
			const pool = new Pool({connectionString: server.url, application_name: name, max: 3});
			pool.on('error', () => {});
			const client = {store: postgresStore(pool), close: () => pool.end()};
			names.set(client, name);
			return client;
		},
		killListeners: () => kill(`query LIKE 'LISTEN%'`),
		killAllBut: (client) => kill(`application_name <> '${names.get(client)}'`),
		freeze: () => server.freeze(),
		thaw: () => server.thaw(),
		crash: () => server.stop('SIGQUIT'),
		restart: () => server.start(),
		canLoseData: false,
		async close() {
			await server[Symbol.asyncDispose]();
		},
	};
});
