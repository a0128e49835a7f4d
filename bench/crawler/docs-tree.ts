import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, renameSync, rmSync} from 'node:fs';
import path from 'node:path';
import {cache} from './cache.ts';

export interface DocsTree {
	/** What a web server would serve. */
	readonly folder: string;
	/** Where a crawl starts, below the folder. */
	readonly start: string;
	readonly name: string;
}

/** The HTML of a Debian documentation package. It is downloaded once, and not installed. */
export function docsTree(name: string): DocsTree {
	const folder = path.join(cache, 'debian-docs', name);
	if (!existsSync(folder)) unpack(name, folder);
	const start = readdirSync(folder, {recursive: true, encoding: 'utf8'})
		.filter((file) => path.basename(file) === 'index.html')
		.toSorted((one, other) => depthOf(one) - depthOf(other))
		.at(0);
	if (start === undefined) throw new Error(`${name} has no index.html`);
	return {folder, start: `/${start}`, name};
}

function depthOf(file: string): number {
	return file.split(path.sep).length;
}

function unpack(name: string, folder: string): void {
	const part = `${folder}.part`;
	rmSync(part, {recursive: true, force: true});
	mkdirSync(part, {recursive: true});
	run('apt-get', ['download', name], part);
	const file = readdirSync(part).find((entry) => entry.endsWith('.deb')) ?? '';
	run('dpkg-deb', ['-x', file, 'files'], part);
	// Only what is whole gets the name.
	renameSync(path.join(part, 'files'), folder);
	rmSync(part, {recursive: true});
}

function run(command: string, args: readonly string[], cwd: string): void {
	const {status, stderr, error} = spawnSync(command, args, {cwd, encoding: 'utf8'});
	if (error !== undefined)
		throw new Error(`expected ${command}: the pages come from a package of Debian`, {cause: error});
	if (status !== 0)
		throw new Error(`${command} ${args.join(' ')} failed (--package names another):\n${stderr}`);
}
