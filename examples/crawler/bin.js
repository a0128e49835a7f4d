#!/usr/bin/env node
// The program without a build step, from any folder.
import * as nodeModule from 'node:module';
import process from 'node:process';
import {fileURLToPath} from 'node:url';

const root = new URL('../../', import.meta.url);

// From Node 24 on no loader is needed: Node takes the types away, and keeps the result for the next time.
if (Number.parseInt(process.versions.node, 10) >= 24 && process.features.typescript) {
	nodeModule.enableCompileCache();
	nodeModule.registerHooks({resolve: (specifier, context, next) => next(sourceOf(specifier), context)});
} else {
	const {register} = await import('tsx/esm/api');
	// It says where the sources of pausable-signal are.
	register({tsconfig: fileURLToPath(new URL('tsconfig.json', root))});
}
await import('./main.ts');

/** @param {string} specifier */
function sourceOf(specifier) {
	const [, name] = /^pausable-signal(\/\w+)?$/.exec(specifier) ?? [];
	const isOurs = name !== undefined || specifier === 'pausable-signal';
	return isOurs ? new URL(`src${name ?? ''}/index.ts`, root).href : specifier;
}
