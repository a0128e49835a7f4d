import {queueContract} from '../bullmq/contract.ts';
import {postgresEngine} from './engines.ts';

queueContract('BullMQ on Postgres', postgresEngine);
