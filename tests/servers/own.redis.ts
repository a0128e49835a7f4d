import {ownContract} from '../bullmq/own.ts';
import {RedisServer} from './servers.ts';

ownContract('BullMQ on Redis', async () => {
	const server = await RedisServer.create();
	return {
		connection: {host: '127.0.0.1', port: server.port, maxRetriesPerRequest: null},
		locksExpire: true,
		close: () => server[Symbol.asyncDispose](),
	};
});
