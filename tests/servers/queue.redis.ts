import {queueContract} from '../bullmq/contract.ts';
import {redisEngine} from './engines.ts';

queueContract('BullMQ on Redis', redisEngine);
