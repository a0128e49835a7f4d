import process from 'node:process';
import {run} from './app.ts';

process.exitCode = await run(process.argv.slice(2), process);
