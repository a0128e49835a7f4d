// What an import adds to a user's page: bundled from dist, minified, compressed by brotli, without
// abort-controller-x and p-queue. And what the tarball weighs.
import {execFileSync} from 'node:child_process';
import path from 'node:path';
import {brotliCompressSync} from 'node:zlib';
import {build} from 'esbuild';
import {entries} from './entries.js';

/**
 * Bytes that each import may take: what is reached, and a little. An entry without a budget fails.
 * docs/design.md says what was hoped for, and what the rest consists of.
 */
const budgets = {
	Gate: 1_200,
	delay: 2_050,
	PausableController: 7_750,
	'pausable-signal': 15_950,
	'pausable-signal/queue': 23_300,
	'pausable-signal/streams': 3_600,
	'pausable-signal/fetch': 11_000,
	'pausable-signal/thread': 28_400,
	'pausable-signal/remote': 21_150,
	'pausable-signal/bullmq': 23_250,
	'pausable-signal/testing': 15_300,
	'pausable-signal/process': 2_800,
};
/** What an entry adds to a page or a test that has the root already. */
const besideRoot = {'pausable-signal/testing': 9_000};
const tarball = {size: 295_000, files: 220};

/**
 * What is loaded with an import, and what comes later, with the first call that needs it.
 *
 * @param {string} name of an entry, or of an export of the root
 */
async function measure(name) {
	const isEntry = entries.some((entry) => entry.name === name);
	const contents = isEntry ? `export * from '${name}'` : `export {${name}} from 'pausable-signal'`;
	const {outputFiles, metafile} = await bundle({stdin: {contents, resolveDir: '.'}});
	const first = loadedFirst(metafile.outputs, 'size/stdin.js');
	return {now: sizeOf(outputFiles, first), later: sizeOf(outputFiles, first, false)};
}

/**
 * What is loaded with an entry, and not with the root.
 *
 * @param {string} name
 */
async function measureBesideRoot(name) {
	const {outputFiles, metafile} = await bundle({entryPoints: {root: 'pausable-signal', own: name}});
	const own = loadedFirst(metafile.outputs, 'size/own.js');
	for (const file of loadedFirst(metafile.outputs, 'size/root.js')) own.delete(file);
	return sizeOf(outputFiles, own);
}

/** @param {import('esbuild').BuildOptions} input */
function bundle(input) {
	return build({
		...input,
		bundle: true,
		splitting: true,
		minify: true,
		format: 'esm',
		target: 'es2022',
		external: ['abort-controller-x', 'bullmq', '*/chunks/p-queue.js', 'node:*'],
		tsconfigRaw: {},
		outdir: 'size',
		metafile: true,
		write: false,
	});
}

/**
 * @param {import('esbuild').OutputFile[]} outputFiles
 * @param {Set<string>} names of some of them
 * @param {boolean} isNamed whether these count, or the others
 */
function sizeOf(outputFiles, names, isNamed = true) {
	return outputFiles
		.filter(({path: file}) => names.has(path.relative('.', file).replaceAll(path.sep, '/')) === isNamed)
		.reduce((total, {contents}) => total + brotliCompressSync(contents).length, 0);
}

/**
 * A file with those that it imports, without those that it imports by a call.
 *
 * @param {import('esbuild').Metafile['outputs']} outputs
 * @param {string} entry
 */
function loadedFirst(outputs, entry) {
	const files = new Set([entry]);
	for (const file of files)
		for (const {path: imported, kind} of outputs[file]?.imports ?? [])
			if (kind === 'import-statement' && imported in outputs) files.add(imported);
	return files;
}

/**
 * @param {string} name
 * @param {number} size
 * @param {number} budget
 * @param {number} later
 */
function judge(name, size, budget, later = 0) {
	const more = later > 0 ? ` (and ${later} on demand)` : '';
	console.log(`${name}: ${size} of ${budget}${more}, ${size <= budget ? 'ok' : 'TOO BIG'}`);
	if (size > budget) process.exitCode = 1;
}

for (const name of new Set([...Object.keys(budgets), ...entries.map((entry) => entry.name)])) {
	const {now, later} = await measure(name);
	judge(name, now, budgets[name] ?? 0, later);
}
for (const [name, budget] of Object.entries(besideRoot))
	judge(`${name}, beside the root`, await measureBesideRoot(name), budget);

const options = ['pack', '--dry-run', '--json', '--ignore-scripts'];
const [packed] = Object.values(JSON.parse(execFileSync('npm', options, {encoding: 'utf8'})));
judge('tarball, bytes', packed.size, tarball.size);
judge('tarball, files', packed.entryCount, tarball.files);
