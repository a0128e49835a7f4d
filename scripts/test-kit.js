// Runs one file of tests of `pausable-signal/testing`, from the tarball, under every test runner and runtime
// that docs/testing.md names, and writes the table there. `npm run test:kit -- vitest` runs those of that name.
import {execFileSync, spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {inspect} from 'node:util';
import {buildSync} from 'esbuild';
import {cache, installNode, lines} from './node-lines.js';

const project = path.join(cache, 'kit');
const bin = (name) => path.join(project, 'node_modules', name);
/** What a sweep without I/O has to try in a second. */
const leastRate = 200;

/** The module of each runner that stands for tests/testing/runner.ts. */
const runners = {
	jest: 'export const test = globalThis.test;',
	vitest: "export {test} from 'vitest';",
	mocha: 'export const test = globalThis.it;',
	node: "export {test} from 'node:test';",
	deno: 'export const test = (name, fn) => Deno.test({name, fn, sanitizeOps: false, sanitizeResources: false});',
	// A test of its own runner fails at an unhandled rejection, whoever listens.
	bun: `let last = Promise.resolve();
export const test = (name, fn) =>
	void (last = last.then(fn).then(() => console.log('ok ' + name), (error) => {
		console.log('FAILED ' + name, error);
		process.exitCode = 1;
	}));`,
};

/** @param {string} file @param {string} text */
function write(file, text) {
	const target = path.join(project, file);
	mkdirSync(path.dirname(target), {recursive: true});
	writeFileSync(target, text);
}

/**
 * Takes the types away and moves no line, as the places that a sweep tells are compared with the text.
 *
 * @param {string} name of the file, without its ending
 */
function strip(name) {
	const script =
		"const {readFileSync} = require('fs'), {stripTypeScriptTypes} = require('module');" +
		'process.stdout.write(stripTypeScriptTypes(readFileSync(process.argv[1], "utf8")))';
	const args = ['--disable-warning=ExperimentalWarning', '-e', script, `tests/testing/${name}.ts`];
	const code = execFileSync(installNode('24'), args, {encoding: 'utf8'});
	return code.replaceAll(/(?<=from '\.\/\w+)\.ts'/g, ".js'");
}

/** Enough for the files at hand. @param {string} code */
function toCommonJs(code) {
	return code
		.replaceAll(/^import ([^;]+?) from ('[^']+');/gm, 'const $1 = require($2);')
		.replaceAll(/^export const (\w+)/gm, 'const $1 = exports.$1');
}

/**
 * The same tests in a folder of their own, as a runner takes them.
 *
 * @param {string} folder
 * @param {keyof typeof runners} runner
 * @param {'module' | 'commonjs'} type
 */
function lay(folder, runner, type) {
	const form = type === 'module' ? (code) => code : toCommonJs;
	rmSync(path.join(project, folder), {recursive: true, force: true});
	write(`${folder}/package.json`, JSON.stringify({type}));
	write(`${folder}/runner.js`, form(runners[runner]));
	write(`${folder}/faults.js`, form(strip('faults')));
	write(`${folder}/everywhere.test.js`, form(strip('everywhere.test')));
}

function install() {
	const options = ['pack', '--silent', '--ignore-scripts', '--pack-destination', cache];
	const tarball = execFileSync('npm', options, {encoding: 'utf8'}).trim();
	rmSync(bin('pausable-signal'), {recursive: true, force: true});
	write('package.json', '{"private": true}');
	const quiet = ['install', '--no-audit', '--no-fund', '--silent', '--no-package-lock'];
	const packages = ['jest@30', 'vitest', 'mocha', '@sinonjs/fake-timers', path.join(cache, tarball)];
	execFileSync('npm', [...quiet, ...packages], {cwd: project, stdio: 'inherit'});
}

/** The binary of a runtime from its npm package, kept as scripts/test-runtimes.js keeps it. @param {string} name */
function installRuntime(name) {
	const folder = path.join(cache, name);
	const binary = path.join(folder, 'node_modules/.bin', name);
	if (!existsSync(binary)) {
		mkdirSync(folder, {recursive: true});
		const options = ['--prefix', folder, '--no-save', '--no-audit', '--no-fund'];
		execFileSync('npm', ['install', ...options, name], {stdio: 'inherit'});
	}
	return binary;
}

/** @type {{name: string, isOk: boolean, rate: number}[]} */
const rows = [];

/** @param {string} name @param {string} command @param {readonly string[]} args */
function attempt(name, command, args) {
	const env = {...process.env, KIT_RATE: 'yes', NO_COLOR: '1'};
	const options = {cwd: project, encoding: 'utf8', timeout: 580_000, env, maxBuffer: 1e8};
	const {status, stdout, stderr, error} = spawnSync(command, args, options);
	const output = `${stdout}${stderr}${error ?? ''}`;
	const rate = Number(/kit: (\d+) points/.exec(output)?.[1] ?? 0);
	const isOk = status === 0 && rate >= leastRate;
	rows.push({name, isOk, rate});
	console.log(`${isOk ? 'ok   ' : 'FAILS'} ${name}: ${rate} points a second`);
	if (!isOk) console.log(output.slice(-4_000));
}

const test = 'everywhere.test.js';
const node = process.execPath;

/** @type {readonly (readonly [string, () => void])[]} */
const contests = [
	[
		'Jest, as it is (CommonJS)',
		(name) => {
			lay('jest-cjs', 'jest', 'commonjs');
			attempt(name, node, [bin('jest/bin/jest.js'), '--testTimeout=280000', `jest-cjs/${test}`]);
		},
	],
	[
		'Jest, ES modules',
		(name) => {
			lay('jest-esm', 'jest', 'module');
			const args = ['--experimental-vm-modules', bin('jest/bin/jest.js'), '--testTimeout=280000'];
			attempt(name, node, [...args, `jest-esm/${test}`]);
		},
	],
	[
		'Vitest',
		(name) => {
			lay('vitest', 'vitest', 'module');
			attempt(name, node, [bin('vitest/vitest.mjs'), 'run', '--testTimeout=280000', `vitest/${test}`]);
		},
	],
	[
		'Vitest, with the library inlined',
		(name) => {
			lay('inlined', 'vitest', 'module');
			const config = {test: {server: {deps: {inline: [/pausable-signal/]}}}};
			write('inlined/vite.config.js', `export default ${inspect(config, {depth: 9})};`);
			const args = ['run', '--config=inlined/vite.config.js', '--testTimeout=280000', `inlined/${test}`];
			attempt(name, node, [bin('vitest/vitest.mjs'), ...args]);
		},
	],
	[
		'Mocha, ES modules',
		(name) => {
			lay('mocha-esm', 'mocha', 'module');
			attempt(name, node, [bin('mocha/bin/mocha.js'), '--timeout=280000', `mocha-esm/${test}`]);
		},
	],
	[
		'Mocha, CommonJS',
		(name) => {
			lay('mocha-cjs', 'mocha', 'commonjs');
			attempt(name, node, [bin('mocha/bin/mocha.js'), '--timeout=280000', `mocha-cjs/${test}`]);
		},
	],
	[
		'node:test, in a bundle of esbuild with its source map',
		(name) => {
			lay('bundle', 'node', 'module');
			buildSync({
				entryPoints: [path.join(project, 'bundle', test)],
				outfile: path.join(project, 'bundle/out.mjs'),
				bundle: true,
				format: 'esm',
				platform: 'node',
				target: 'node20',
				sourcemap: 'linked',
				logLevel: 'error',
			});
			attempt(name, node, ['--enable-source-maps', 'bundle/out.mjs']);
		},
	],
	...lines.map((line) => [
		`node:test on Node ${line}`,
		(name) => {
			lay('node', 'node', 'module');
			attempt(name, installNode(line), [`node/${test}`]);
		},
	]),
	[
		'Deno',
		(name) => {
			lay('deno', 'deno', 'module');
			attempt(name, installRuntime('deno'), ['test', '--allow-all', '--no-check', `deno/${test}`]);
		},
	],
	[
		'Bun',
		(name) => {
			lay('bun', 'bun', 'module');
			attempt(name, installRuntime('bun'), [`bun/${test}`]);
		},
	],
];

function writeTable() {
	const page = readFileSync('docs/testing.md', 'utf8');
	const cells = rows.map(({name, isOk}) => `| ${name} | ${isOk ? 'passes' : '**fails**'} |`);
	const table = ['| under | the tests of the kit |', '|---|---|', ...cells].join('\n');
	const between = /(?<=<!-- written by npm run test:kit -->\n)[^]*?(?=<!-- end -->)/;
	writeFileSync('docs/testing.md', page.replace(between, `${table}\n`));
}

const wanted = process.argv.slice(2).map((word) => word.toLowerCase());
install();
for (const [name, run] of contests) {
	if (wanted.length === 0 || wanted.some((word) => name.toLowerCase().includes(word))) run(name);
}
if (wanted.length === 0) writeTable();
if (rows.length === 0 || rows.some(({isOk}) => !isOk)) process.exitCode = 1;
