// Strips the types of bench/ ahead of time: a loader that stays in the process would be measured with the rest.
// The library itself is not bundled: 'pausable-signal' is the dist that users get.
import {rmSync} from 'node:fs';
import {build} from 'esbuild';
import {runNode} from './run.js';

const outdir = 'build/bench';
rmSync(outdir, {recursive: true, force: true});
await build({
	// The last two are what worker threads load.
	entryPoints: ['bench/index.ts', 'bench/thread-loops.ts', 'bench/thread-echo.ts'],
	outdir,
	bundle: true,
	packages: 'external',
	// Without this the paths of tsconfig.json would pull src into the bundle.
	tsconfigRaw: {compilerOptions: {target: 'ES2022'}},
	platform: 'node',
	format: 'esm',
	target: 'node20',
	sourcemap: true,
});
process.exitCode = runNode(['--expose-gc', `${outdir}/index.js`, ...process.argv.slice(2)]);
