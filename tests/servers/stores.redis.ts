import {afterAll, beforeAll} from '@jest/globals';
import {Redis} from 'ioredis';
import {redisStore} from 'pausable-signal/remote';
import {storeContract} from '../remote/contract.ts';
import {RedisServer} from './servers.ts';

let server: RedisServer;
beforeAll(async () => {
	server = await RedisServer.create();
});
afterAll(() => server[Symbol.asyncDispose]());

storeContract('redisStore', async () => {
	const clients: Redis[] = [];
	return {
		store() {
			const client = new Redis(server.url);
			clients.push(client);
			return redisStore(client, {prefix: 'test:'});
		},
		async close() {
			for (const client of clients) client.disconnect();
		},
	};
});
