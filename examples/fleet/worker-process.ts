// A process of the crew, started by crew.ts.
import process from 'node:process';
import {dropOvercoded} from '../crawler/engine/codings.ts';
import {openBase} from './base.ts';
import type {CrewOptions, FromWorker} from './crew.ts';
import {FleetWorker} from './worker.ts';

const tell = (message: FromWorker): void => {
	if (process.connected) process.send?.(message, () => {});
};
// Ctrl-C reaches the whole group; the process that started this one closes it.
process.on('SIGINT', () => {});
const starterIsGone = new Promise<void>((resolve) => process.once('disconnect', resolve));

dropOvercoded();
const options = JSON.parse(process.argv[2] ?? '') as CrewOptions;
await using base = await openBase(options);
const worker = await FleetWorker.start(base, options, (complaint) => tell({complaint}));
tell({ready: true});
await starterIsGone;
await worker.close();
