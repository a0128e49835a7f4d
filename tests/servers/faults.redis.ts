import {Redis} from 'ioredis';
import {redisStore} from 'pausable-signal/remote';
import {type Client, fleetFaults} from './faults.ts';
import {RedisServer} from './servers.ts';

fleetFaults('Redis', async () => {
	const server = await RedisServer.create();
	const admin = new Redis(server.url);
	admin.on('error', () => {});
	const redis = new Map<Client, Redis>();
	return {
		client() {
			const connection = new Redis(server.url, {maxRetriesPerRequest: null});
			connection.on('error', () => {});
			const client = {
				store: redisStore(connection),
				async close() {
					connection.disconnect();
				},
			};
			redis.set(client, connection);
			return client;
		},
		killListeners: () => admin.client('KILL', 'TYPE', 'PUBSUB'),
		async killAllBut(client) {
			const kept = await redis.get(client)!.client('ID');
			const all = (await admin.client('LIST')) as string;
			const own = await admin.client('ID');
			for (const [, id] of all.matchAll(/^id=(\d+)/gm))
				if (![Number(kept), Number(own)].includes(Number(id))) await admin.call('CLIENT', 'KILL', 'ID', id!);
		},
		freeze: () => server.freeze(),
		thaw: () => server.thaw(),
		crash: (options) => server.crash(options),
		restart: () => server.start(),
		canLoseData: true,
		async close() {
			admin.disconnect();
			await server[Symbol.asyncDispose]();
		},
	};
});
