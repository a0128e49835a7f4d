// Builds dist from nothing, so that no file of an earlier build is published: the entries as ES modules and
// as CommonJS, each with types of its own. What entries share is in chunks, so that there is one of each
// class, and few files. p-queue is built in: it is an ES module only, and asks for a later Node than we do.
import {copyFileSync, mkdirSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {rolldown} from 'rolldown';
import {dts} from 'rolldown-plugin-dts';
import {entries} from './entries.js';

const dist = process.argv[2] ?? 'dist';

// Chunks of their own, as sources: what is often wanted without the rest, which then is not loaded.
const apart = {
	'chunks/gate': 'src/core/gate.ts',
	'chunks/delay': 'src/time/delay.ts',
	'chunks/errors': 'src/task/stop-timeout-error.ts',
};
// What starts by its url, and has to stand beside the chunk that names it.
const started = {'chunks/entry': 'src/thread/entry.ts'};
const groups = [
	{name: 'p-queue', test: /node_modules[\\/]p-queue/},
	{name: 'host-node', test: /thread[\\/]host-node/},
];
// gzip sees 32 kB at a time: below that, the two forms of a file take little more room in the tarball than one.
const largestChunk = 26_000;

const input = Object.fromEntries(entries.map(({file, source}) => [file, source]));
const common = {external: [/^node:/, 'abort-controller-x', 'bullmq'], platform: 'neutral', logLevel: 'warn'};
// Old versions of TypeScript have no types for `using` unless they are told where.
const disposable = '/// <reference lib="esnext.disposable" />';
const moduleUrl = 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;';

const runtime = {
	esm: {},
	cjs: {transform: {define: {'import.meta.url': 'moduleUrl'}}},
};

// Types that only the DOM library has. Without it, and with Node's types alone, they are written out.
const domOnly = {
	EventListenerOrEventListenerObject: '(((event: Event) => void) | { handleEvent(event: Event): void })',
	AddEventListenerOptions: '{ capture?: boolean; once?: boolean; passive?: boolean; signal?: AbortSignal }',
	EventListenerOptions: '{ capture?: boolean }',
	RequestInfo: '(Request | string)',
	Transferable: 'object',
};

/** Declarations that compile with any set of libraries, and with the old compilers that we promise. @param {string} types */
function forAnyLib(types) {
	const words = new RegExp(`(?<![.\\w])(?:${Object.keys(domOnly).join('|')})\\b(?! ?[{<])`, 'g');
	return (
		types
			.replaceAll(words, (word) => domOnly[word])
			// An old library lacks a member that a newer one lets us override.
			.replaceAll(/^(\s+(?:static )?)override /gm, '$1')
	);
}

/**
 * The chunks that are needed, and not those that only marked a border between chunks.
 *
 * @param {readonly import('rolldown').OutputChunk[]} chunks
 * @param {readonly string[]} roots
 */
function reachable(chunks, roots) {
	const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
	const reached = new Set(roots.map((root) => byName.get(root)));
	for (const {imports, dynamicImports} of reached)
		for (const name of [...imports, ...dynamicImports]) if (byName.has(name)) reached.add(byName.get(name));
	return [...reached];
}

/**
 * Cuts large chunks into parts. The modules of a chunk stand in the order in which they run, so that no part
 * needs a later one.
 *
 * @param {readonly import('rolldown').OutputChunk[]} chunks
 * @returns {ReadonlyMap<string, string>} the part of each module that is in one
 */
function partsOf(chunks) {
	const parts = new Map();
	for (const {fileName, name, code, facadeModuleId, modules} of chunks) {
		if (fileName.endsWith('.d.ts') || (facadeModuleId === null && code.length <= largestChunk)) continue;
		let size = 0;
		for (const [id, {renderedLength}] of Object.entries(modules)) {
			// An entry alone must export what users get, and nothing for other chunks.
			if (id === facadeModuleId && !Object.values(apart).some((source) => id.endsWith(source))) continue;
			size += renderedLength;
			parts.set(id, `${path.basename(name)}-${1 + Math.floor(size / largestChunk)}`);
		}
	}
	return parts;
}

/**
 * @param {string} folder
 * @param {readonly string[]} roots
 * @param {import('rolldown').InputOptions} options
 * @param {import('rolldown').OutputOptions} output
 */
async function emit(folder, roots, options, output) {
	const isCode = roots.every((root) => root.endsWith('.js'));
	const names = {entryFileNames: '[name].js', chunkFileNames: 'chunks/[name].js', ...output};
	const bundle = await rolldown({...common, ...options});
	const whole = await bundle.generate({...names, codeSplitting: {groups: isCode ? groups : []}});
	const parts = partsOf(whole.output);
	const cut =
		parts.size === 0
			? whole
			: await bundle.generate({
					...names,
					codeSplitting: {
						groups: [...groups, {name: (id) => parts.get(id) ?? null, debugName: 'parts'}],
						includeDependenciesRecursively: false,
					},
				});
	for (const {fileName, code} of reachable(cut.output, roots)) {
		const file = path.join(dist, folder, fileName);
		mkdirSync(path.dirname(file), {recursive: true});
		writeFileSync(file, isCode ? code : forAnyLib(code));
	}
}

/** @param {'esm' | 'cjs'} format */
async function emitCode(format) {
	const roots = [...Object.keys(input), ...Object.keys(started)].map((name) => `${name}.js`);
	await emit(
		format,
		roots,
		{
			input: {...input, ...apart, ...started},
			tsconfig: false,
			resolve: {mainFields: ['module', 'main']},
			preserveEntrySignatures: 'allow-extension',
			...runtime[format],
		},
		{
			format,
			comments: {legal: true, annotation: true, jsdoc: false},
			banner: ({moduleIds}) =>
				format === 'cjs' && moduleIds.some((id) => id.includes('host-node')) ? moduleUrl : '',
		},
	);
}

/**
 * Users make none of the objects whose constructor is internal. Its parameters would lead to the types of
 * nearly everything inside.
 */
const hideConstructors = {
	name: 'hide-constructors',
	transform(/** @type {string} */ types) {
		const internal = /\/\*\* @internal[^\n]*\*\/\s+constructor\([^;]*\);/g;
		const isBesidePublicOne = /constructor\([^;]*\);\s+$/;
		return types.replace(internal, (_, at) =>
			isBesidePublicOne.test(types.slice(0, at)) ? '' : 'protected constructor();',
		);
	},
};

/** The types of the CommonJS form, whole, and of the ES modules, which pass them on: they are the same. */
async function emitTypes() {
	const names = Object.keys(input);
	const roots = names.map((name) => `${name}.d.ts`);
	const plugins = [hideConstructors, dts({emitDtsOnly: true, tsconfig: false, oxc: true, resolver: 'oxc'})];
	await emit('cjs', roots, {input, plugins}, {format: 'esm', banner: disposable});
	// An ES module can import the types of a CommonJS one in every version; the other way it cannot.
	for (const name of names)
		writeFileSync(path.join(dist, `esm/${name}.d.ts`), `export * from '../cjs/${name}.js';\n`);
}

rmSync(dist, {recursive: true, force: true});
for (const format of ['esm', 'cjs']) await emitCode(format);
await emitTypes();
writeFileSync(path.join(dist, 'cjs/package.json'), '{"type": "commonjs", "sideEffects": false}\n');
copyFileSync('node_modules/p-queue/license', path.join(dist, 'p-queue-license'));
