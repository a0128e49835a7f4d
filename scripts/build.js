// Builds dist from nothing, so that no file of an earlier build is published.
import {rmSync} from 'node:fs';
import {runNode} from './run.js';

rmSync('dist', {recursive: true, force: true});
process.exitCode = runNode(['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']);
