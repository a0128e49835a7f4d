import {abortable} from '../flow/index.ts';
import {
	type ControlStore,
	type IORedisLike,
	type PgPoolLike,
	postgresStore,
	redisStore,
} from '../remote/index.ts';

/** A store in the queue's own database, over its backend's connection. Its calls reject once `cut` aborts. */
export function storeOf(backend: object, cut: AbortSignal): ControlStore {
	const {client, connection} = backend as {client?: Promise<IORedisLike>; connection?: PgConnection};
	if (connection?.pool !== undefined) {
		const {pool, schema = 'public'} = connection;
		return later(Promise.resolve(postgresStore(pool, {schema})), cut);
	}
	if (client === undefined)
		throw new TypeError(`store: expected a ControlStore, as this backend is neither Redis nor Postgres`);
	return later(
		client.then((ready) => redisStore(ready)),
		cut,
	);
}

interface PgConnection {
	readonly pool?: PgPoolLike;
	readonly schema?: string;
}

function later(store: Promise<ControlStore>, cut: AbortSignal): ControlStore {
	store.catch(() => {});
	const call = <T>(use: (store: ControlStore) => Promise<T>): Promise<T> => abortable(cut, store.then(use));
	return {
		read: (...args) => call((ready) => ready.read(...args)),
		write: (...args) => call((ready) => ready.write(...args)),
		report: (...args) => call((ready) => ready.report(...args)),
		members: (...args) => call((ready) => ready.members(...args)),
		watch: (...args) => call((ready) => ready.watch(...args)),
	};
}
