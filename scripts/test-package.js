// Installs the tarball into a project of its own, and tries it as users do: package managers, compilers, module
// systems, test runners, bundlers. The whole run writes the tables of docs/runtimes.md; `-- --quick` leaves out what
// takes long, and writes nothing.
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {entries} from './entries.js';
import {tableOf, writeMade} from './made-table.js';
import {cache, installNode, lines} from './node-lines.js';

const isQuick = process.argv.includes('--quick');
const project = path.join(cache, isQuick ? 'package-quick' : 'package');
const modules = path.join(project, 'node_modules');
// Apart: a test runner brings Node's types with it.
const types = `${project}-types`;
const compilers = ['5.2', '5.5', '5.9', '6.0', '7.0'];
const nodeTypes = ['20', '22', '24', '26'];
const resolutions = isQuick ? ['nodenext'] : ['node16', 'nodenext', 'bundler'];
const libraries = isQuick
	? [{dom: true}, {dom: false, node: '20'}, {dom: true, node: '24'}]
	: [{dom: true}, ...[false, true].flatMap((dom) => nodeTypes.map((node) => ({dom, node})))];
const bundlers = {
	esbuild: 'esbuild main.mjs --bundle --platform=node --format=cjs --outfile=out/esbuild/main.js',
	rollup:
		'rollup main.mjs --plugin node-resolve --plugin commonjs --format cjs --inlineDynamicImports --dir out/rollup',
	webpack: 'webpack ./main.mjs --mode production --target node --output-path out/webpack',
	vite: 'vite build --ssr main.mjs --outDir out/vite',
	parcel: 'parcel build root.mjs --no-cache --no-optimize --dist-dir out/parcel',
};

const typePackages = [
	...compilers.map((version) => `typescript-${version}@npm:typescript@~${version}.0`),
	...nodeTypes.map((version) => `@types/node-${version}@npm:@types/node@${version}`),
];
const packages = ['jest@30', 'jest-environment-jsdom@30'];
const slow = [
	'vitest',
	'mocha',
	'esbuild',
	'rollup',
	'@rollup/plugin-node-resolve',
	'@rollup/plugin-commonjs',
];
const slower = ['webpack', 'webpack-cli', 'vite', 'parcel'];
const peers = ['@sinonjs/fake-timers'];

/** Kind, what was tried, whether it works. @type {[string, string, boolean][]} */
const rows = [];

/**
 * @param {string} kind
 * @param {string} name
 * @param {string} command
 * @param {readonly string[]} args
 */
function attempt(kind, name, command, args) {
	const {status, output} = runIn(project, command, args);
	note(kind, name, status === 0, output.split('\n'));
}

/**
 * @param {string} cwd
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
function runIn(cwd, command, args, env = process.env) {
	const options = {cwd, env, encoding: 'utf8', timeout: 240_000};
	const {status, stdout, stderr, error} = spawnSync(command, args, options);
	return {status, output: `${stdout}${stderr}${error ?? ''}`};
}

/** @param {string} kind @param {string} name @param {boolean} isOk @param {readonly string[]} output */
function note(kind, name, isOk, output) {
	rows.push([kind, name, isOk]);
	console.log(`${isOk ? 'ok   ' : 'FAILS'} ${kind}: ${name}`);
	if (!isOk) console.log(output.slice(0, 20).join('\n'));
}

/** @param {string} file @param {string} text @param {string} folder */
function write(file, text, folder = project) {
	mkdirSync(path.dirname(path.join(folder, file)), {recursive: true});
	writeFileSync(path.join(folder, file), text);
}

function pack() {
	const options = ['pack', '--silent', '--ignore-scripts', '--pack-destination', cache];
	return execFileSync('npm', options, {encoding: 'utf8'}).trim();
}

/** @param {string} tarball */
function install(tarball) {
	installInto(types, typePackages, tarball);
	installInto(project, [...packages, ...(isQuick ? [] : [...slow, ...slower]), ...peers], tarball);
}

/** @param {string} folder @param {readonly string[]} wanted @param {string} tarball */
function installInto(folder, wanted, tarball) {
	const options = ['install', '--no-audit', '--no-fund', '--silent', '--no-package-lock'];
	rmSync(path.join(folder, 'node_modules/pausable-signal'), {recursive: true, force: true});
	mkdirSync(folder, {recursive: true});
	writeFileSync(path.join(folder, 'package.json'), '{"private": true}');
	execFileSync('npm', [...options, ...wanted, path.join(cache, tarball)], {cwd: folder, stdio: 'inherit'});
}

/** With the oldest Node, an install may neither fail nor warn. @param {string} tarball */
function tryInstallers(tarball) {
	const bin = path.dirname(installNode(lines[0]));
	const env = {...process.env, PATH: `${bin}:${process.env.PATH}`};
	const file = path.join(cache, tarball);
	const npm = ['install', '--engine-strict', '--no-audit', '--no-fund', '--no-package-lock', file];
	tryInstaller('npm --engine-strict', ['npm', ...npm], env);
	if (isQuick) return;
	const yarn = [
		'npx',
		'--yes',
		'yarn@1.22.22',
		'add',
		'--no-lockfile',
		'--cache-folder',
		`${cache}/yarn`,
		file,
	];
	tryInstaller('Yarn Classic', yarn, env);
	tryInstaller('pnpm', ['npx', '--yes', 'pnpm@9', 'add', file], env);
}

