// A copy of the repository whose sources hold all mutants at once: the environment says which one is alive.
import {cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {createHash} from 'node:crypto';
import {createRequire} from 'node:module';
import path from 'node:path';
import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {cache} from '../node-lines.js';

export const sandbox = path.join(cache, 'mutation', 'sandbox');
/** Variable of the environment that says which mutant is alive; processes that tests start read it, too. */
export const activeMutant = 'ACTIVE_MUTANT';

const tools = path.join(cache, 'mutation', 'tools');
const copied = [
	'src',
	'tests',
	'examples',
	'bench',
	'docs',
	'scripts',
	'package.json',
	'tsconfig.json',
	'tsconfig.base.json',
];

/**
 * @typedef {{
 *   id: number, room: string, file: string, line: number, name: string, from: string, to: string, key: string,
 * }} Mutant
 * `key` stays the same as long as the file does.
 */

function loadInstrumenter() {
	const manifest = path.join(tools, 'package.json');
	if (!existsSync(path.join(tools, 'node_modules'))) {
		mkdirSync(tools, {recursive: true});
		writeFileSync(manifest, '{"private": true}');
		const options = ['--prefix', tools, '--no-audit', '--no-fund'];
		execFileSync('npm', ['install', ...options, '@stryker-mutator/instrumenter@9.6.1'], {stdio: 'inherit'});
	}
	return createRequire(manifest).resolve('@stryker-mutator/instrumenter');
}

const silent = {debug() {}, info() {}, warn: console.warn, isDebugEnabled: () => false};
const options = {plugins: null, excludedMutations: [], ignorers: [], mutationLevel: ''};

/** @param {string} text @param {{start: {line: number, column: number}, end: {line: number, column: number}}} location */
function textAt(text, {start, end}) {
	const lines = text.split('\n').slice(start.line, end.line + 1);
	lines[lines.length - 1] = lines.at(-1).slice(0, end.column);
	lines[0] = lines[0].slice(start.column);
	return lines.join('\n').replaceAll(/\s+/g, ' ');
}

/** @param {string} file @param {any} mutant @param {string} text @returns {Mutant} */
function describe(file, mutant, text) {
	const {id, location, mutatorName: name} = mutant;
	const [from, to] = [textAt(text, location), mutant.replacement.replaceAll(/\s+/g, ' ')];
	const {line, column} = location.start;
	const hash = createHash('sha1').update(text).digest('hex').slice(0, 12);
	const key = [file, hash, line, column, name, to].join('|');
	return {id: Number(id), room: file.split('/')[1], file, line: line + 1, name, from, to, key};
}

/**
 * Each source begins with it, instead of with Stryker's own functions of these names: those take a hundred times as
 * long, and some tests pass here a million times.
 *
 * @param {number} count
 */
const header = (count) => `const mutation = (globalThis.mutation ??= {
	active: Number(globalThis.process?.env.${activeMutant} ?? -1),
	hits: new Uint32Array(${count}),
	passes: 0,
	limit: Infinity,
});
function stryCov_9fa48() {
	for (let index = 0; index < arguments.length; index++) mutation.hits[arguments[index]]++;
}
function stryMutAct_9fa48(id) {
	if (id !== mutation.active) return false;
	if (++mutation.passes > mutation.limit) throw new Error('The mutant loops');
	return true;
}`;

const strykersHeader = /function stryNS_9fa48[^]*?\n {2}return isActive\(id\);\n\}/;
const calls = /(?<=\bstry(?:Cov|MutAct)_9fa48\()[^)]*(?=\))/g;

/** @param {string} text @param {number} count */
const withHeader = (text, count) =>
	text.replace(strykersHeader, () => header(count)).replaceAll(calls, (ids) => ids.replaceAll('"', ''));

/** Makes the copy anew. @param {readonly string[]} rooms @returns {Promise<Mutant[]>} */
export async function makeSandbox(rooms) {
	const {Instrumenter} = await import(loadInstrumenter());
	rmSync(sandbox, {recursive: true, force: true});
	mkdirSync(sandbox, {recursive: true});
	for (const name of copied) cpSync(name, path.join(sandbox, name), {recursive: true});
	symlinkSync(path.resolve('node_modules'), path.join(sandbox, 'node_modules'));
	const files = rooms.flatMap((room) =>
		readdirSync(`src/${room}`).map((name) => ({name: `src/${room}/${name}`, mutate: true})),
	);
	const texts = new Map(files.map(({name}) => [name, readFileSync(name, 'utf8')]));
	const inputs = files.map((file) => ({...file, content: texts.get(file.name)}));
	const {files: instrumented, mutants} = await new Instrumenter(silent).instrument(inputs, options);
	for (const {name, content} of instrumented)
		writeFileSync(path.join(sandbox, name), withHeader(content, mutants.length));
	return mutants.map((mutant) => describe(mutant.fileName, mutant, texts.get(mutant.fileName)));
}
