#!/usr/bin/env node
// The program without a build step, from any folder.
import {fileURLToPath} from 'node:url';
import {register} from 'tsx/esm/api';

// It says where the sources of pausable-signal are.
register({tsconfig: fileURLToPath(new URL('../../tsconfig.json', import.meta.url))});
await import('./main.ts');