/** @param {string} name @param {readonly string[]} command @param {NodeJS.ProcessEnv} env */
function tryInstaller(name, [command, ...args], env) {
	const folder = path.join(cache, 'installers', name.split(' ')[0]);
	rmSync(folder, {recursive: true, force: true});
	write('package.json', '{"name": "user", "version": "1.0.0", "license": "MIT", "private": true}', folder);
	write('main.cjs', cjs, folder);
	const {status, output} = runIn(folder, command, args, env);
	const warnings = output.split('\n').filter((line) => /\bwarn(?:ing)?\b/i.test(line));
	const isLoaded = status === 0 && runIn(folder, installNode(lines[0]), ['main.cjs']).status === 0;
	note(`Install on Node ${lines[0]}`, name, isLoaded && warnings.length === 0, output.split('\n'));
}

// An entry with an optional peer is for those who have installed that.
const names = entries.map(({name}) => name).filter((name) => name !== 'pausable-signal/bullmq');
const work = `
if (classes.some((one) => typeof one !== 'object')) throw new Error('an entry is missing');
const controller = new PausableController();
const queue = new PausableQueue({concurrency: 1, signal: controller.signal});
controller.pause();
const added = queue.add(({signal}) => signal.checkpoint().then(() => 'done'));
controller.resume();
added.then((result) => { if (result !== 'done') throw new Error(result); });
`;
const esm = `
${names.map((name, index) => `import * as entry${index} from '${name}';`).join('\n')}
import {PausableController} from 'pausable-signal';
import {PausableQueue} from 'pausable-signal/queue';
const classes = [${names.map((_, index) => `entry${index}`).join()}];
${work}`;
const cjs = `
const classes = [${names.map((name) => `require('${name}')`).join()}];
const {PausableController} = require('pausable-signal');
const {PausableQueue} = require('pausable-signal/queue');
${work}`;
const typed = `
${names.map((name, index) => `import * as entry${index} from '${name}';`).join('\n')}
import {PausableController, Task, delay, type PausableSignal} from 'pausable-signal';
import {PausableQueue, type QueueTaskContext} from 'pausable-signal/queue';
const controller = new PausableController({name: 'typed'});
const signal: PausableSignal = controller.signal;
const native: AbortSignal = signal;
signal.addEventListener('pause', (event) => void event.type);
const task = Task.start(async (context: {signal: AbortSignal}) => { await delay(context.signal, 5); return 5; });
const five: Promise<number> = task.result;
const queue = new PausableQueue({concurrency: 1});
const text: Promise<string> = queue.add(({signal: own}: QueueTaskContext) => own.name ?? '');
export {native, five, text};
export const all = [${names.map((_, index) => `entry${index}`).join()}];
`;

function tryNodes() {
	write('main.mjs', esm);
	write('main.cjs', cjs);
	write(
		'both.mjs',
		`import {createRequire} from 'node:module';
const require = createRequire(import.meta.url);
for (const name of ${JSON.stringify(names)}) {
	const [one, other] = [await import(name), require(name)];
	for (const key of Object.keys(one)) if (one[key] !== other[key]) throw new Error(name + ' has two ' + key);
}`,
	);
	for (const line of isQuick ? ['20.19', '24'] : lines) {
		const node = installNode(line);
		attempt(`Node ${line}`, 'import', node, ['main.mjs']);
		attempt(`Node ${line}`, 'require()', node, ['main.cjs']);
		attempt(`Node ${line}`, 'one copy for both', node, ['both.mjs']);
	}
}

/**
 * What the types are compiled against: libraries of the compiler, and a version of Node's types or none.
 *
 * @typedef {{dom: boolean, node?: string}} Library
 */

/** @param {Library} library */
const nameOf = ({dom, node}) =>
	[...(dom ? ['DOM'] : []), ...(node ? [`@types/node ${node}`] : [])].join(' + ');

/** @param {string} version @param {string} resolution @param {Library} library */
function compile(version, resolution, {dom, node}) {
	const module = {node16: 'node16', nodenext: 'nodenext', bundler: 'esnext', node10: 'commonjs'}[resolution];
	const compilerOptions = {
		strict: true,
		noEmit: true,
		skipLibCheck: false,
		target: 'es2022',
		lib: ['es2022', ...(dom ? ['dom', 'dom.iterable'] : [])],
		module,
		moduleResolution: resolution,
		types: node ? [`node-${node}`] : [],
	};
	const typed = ['typed.mts', ...(module.startsWith('node') ? ['typed.cts'] : [])];
	const files = resolution === 'node10' ? ['root.ts'] : typed;
	write('tsconfig.json', JSON.stringify({compilerOptions, files}), types);
	const compiler = path.join(types, `node_modules/typescript-${version}/bin/tsc`);
	const {output} = runIn(types, process.execPath, [compiler, '-p', '.']);
	// What a compiler holds against Node's own types is not ours.
	const faults = output
		.split('\n')
		.filter((line) => /^(?:typed|root)\.|pausable-signal|abort-controller-x|^error/.test(line));
	note(`TypeScript ${version}`, `${resolution}: ${nameOf({dom, node})}`, faults.length === 0, faults);
}

