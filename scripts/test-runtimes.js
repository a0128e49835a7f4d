// Runs tests/runtimes on every runtime that the package promises to work on, and writes the table of
// docs/runtimes.md. `npm run test:runtimes -- node-24 deno` runs some of them, and writes nothing. What is missing
// here is installed outside the repository; Firefox is Debian's.
import {execFileSync, spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {buildSync} from 'esbuild';
import {tableOf, writeMade} from './made-table.js';
import {cache, installNode, lines} from './node-lines.js';

const outdir = 'build/runtimes';

/**
 * How a runtime is started with one of the bundles, as a command and its arguments. Without `version`, the first
 * line of its output tells.
 *
 * @typedef {{name: string, version?: string, runs: (readonly [string, ...string[]])[]}} Runtime
 */

/** @param {string} name @param {string} from a package and its version */
function installed(name, from) {
	const folder = path.join(cache, name);
	if (!existsSync(path.join(folder, 'node_modules', name))) {
		mkdirSync(folder, {recursive: true});
		const options = ['--prefix', folder, '--no-save', '--no-audit', '--no-fund'];
		execFileSync('npm', ['install', ...options, from], {stdio: 'inherit'});
	}
	return folder;
}

/** @param {readonly [string, ...string[]]} command */
const both = (command) => ['main', 'threads'].map((file) => [...command, `${outdir}/${file}.js`]);

/** @param {string} line @returns {Runtime} */
function node(line) {
	const binary = installNode(line);
	return {name: 'Node', version: versionOf(binary), runs: both([binary, '--expose-gc'])};
}

/** @param {string} name @param {string} title @param {readonly string[]} args @returns {Runtime} */
function packaged(name, title, args) {
	const binary = path.join(installed(name, name), 'node_modules/.bin', name);
	return {name: title, version: versionOf(binary), runs: both([binary, ...args])};
}

/** @param {string} kind @param {string} title @param {readonly string[]} binaries of Debian @returns {Runtime} */
function browser(kind, title, binaries) {
	const found = binaries.find((binary) => existsSync(binary));
	if (!found && kind === 'firefox') throw new Error('No Firefox: apt-get install firefox-esr');
	return {
		name: title,
		runs: [[process.execPath, `${outdir}/browser-main.js`, kind, ...(found ? [found] : [])]],
	};
}

/** @param {string} name @returns {Runtime} */
function dom(name) {
	const folder = installed(name, name);
	const {version} = JSON.parse(readFileSync(path.join(folder, 'node_modules', name, 'package.json'), 'utf8'));
	// The newest of them ask for a newer Node than we do.
	const run = [installNode('24'), '--expose-gc', `${outdir}/dom-main.js`, name, folder];
	return {name, version, runs: [run]};
}

/** @type {Record<string, () => Runtime>} */
const runtimes = {
	...Object.fromEntries(lines.map((line) => [`node-${line}`, () => node(line)])),
	deno: () => packaged('deno', 'Deno', ['run', '--allow-all', '--v8-flags=--expose-gc']),
	bun: () => packaged('bun', 'Bun', ['run']),
	chromium: () => browser('chrome', 'Chromium', ['/usr/bin/chromium']),
	firefox: () => browser('firefox', 'Firefox', ['/usr/bin/firefox-esr', '/usr/bin/firefox']),
	jsdom: () => dom('jsdom'),
	'happy-dom': () => dom('happy-dom'),
};

/** @param {string} binary */
function versionOf(binary) {
	return /\d+\.\d+\.\d+/.exec(execFileSync(binary, ['--version']).toString())[0];
}

function bundle() {
	const common = {outdir, bundle: true, format: 'esm', target: 'es2022', external: ['node:*']};
	buildSync({
		...common,
		entryPoints: {
			main: 'tests/runtimes/main.ts',
			threads: 'tests/runtimes/threads-main.ts',
			// What a worker loads: copies of the library of their own.
			loops: 'tests/runtimes/jobs/loops.ts',
			entry: 'src/thread/entry.ts',
		},
		platform: 'neutral',
		mainFields: ['module', 'main'],
		conditions: ['import'],
	});
	buildSync({
		...common,
		entryPoints: ['tests/runtimes/browser-main.ts', 'tests/runtimes/dom-main.ts'],
		platform: 'node',
		external: ['esbuild', 'puppeteer-core', '@sparticuz/chromium'],
	});
}

/**
 * What a runtime said: for each scenario, how it went.
 *
 * @typedef {{title: string, isOk: boolean, cells: Map<string, string>}} Outcome
 */

/** @param {string} key @returns {Outcome} */
function run(key) {
	const {name, version, runs} = runtimes[key]();
	console.log(`\n== ${name} ${version ?? ''}`);
	const results = runs.map(([command, ...args]) =>
		spawnSync(command, args, {encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], timeout: 120_000}),
	);
	const output = results.map(({stdout}) => stdout).join('');
	process.stdout.write(output);
	const said = version ?? /^version (\S+)/m.exec(output)?.[1] ?? '?';
	return {title: `${name} ${said}`, isOk: results.every(({status}) => status === 0), cells: cellsOf(output)};
}

/** Threads have a cell for each way to make them, and not for each scenario. @param {string} output */
function cellsOf(output) {
	const cells = new Map();
	for (const [, outcome, kind, name] of output.matchAll(
		/^(ok|lacks \w+|FAILED) (scenario|thread[^:]*): (\w+)/gm,
	)) {
		const row = kind === 'scenario' ? name : kind;
		if (!cells.has(row) || outcome !== 'ok') cells.set(row, wordOf(outcome));
	}
	return cells;
}

/** @param {string} outcome */
function wordOf(outcome) {
	if (outcome === 'ok') return 'yes';
	return outcome === 'FAILED' ? '**no**' : `no \`${outcome.slice('lacks '.length)}\``;
}

/** @param {readonly Outcome[]} outcomes */
function tableOfAll(outcomes) {
	const names = [...new Set(outcomes.flatMap(({cells}) => [...cells.keys()]))];
	const row = (/** @type {string} */ name) => [name, ...outcomes.map(({cells}) => cells.get(name) ?? '–')];
	return tableOf(['', ...outcomes.map(({title}) => title)], names.map(row));
}

const wanted = process.argv.slice(2);
bundle();
const outcomes = (wanted.length > 0 ? wanted : Object.keys(runtimes)).map(run);
const table = tableOfAll(outcomes);
console.log(`\n${table}`);
if (wanted.length === 0) writeMade('test:runtimes', table);
process.exitCode = outcomes.every(({isOk}) => isOk) ? 0 : 1;
