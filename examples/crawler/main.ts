import process from 'node:process';
import type {Writable} from 'node:stream';
import {run} from './app.ts';
import {dropOvercoded} from './engine/codings.ts';

dropOvercoded();
const code = await run(process.argv.slice(2), process);
await Promise.all([process.stdout, process.stderr].map(written));
// Fetch keeps the connections of bodies that it throws away, as of a 407 or a 205: a server that never ends one would
// keep this process from ending.
process.exit(code);

function written(stream: Writable): Promise<void> {
	return new Promise((resolve) => stream.write('', () => resolve()));
}
