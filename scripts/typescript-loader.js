// Lets the worker threads of tests load TypeScript on a Node that does not strip types on its own.
// To be given to a worker as `--import`; Jest's transforms do not reach into workers.
import {register} from 'node:module';
import process from 'node:process';

if (!process.features.typescript) register('./typescript-hooks.js', import.meta.url);
