// The Node lines that the package promises to work on; the binaries are kept outside the repository.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync} from 'node:fs';
import {homedir} from 'node:os';
import path from 'node:path';

export const lines = ['20.19', '20', '22', '24', '26'];

/** Where things are kept that take long to install. */
export const cache = path.join(
	process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'),
	'pausable-signal',
);

/** @param {string} line */
export function installNode(line) {
	const folder = path.join(cache, `node-${line}`);
	const binary = path.join(folder, 'node_modules/node/bin/node');
	if (!existsSync(binary)) {
		mkdirSync(folder, {recursive: true});
		const options = ['--prefix', folder, '--no-save', '--no-audit', '--no-fund'];
		execFileSync('npm', ['install', ...options, `node@${line}`], {stdio: 'inherit'});
	}
	return binary;
}
