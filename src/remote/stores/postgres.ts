import {expectFunction, expectOptions} from '../../core/index.ts';
import {expectName} from '../document.ts';
import type {ControlStore} from '../store.ts';
import {Hints, type Listener} from './hints.ts';

/** The parts of a pool's client that this uses. */
export interface PgClientLike {
	query(text: string): Promise<unknown>;
	on(event: string, listener: (...args: never[]) => void): unknown;
	release(destroy?: boolean): void;
	unref?(): void;
}

/** The parts of pg's `Pool` that this uses. */
export interface PgPoolLike {
	query(text: string, values?: unknown[]): Promise<{rows: unknown[]}>;
	connect(): Promise<PgClientLike>;
}

/** Options of {@link postgresStore}. */
export interface PostgresStoreOptions {
	/** The schema of the two tables. Default: `'public'`. */
	readonly schema?: string | undefined;
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const tablesOf = (schema: string): {documents: string; members: string} => ({
	documents: `${quote(schema)}.pausable_signal_documents`,
	members: `${quote(schema)}.pausable_signal_members`,
});
const clock = `(extract(epoch FROM clock_timestamp()) * 1000)::float8`;

/**
 * The SQL that creates the tables of {@link postgresStore}, for your migrations. It may run twice.
 *
 * @example
 * ```ts
 * import {postgresStoreMigration} from 'pausable-signal/remote';
 *
 * postgresStoreMigration().includes('pausable_signal_documents'); // => true
 * ```
 */
export function postgresStoreMigration(schema = 'public'): string {
	const {documents, members} = tablesOf(expectName('schema', schema));
	return `
CREATE SCHEMA IF NOT EXISTS ${quote(schema)};
CREATE TABLE IF NOT EXISTS ${documents} (
	name text PRIMARY KEY,
	version bigint NOT NULL,
	state text NOT NULL
);
CREATE TABLE IF NOT EXISTS ${members} (
	name text NOT NULL,
	id text NOT NULL,
	status text NOT NULL,
	ends float8 NOT NULL,
	PRIMARY KEY (name, id)
);
`;
}

/**
 * A store in Postgres 12 or later, through your pool of pg. It keeps one client of the pool, to listen.
 *
 * The pool stays yours: the store does not close it, and releases the listening client after the last
 * follower. Make the tables with {@link postgresStoreMigration} first.
 *
 * Throws a `TypeError` if `pool` is not a pool.
 *
 * @example
 * ```ts
 * import {Pool} from 'pg';
 * import {postgresStore, postgresStoreMigration, RemoteController} from 'pausable-signal/remote';
 *
 * const pool = new Pool({connectionString: 'postgres://127.0.0.1/jobs'});
 * const setUp = () => pool.query(postgresStoreMigration()); // once, with your other migrations
 * const crawl = new RemoteController(postgresStore(pool), 'crawl'); // then await crawl.pause('deploying')
 * crawl.name; // => 'crawl'
 * ```
 */
export function postgresStore(pool: PgPoolLike, options?: PostgresStoreOptions): ControlStore {
	for (const method of ['query', 'connect'] as const)
		expectFunction(`pool.${method}`, (pool as Partial<PgPoolLike> | null)?.[method]);
	expectOptions('options', options);
	const schema = expectName('schema', options?.schema ?? 'public');
	const {documents, members} = tablesOf(schema);
	const channel = `pausable_signal_${schema}`.slice(0, 63);
	const hints = new Hints((onHint, onLost) => openListener(pool, channel, onHint, onLost));
	const rows = async <T>(text: string, values: unknown[]): Promise<readonly T[]> =>
		(await pool.query(text, values)).rows as T[];
	const write = {
		// One statement each, so that Postgres sends the hint with the change or not at all.
		first: `WITH done AS (INSERT INTO ${documents} VALUES ($1, $3, $4) ON CONFLICT DO NOTHING RETURNING 1)
			SELECT pg_notify($5, $1) FROM done WHERE $2::bigint = 0`,
		next: `WITH done AS (UPDATE ${documents} SET version = $3, state = $4
			WHERE name = $1 AND version = $2 RETURNING 1) SELECT pg_notify($5, $1) FROM done`,
	};
	const versionOf = `coalesce((SELECT version FROM ${documents} WHERE name = $1), 0)::float8 AS version`;
	return {
		async read(name, since) {
			const text = `SELECT ${clock} AS now, ${versionOf}, (SELECT state FROM ${documents}
				WHERE name = $1 AND version IS DISTINCT FROM $2) AS state`;
			type Row = {now: number; version: number; state: string | null};
			const [row] = await rows<Row>(text, [name, since ?? null]);
			if (row === undefined || row.version === since) return undefined;
			const state: unknown = row.state === null ? undefined : JSON.parse(row.state);
			return {version: row.version, now: row.now, state};
		},
		async write(name, expected, next) {
			const text = expected === 0 ? write.first : write.next;
			const values = [name, expected, next.version, JSON.stringify(next.state), channel];
			return (await rows(text, values)).length > 0;
		},
		async report(name, {id, status, leaseMs}) {
			const text =
				leaseMs === 0
					? `WITH done AS (DELETE FROM ${members} WHERE name = $1 AND id = $2) SELECT ${versionOf}`
					: `WITH done AS (INSERT INTO ${members} VALUES ($1, $2, $3, ${clock} + $4::float8)
						ON CONFLICT (name, id) DO UPDATE SET status = excluded.status, ends = excluded.ends)
						SELECT ${versionOf}`;
			const values = leaseMs === 0 ? [name, id] : [name, id, JSON.stringify(status), leaseMs];
			const [row] = await rows<{version: number}>(text, values);
			return row!.version;
		},
		async members(name) {
			const text = `WITH ended AS (DELETE FROM ${members} WHERE name = $1 AND ends <= ${clock})
				SELECT id, status FROM ${members} WHERE name = $1 AND ends > ${clock}`;
			const found = await rows<{id: string; status: string}>(text, [name]);
			return found.map(({id, status}) => ({id, status: JSON.parse(status) as unknown}));
		},
		watch: (name, onHint) => hints.watch(name, onHint),
	};
}

async function openListener(
	pool: PgPoolLike,
	channel: string,
	onHint: (name: string) => void,
	onLost: () => void,
): Promise<Listener> {
	const client = await pool.connect();
	const lost = (): void => onLost();
	client.on('error', lost);
	client.on('end', lost);
	client.on('notification', ({channel: of, payload}: {channel: string; payload?: string}) => {
		if (of === channel) onHint(payload ?? '');
	});
	try {
		await client.query(`LISTEN ${quote(channel)}`);
		// A connection that only listens keeps no process alive; one that begins to must, as its process waits for it.
		client.unref?.();
	} catch (error) {
		// Otherwise its pool would wait for it forever.
		client.release(true);
		throw error;
	}
	return {
		// All names come on one channel.
		listen: async () => {},
		unlisten: async () => {},
		// It must not go back into the pool, because it still listens.
		close: () => client.release(true),
	};
}
