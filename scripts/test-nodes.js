// Runs the whole suite on every Node line that the package promises to work on.
// `npm run test:nodes -- 22 24` runs some of them.
import {execFileSync} from 'node:child_process';
import {installNode, lines} from './node-lines.js';
import {runNode} from './run.js';

const flags = ['--expose-gc', '--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];

const wanted = process.argv.slice(2);
const failed = [];
for (const line of wanted.length > 0 ? wanted : lines) {
	const node = installNode(line);
	console.log(`\n== Node ${execFileSync(node, ['--version']).toString().trim()}`);
	const code = runNode([...flags, 'node_modules/jest/bin/jest.js'], node);
	if (code !== 0) failed.push(line);
}
console.log(failed.length === 0 ? '\nEvery Node passed.' : `\nFailed on Node ${failed.join(', ')}.`);
process.exitCode = failed.length === 0 ? 0 : 1;
