import type {Redis} from 'ioredis';
import {type Frontier, type HostCounts, type PageOfHost, placed, type Visited} from './frontier.ts';

// Each change is one script, which Redis runs as a whole or not at all. KEYS[1] is what all keys begin with.
//
// origins       a set of those that are open       hosts         a set of all that were met
// seen:HOST     a set of URLs                      waiting:HOST  a list of them, whose turn it is first
// pages:HOST    a hash, URL to JSON                counts:HOST   a hash, how many ended in which way
// delays        a hash, URL to how often it was put off
const common = `
local function key(kind, host) return KEYS[1] .. kind .. ':' .. host end
local function add(links)
	for _, link in ipairs(links) do
		local isOpen = redis.call('SISMEMBER', KEYS[1] .. 'origins', link.origin) == 1
		if isOpen and redis.call('SADD', key('seen', link.host), link.url) == 1 then
			redis.call('SADD', KEYS[1] .. 'hosts', link.host)
			redis.call('RPUSH', key('waiting', link.host), link.url)
		end
	end
end
`;

// ARGV: the links.
const addSeeds = `${common}
local links = cjson.decode(ARGV[1])
for _, link in ipairs(links) do redis.call('SADD', KEYS[1] .. 'origins', link.origin) end
add(links)
`;

// ARGV: host, URL.
const putOff = `${common}
if redis.call('LREM', key('waiting', ARGV[1]), 1, ARGV[2]) == 0 then return 0 end
redis.call('RPUSH', key('waiting', ARGV[1]), ARGV[2])
return redis.call('HINCRBY', KEYS[1] .. 'delays', ARGV[2], 1)
`;

// ARGV: host, URL, how it ended, all of that, the links.
const settle = `${common}
if redis.call('LREM', key('waiting', ARGV[1]), 1, ARGV[2]) == 0 then return end
redis.call('HSET', key('pages', ARGV[1]), ARGV[2], ARGV[4])
redis.call('HINCRBY', key('counts', ARGV[1]), ARGV[3], 1)
redis.call('HDEL', KEYS[1] .. 'delays', ARGV[2])
add(cjson.decode(ARGV[5]))
`;

// ARGV: host. Drops a part: a script stops everybody else, and a host may have millions.
const drop = `${common}
for _, scheme in ipairs({'http://', 'https://'}) do
	redis.call('SREM', KEYS[1] .. 'origins', scheme .. ARGV[1])
end
local urls = redis.call('LRANGE', key('waiting', ARGV[1]), 0, 999)
if #urls == 0 then return 0 end
redis.call('LTRIM', key('waiting', ARGV[1]), #urls, -1)
redis.call('SREM', key('seen', ARGV[1]), unpack(urls))
redis.call('HDEL', KEYS[1] .. 'delays', unpack(urls))
return #urls
`;

/** For processes of any machines. */
export class RedisFrontier implements Frontier {
	readonly #client: Redis;
	readonly #prefix: string;

	constructor(client: Redis, name: string) {
		this.#client = client;
		// The braces keep all keys on one node of a cluster.
		this.#prefix = `{fleet:${name}}:`;
	}

	async addSeeds(urls: readonly string[]): Promise<void> {
		await this.#run(addSeeds, JSON.stringify(urls.map(placed)));
	}

	async first(host: string): Promise<string | undefined> {
		return (await this.#client.lindex(this.#key('waiting', host), 0)) ?? undefined;
	}

	async putOff(url: string): Promise<number> {
		return Number(await this.#run(putOff, placed(url).host, url));
	}

	async settle(url: string, visited: Visited, links: readonly string[]): Promise<void> {
		const {host} = placed(url);
		const [record, found] = [JSON.stringify(visited), JSON.stringify(links.map(placed))];
		await this.#run(settle, host, url, visited.ending, record, found);
	}

	async drop(host?: string): Promise<number> {
		const hosts = host === undefined ? await this.#names() : [host];
		let dropped = 0;
		for (const one of hosts) {
			for (let part = -1; part !== 0; dropped += part) part = Number(await this.#run(drop, one));
		}
		return dropped;
	}

	async clear(): Promise<void> {
		const kinds = ['seen', 'waiting', 'pages', 'counts'];
		for (const host of await this.#names())
			await this.#client.unlink(...kinds.map((kind) => this.#key(kind, host)));
		await this.#client.unlink(...['origins', 'hosts', 'delays'].map((name) => this.#prefix + name));
	}

	async hosts(): Promise<readonly HostCounts[]> {
		return Promise.all((await this.#names()).map((host) => this.#countsOf(host)));
	}

	async #names(): Promise<string[]> {
		return (await this.#client.smembers(`${this.#prefix}hosts`)).toSorted();
	}

	async #countsOf(host: string): Promise<HostCounts> {
		const [waiting, counts] = await Promise.all([
			this.#client.llen(this.#key('waiting', host)),
			this.#client.hgetall(this.#key('counts', host)),
		]);
		const of = (ending: Visited['ending']): number => Number(counts[ending] ?? 0);
		const [page, redirect, skipped, failed] = [of('page'), of('redirect'), of('skipped'), of('failed')];
		return {host, waiting, page, redirect, skipped, failed};
	}

	async pages(host: string): Promise<readonly PageOfHost[]> {
		const pages = await this.#client.hgetall(this.#key('pages', host));
		const records = Object.entries(pages).map(([url, json]) => ({url, ...(JSON.parse(json) as Visited)}));
		return records.toSorted((one, other) => (one.url < other.url ? -1 : 1));
	}

	#key(kind: string, host: string): string {
		return `${this.#prefix}${kind}:${host}`;
	}

	#run(script: string, ...args: string[]): Promise<unknown> {
		return this.#client.eval(script, 1, this.#prefix, ...args);
	}
}
