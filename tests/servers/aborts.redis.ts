import {Redis} from 'ioredis';
import {redisStore} from 'pausable-signal/remote';
import {abortContract} from './aborts.ts';
import {redisEngine} from './engines.ts';

abortContract('BullMQ on Redis', redisEngine, ({connection}) => {
	const client = new Redis(connection);
	return {store: () => redisStore(client), close: async () => client.disconnect()};
});
