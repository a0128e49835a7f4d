import process from 'node:process';
import {run} from './app.ts';
import {dropOvercoded} from './engine/codings.ts';

dropOvercoded();
process.exitCode = await run(process.argv.slice(2), process);
