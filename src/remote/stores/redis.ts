import {expectFunction, expectOptions, wrongType} from '../../core/index.ts';
import type {ControlStore, StoreMember} from '../store.ts';
import {Hints, type Listener} from './hints.ts';

/** The parts of an ioredis client that this uses. */
export interface IORedisLike {
	eval(script: string, keyCount: number, ...args: (string | number)[]): Promise<unknown>;
	duplicate(options?: object): IORedisLike;
	connect(): Promise<unknown>;
	subscribe(...channels: string[]): Promise<unknown>;
	unsubscribe(...channels: string[]): Promise<unknown>;
	on(event: string, listener: (...args: never[]) => void): unknown;
	disconnect(): void;
	readonly stream?: unknown;
}

/** Options of {@link redisStore}. */
export interface RedisStoreOptions {
	/** The prefix of all keys and channels. Default: `'pausable-signal:'`. */
	readonly prefix?: string | undefined;
}

// KEYS: the document. ARGV: the version known, or ''.
const readScript = `
local version = redis.call('HGET', KEYS[1], 'version') or '0'
if version == ARGV[1] then return false end
local time = redis.call('TIME')
return {version, time[1], time[2], redis.call('HGET', KEYS[1], 'state')}
`;

// KEYS: the document. ARGV: the version expected, the next one, its state, the channel, the name.
const writeScript = `
if (redis.call('HGET', KEYS[1], 'version') or '0') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'state', ARGV[3])
redis.call('PUBLISH', ARGV[4], ARGV[5])
return 1
`;

// Removes the members of the keys named whose lease has run out.
const sweep = (leases: string, statuses: string): string => `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
for _, id in ipairs(redis.call('ZRANGEBYSCORE', ${leases}, '-inf', now)) do
	redis.call('ZREM', ${leases}, id)
	redis.call('HDEL', ${statuses}, id)
end`;

// KEYS: the document, the leases, the statuses. ARGV: the id, its status, the lease in milliseconds.
const reportScript = `${sweep('KEYS[2]', 'KEYS[3]')}
if ARGV[3] == '0' then
	redis.call('ZREM', KEYS[2], ARGV[1])
	redis.call('HDEL', KEYS[3], ARGV[1])
else
	redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[1])
	redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
end
return redis.call('HGET', KEYS[1], 'version') or '0'
`;

// KEYS: the leases, the statuses.
const membersScript = `${sweep('KEYS[1]', 'KEYS[2]')}
return redis.call('HGETALL', KEYS[2])
`;

/**
 * A store in Redis 6 or later, through your ioredis client. It opens one more connection, to listen.
 *
 * The client stays yours: the store does not close it. Documents do not expire; reports do. Use a
 * Redis that evicts nothing. It works with Redis Cluster: all keys of a name are in one slot.
 *
 * Throws a `TypeError` if `client` is not an ioredis client.
 *
 * @example
 * ```ts
 * import {Redis} from 'ioredis';
 * import {redisStore, RemoteController} from 'pausable-signal/remote';
 *
 * const client = new Redis('redis://127.0.0.1:6379', {lazyConnect: true});
 * const crawl = new RemoteController(redisStore(client), 'crawl'); // then await crawl.pause('deploying')
 * crawl.name; // => 'crawl'
 * ```
 */
export function redisStore(client: IORedisLike, options?: RedisStoreOptions): ControlStore {
	for (const method of ['eval', 'duplicate', 'subscribe'] as const)
		expectFunction(`client.${method}`, (client as Partial<IORedisLike> | null)?.[method]);
	expectOptions('options', options);
	const prefix = options?.prefix ?? 'pausable-signal:';
	if (typeof prefix !== 'string') throw wrongType('prefix', 'a string', prefix);
	const key = (name: string, kind: string): string => `${prefix}{${name}}:${kind}`;
	const channel = (name: string): string => key(name, 'hints');
	const hints = new Hints((onHint, onLost) => openListener(client, channel, onHint, onLost));
	return {
		async read(name, since) {
			const found = await client.eval(readScript, 1, key(name, 'document'), since ?? '');
			if (found === null) return undefined;
			const [version, seconds, micros, state] = found as [string, string, string, string | null];
			return {
				version: Number(version),
				now: Number(seconds) * 1000 + Number(micros) / 1000,
				state: state === null ? undefined : (JSON.parse(state) as unknown),
			};
		},
		async write(name, expected, next) {
			const state = JSON.stringify(next.state);
			const args = [expected, next.version, state, channel(name), name];
			return (await client.eval(writeScript, 1, key(name, 'document'), ...args)) === 1;
		},
		async report(name, {id, status, leaseMs}) {
			const keys = [key(name, 'document'), key(name, 'leases'), key(name, 'statuses')];
			const lease = Math.ceil(leaseMs);
			return Number(await client.eval(reportScript, 3, ...keys, id, JSON.stringify(status), lease));
		},
		async members(name) {
			const keys = [key(name, 'leases'), key(name, 'statuses')];
			return pairsOf((await client.eval(membersScript, 2, ...keys)) as string[]);
		},
		async watch(name, onHint) {
			const end = await hints.watch(name, onHint);
			// Redis sends a hint before the answer to the write, and so before any effect of that answer.
			return Object.assign(end, {isListening: () => hints.isListening(name)});
		},
	};
}

function pairsOf(flat: readonly string[]): readonly StoreMember[] {
	const members: StoreMember[] = [];
	for (let at = 0; at < flat.length; at += 2)
		members.push({id: flat[at]!, status: JSON.parse(flat[at + 1]!) as unknown});
	return members;
}

async function openListener(
	client: IORedisLike,
	channel: (name: string) => string,
	onHint: (name: string) => void,
	onLost: () => void,
): Promise<Listener> {
	// The watcher reconnects itself, because hints may come only after it listens again.
	const own = {lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: null, enableOfflineQueue: false};
	const connection = client.duplicate(own);
	connection.on('error', () => {});
	connection.on('message', (_channel: string, name: string) => onHint(name));
	connection.on('close', onLost);
	try {
		await connection.connect();
	} catch (error) {
		connection.disconnect();
		throw error;
	}
	// A connection that only listens keeps no process alive.
	(connection.stream as {unref?(): void} | undefined)?.unref?.();
	return {
		async listen(name) {
			await connection.subscribe(channel(name));
		},
		async unlisten(name) {
			await connection.unsubscribe(channel(name));
		},
		close: () => connection.disconnect(),
	};
}
