// Other copies of the package beside the one under test: built from the same source, as a bundler does.
import {buildSync} from 'esbuild';
import {mkdirSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import type * as root from 'pausable-signal';
import type * as queue from 'pausable-signal/queue';

type Copy = typeof root & typeof queue;

type Format = 'esm' | 'cjs';

const folder = path.resolve('build/copies');
const everything = "export * from './src/index.ts'; export * from './src/queue/index.ts';";
const ownVersion = 'var version = 1;';

function bundle(format: Format): string {
	const {outputFiles} = buildSync({
		stdin: {contents: everything, resolveDir: process.cwd(), loader: 'ts'},
		bundle: true,
		format,
		platform: 'neutral',
		mainFields: ['module', 'main'],
		external: ['node:*'],
		target: 'es2022',
		write: false,
	});
	return outputFiles[0]?.text ?? '';
}

/** A copy that speaks this version of the protocol; `undefined`: one from before there was any. */
export async function loadCopy(format: Format, version: number | undefined = 1): Promise<Copy> {
	const text = bundle(format);
	if (!text.includes(ownVersion)) throw new Error('the version is not where it was');
	const file = path.join(folder, `${format}-${version}-${process.pid}.${format === 'esm' ? 'mjs' : 'cjs'}`);
	mkdirSync(folder, {recursive: true});
	writeFileSync(file, text.replace(ownVersion, `var version = ${version};`));
	const loaded: unknown =
		format === 'esm' ? await import(pathToFileURL(file).href) : createRequire(import.meta.url)(file);
	return loaded as Copy;
}

/** Without a version: it passes no `undefined` on, which would stand for the default. */
export function loadCopyWithoutProtocol(): Promise<Copy> {
	return loadCopy('esm', Number.NaN);
}