function tryCompilers() {
	write('typed.mts', typed, types);
	write('typed.cts', typed, types);
	const root =
		"import {PausableController} from 'pausable-signal';\nexport const {signal} = new PausableController();";
	write('root.ts', root, types);
	for (const version of compilers) {
		for (const resolution of resolutions)
			for (const library of libraries) compile(version, resolution, library);
		if (version < '6') compile(version, 'node10', {dom: true});
	}
}

function tryRunners() {
	const test = (code) => `test('works', () => {${code}\nreturn added;});`;
	write('tests/jest.test.js', test(cjs));
	const jest = path.join(modules, 'jest/bin/jest.js');
	attempt('Jest 30', 'as it is', process.execPath, [jest, 'tests/jest.test.js']);
	write('tests/jest.test.mjs', `${esm}\ntest('works', () => added);`);
	const options = ['--testMatch', '**/*.test.mjs', '--transform', '{}'];
	attempt('Jest 30', 'ES modules', process.execPath, ['--experimental-vm-modules', jest, ...options]);
	write('tests/jsdom.test.js', `/** @jest-environment jsdom */\n${test(cjs)}`);
	attempt('Jest 30', 'jsdom', process.execPath, [jest, 'tests/jsdom.test.js']);
	write('tests/node.mjs', `import test from 'node:test';\n${esm}\ntest('works', () => added);`);
	write('tests/node.cjs', `require('node:test')('works', () => {${cjs}\nreturn added;});`);
	for (const line of isQuick ? ['20.19'] : lines) {
		const node = installNode(line);
		attempt('node:test', `ES modules on Node ${line}`, node, ['--test', 'tests/node.mjs']);
		attempt('node:test', `CommonJS on Node ${line}`, node, ['--test', 'tests/node.cjs']);
	}
	if (isQuick) return;
	write('tests/vitest.spec.mjs', `import {test} from 'vitest';\n${esm}\ntest('works', () => added);`);
	attempt('Vitest', 'as it is', 'npx', ['vitest', 'run', 'tests/vitest.spec.mjs']);
	write('tests/mocha.mjs', `${esm}\nit('works', () => added);`);
	attempt('Mocha', 'ES modules', 'npx', ['mocha', 'tests/mocha.mjs']);
	write('tests/mocha.cjs', `it('works', () => {${cjs}\nreturn added;});`);
	attempt('Mocha', 'CommonJS', 'npx', ['mocha', 'tests/mocha.cjs']);
}

function tryBundlers() {
	write('root.mjs', "import {PausableController} from 'pausable-signal';\nnew PausableController().pause();");
	for (const [name, command] of Object.entries(bundlers)) {
		rmSync(path.join(project, 'out', name), {recursive: true, force: true});
		const entry = name === 'parcel' ? 'the root entry' : 'every entry';
		attempt(name, entry, 'sh', [
			'-c',
			`npx ${command} && for f in out/${name}/main.*js out/${name}/root.*js; do [ ! -e $f ] || node $f; done`,
		]);
	}
}

/** @param {string} kind */
const ofKind = (kind) => rows.filter((row) => row[0] === kind);

/** What was tried, failures in bold. @param {readonly [string, string, boolean][]} tried */
const cellOf = (tried) =>
	tried.map(([, name, isOk]) => (isOk ? name : `**fails: ${name}**`)).join('; ') || '–';

/** All that works needs one word only. @param {readonly [string, string, boolean][]} tried */
function cellOfMany(tried) {
	const failed = tried.filter(([, , isOk]) => !isOk);
	if (tried.length === 0) return '–';
	return failed.length === 0 ? `all ${tried.length}` : cellOf(failed);
}

function table() {
	const kinds = [...new Set(rows.map(([kind]) => kind))];
	const compiled = kinds.filter((kind) => kind.startsWith('TypeScript'));
	const others = kinds.filter((kind) => !compiled.includes(kind));
	const columns = [...resolutions, 'node10'];
	const typed = compiled.map((kind) => [
		kind,
		...columns.map((column) => cellOfMany(ofKind(kind).filter(([, name]) => name.startsWith(`${column}:`)))),
	]);
	return [
		tableOf(
			['with', 'works'],
			others.map((kind) => [kind, cellOf(ofKind(kind))]),
		),
		`\nTypes, with \`skipLibCheck: false\`, against ${libraries.map(nameOf).join('; ')}:\n`,
		tableOf(['', ...columns], typed),
	].join('\n');
}

const tarball = pack();
install(tarball);
tryInstallers(tarball);
tryNodes();
tryCompilers();
tryRunners();
if (!isQuick) tryBundlers();
console.log(`\n${table()}`);
if (!isQuick) writeMade('test:package', table());
if (rows.some(([, , isOk]) => !isOk)) process.exitCode = 1;
