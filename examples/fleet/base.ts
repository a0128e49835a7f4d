import {existsSync} from 'node:fs';
import {mkdir} from 'node:fs/promises';
import path from 'node:path';
import {type BackendFactory, type ConnectionOptions, createPostgresBackend, runMigrations} from 'bullmq';
import {Redis} from 'ioredis';
import {abortable} from 'pausable-signal';
import {type ControlStore, fileStore, redisStore} from 'pausable-signal/remote';
import {CrawlError, wordsOf} from '../crawler/engine/errors.ts';
import {lockFolder} from '../crawler/engine/lock.ts';
import type {Frontier} from './frontier.ts';
import {RedisFrontier} from './frontier-redis.ts';
import {SqliteFrontier, sqliteFile} from './frontier-sqlite.ts';
import {PGlitePool} from './pglite-pool.ts';
import {serverOf} from './words.ts';

/** Where BullMQ keeps its jobs. */
export interface Engine {
	readonly connection: ConnectionOptions;
	readonly backend: BackendFactory | undefined;
}

/** What all processes of a crawl share: its URLs, its orders, its jobs. */
export interface Base extends AsyncDisposable {
	readonly frontier: Frontier;
	readonly orders: ControlStore;
	/** Only those that work need it. */
	engine(): Promise<Engine>;
}

export interface BaseOptions {
	/** The crawl's name: several may share a Redis. */
	readonly name: string;
	/** Without one, all is in one process and a folder. */
	readonly redis: string | undefined;
	readonly dir: string;
}

/** Rejects with a {@link CrawlError} when Redis is not to be reached. */
export function openBase({name, redis, dir}: BaseOptions): Promise<Base> {
	return redis === undefined ? openFolder(dir) : openRedis(redis, name);
}

/** Rejects with a {@link CrawlError} where there is no crawl to give orders to. */
export async function openKnownBase(options: BaseOptions): Promise<Base> {
	const {redis, dir} = options;
	if (redis === undefined && !existsSync(path.join(dir, sqliteFile)))
		throw new CrawlError(`${dir} holds no crawl. One on Redis is named by --redis URL`);
	return openBase(options);
}

async function openRedis(url: string, name: string): Promise<Base> {
	const client = await connect(url);
	return {
		frontier: new RedisFrontier(client, name),
		orders: redisStore(client),
		engine: async () => ({connection: client as object, backend: undefined}),
		[Symbol.asyncDispose]: async () => client.disconnect(),
	};
}

// Something else may listen at that port, and never answer.
const patienceMs = 5000;

async function connect(url: string): Promise<Redis> {
	let isOpen = false;
	let trouble: NodeJS.ErrnoException | undefined;
	// The first connection fails at once; one that is lost later is replaced.
	const retryStrategy = (times: number): number | null => (isOpen ? Math.min(50 * times, 2000) : null);
	const client = new Redis(url, {lazyConnect: true, maxRetriesPerRequest: null, retryStrategy});
	client.on('error', (error) => (trouble = error));
	const timeout = AbortSignal.timeout(patienceMs);
	try {
		await abortable(timeout, client.connect());
		isOpen = true;
		return client;
	} catch (error) {
		if (client.status !== 'end') client.disconnect();
		const why = timeout.aborted ? 'no answer' : String(trouble?.code ?? wordsOf(trouble ?? error));
		throw new CrawlError(`cannot reach Redis at ${serverOf(url)}: ${why}`);
	}
}

async function openFolder(dir: string): Promise<Base> {
	await mkdir(dir, {recursive: true});
	const frontier = new SqliteFrontier(dir);
	const closers: (() => Promise<void> | void)[] = [() => frontier[Symbol.dispose]()];
	return {
		frontier,
		orders: fileStore(path.join(dir, 'orders')),
		async engine() {
			const lock = lockFolder(dir);
			closers.push(() => lock[Symbol.dispose]());
			const {engine, close} = await startPGlite();
			closers.push(close);
			return engine;
		},
		async [Symbol.asyncDispose]() {
			for (const close of closers.toReversed()) await close();
		},
	};
}

/** In memory: the jobs of a process that dies are made anew from the URLs that wait. */
async function startPGlite(): Promise<{engine: Engine; close: () => Promise<void>}> {
	const {PGlite} = await import('@electric-sql/pglite');
	const db = await PGlite.create();
	const pool = new PGlitePool(db);
	await runMigrations(await pool.connect());
	await pool.query('SET search_path TO bullmq');
	const backend = createPostgresBackend as unknown as BackendFactory;
	return {engine: {connection: pool, backend}, close: () => db.close()};
}
