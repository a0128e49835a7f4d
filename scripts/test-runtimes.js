// Runs tests/runtimes on Deno and Bun, whose binaries are kept outside the repository. Chromium is in the
// suite, and every Node in `npm run test:nodes`.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync} from 'node:fs';
import {homedir} from 'node:os';
import path from 'node:path';
import {buildSync} from 'esbuild';

const runtimes = [
	['deno', 'run', '--allow-all', '--v8-flags=--expose-gc'],
	['bun', 'run'],
];
const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'pausable-signal');
const outdir = 'build/runtimes';

buildSync({
	entryPoints: {
		main: 'tests/runtimes/main.ts',
		threads: 'tests/runtimes/threads-main.ts',
		// What a worker loads: copies of the library of their own.
		loops: 'tests/runtimes/jobs/loops.ts',
		entry: 'src/thread/entry.ts',
	},
	outdir,
	bundle: true,
	format: 'esm',
	platform: 'neutral',
	mainFields: ['module', 'main'],
	conditions: ['import'],
	external: ['node:*'],
	target: 'es2022',
});
let failed = false;
for (const [name, ...args] of runtimes) {
	const folder = path.join(cache, name);
	const binary = path.join(folder, 'node_modules/.bin', name);
	if (!existsSync(binary)) {
		mkdirSync(folder, {recursive: true});
		const options = ['--prefix', folder, '--no-save', '--no-audit', '--no-fund'];
		execFileSync('npm', ['install', ...options, name], {stdio: 'inherit'});
	}
	console.log(`\n== ${name} ${execFileSync(binary, ['--version']).toString().trim()}`);
	for (const file of ['main', 'threads']) {
		try {
			execFileSync(binary, [...args, `${outdir}/${file}.js`], {stdio: 'inherit', timeout: 60_000});
		} catch {
			failed = true;
		}
	}
}
process.exitCode = failed ? 1 : 0;
