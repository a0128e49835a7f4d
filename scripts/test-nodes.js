// Runs the whole suite on every Node line that the package promises to work on.
// `npm run test:nodes -- 22 24` runs some of them; the binaries are kept outside the repository.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync} from 'node:fs';
import {homedir} from 'node:os';
import path from 'node:path';
import {runNode} from './run.js';

const lines = ['20.19', '20', '22', '24', '26'];
const flags = ['--expose-gc', '--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'pausable-signal');

/** @param {string} line */
function install(line) {
	const folder = path.join(cache, `node-${line}`);
	const binary = path.join(folder, 'node_modules/node/bin/node');
	if (!existsSync(binary)) {
		mkdirSync(folder, {recursive: true});
		execFileSync(
			'npm',
			['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', `node@${line}`],
			{
				stdio: 'inherit',
			},
		);
	}
	return binary;
}

const wanted = process.argv.slice(2);
const failed = [];
for (const line of wanted.length > 0 ? wanted : lines) {
	const node = install(line);
	console.log(`\n== Node ${execFileSync(node, ['--version']).toString().trim()}`);
	const code = runNode([...flags, 'node_modules/jest/bin/jest.js'], node);
	if (code !== 0) failed.push(line);
}
console.log(failed.length === 0 ? '\nEvery Node passed.' : `\nFailed on Node ${failed.join(', ')}.`);
process.exitCode = failed.length === 0 ? 0 : 1;
