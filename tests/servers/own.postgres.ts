import {ownContract} from '../bullmq/own.ts';
import {postgresEngine} from './engines.ts';

ownContract('BullMQ on Postgres', postgresEngine);
