// The tests that need a server: `tests/**/*.redis.ts` or `tests/**/*.postgres.ts`. Each starts its own,
// on the loopback. `--full` runs the long forms; all else is handed to Jest.
import {runNode} from './run.js';

const [kind, ...rest] = process.argv.slice(2);
const options = rest.filter((option) => option !== '--full');
if (rest.includes('--full')) process.env.FLEET_FULL = '1';
process.exitCode = runNode([
	'--expose-gc',
	'--experimental-vm-modules',
	'--disable-warning=ExperimentalWarning',
	'node_modules/jest/bin/jest.js',
	`--testMatch=<rootDir>/tests/**/*.${kind}.ts`,
	'--runInBand',
	// The long forms take their time, and so does a machine that has other work.
	`--testTimeout=${rest.includes('--full') ? 900_000 : 180_000}`,
	// A client that a failed test left open connects for ever: what is open is told, and must not hang the run.
	'--forceExit',
	...options,
]);
