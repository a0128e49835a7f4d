import {ownContract} from '../bullmq/own.ts';
import {redisEngine} from './engines.ts';

ownContract('BullMQ on Redis', redisEngine);
