import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import path from 'node:path';
import {cache} from './cache.ts';

const wanted = 24;

/** This Node, or the newer one that `npm run test:nodes` has left: the targets are for Node 24 and later. */
export function nodeToMeasure(): string {
	if (Number.parseInt(process.versions.node, 10) >= wanted) return process.execPath;
	const other = path.join(cache, `node-${wanted}/node_modules/node/bin/node`);
	return existsSync(other) ? other : process.execPath;
}

export function versionOf(node: string): string {
	return execFileSync(node, ['--version'], {encoding: 'utf8'}).trim();
}
