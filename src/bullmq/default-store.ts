import {
	type ControlStore,
	type IORedisLike,
	type PgPoolLike,
	postgresStore,
	redisStore,
} from '../remote/index.ts';

/** A store where the queue is, on the connection that its backend has. */
export function storeOf(backend: object): ControlStore {
	const {client, connection} = backend as {client?: Promise<IORedisLike>; connection?: PgConnection};
	if (connection?.pool !== undefined)
		return postgresStore(connection.pool, {schema: connection.schema ?? 'public'});
	if (client === undefined)
		throw new TypeError(`store: expected a ControlStore, as this backend is neither Redis nor Postgres`);
	return later(client.then((ready) => redisStore(ready)));
}

interface PgConnection {
	readonly pool?: PgPoolLike;
	readonly schema?: string;
}

function later(store: Promise<ControlStore>): ControlStore {
	store.catch(() => {});
	return {
		read: async (...args) => (await store).read(...args),
		write: async (...args) => (await store).write(...args),
		report: async (...args) => (await store).report(...args),
		members: async (...args) => (await store).members(...args),
		watch: async (...args) => (await store).watch(...args),
	};
}
