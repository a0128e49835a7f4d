// Module hooks of the runner: Jest's globals come from globals.js, and the package from its sources.
import {pathToFileURL} from 'node:url';
import {sandbox} from './sandbox.js';

const globals = new URL('globals.js', import.meta.url).href;
const root = pathToFileURL(`${sandbox}/`).href;

/**
 * @param {string} specifier
 * @param {{parentURL?: string}} context
 * @param {(specifier: string, context: object) => Promise<{url: string}>} next
 */
export async function resolve(specifier, context, next) {
	if (specifier === '@jest/globals') return {url: globals, shortCircuit: true};
	if (/^pausable-signal(\/\w+)?$/.test(specifier))
		return {url: `${specifier.replace('pausable-signal', `${root}src`)}/index.ts`, shortCircuit: true};
	const resolved = await next(specifier, context);
	// Each test file has its own copy of the helpers beside it, as in Jest: they hold hooks and state.
	if (resolved.url.startsWith(`${root}tests/`) && !resolved.url.includes('?'))
		resolved.url += new URL(context.parentURL ?? root).search;
	return resolved;
}
