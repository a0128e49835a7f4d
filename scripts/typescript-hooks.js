// Module hooks: TypeScript as JavaScript, kept in build/typescript for the next worker.
import {createHash} from 'node:crypto';
import {mkdir, readFile, rename, writeFile} from 'node:fs/promises';
import process from 'node:process';
import {fileURLToPath} from 'node:url';

const folder = new URL('../build/typescript/', import.meta.url);

/** @param {string} source */
async function compile(source) {
	const {transform} = await import('esbuild');
	const {code} = await transform(source, {loader: 'ts', target: 'es2022'});
	return code;
}

/** @param {string} source */
async function compiled(source) {
	const kept = new URL(`${createHash('sha1').update(source).digest('hex')}.js`, folder);
	try {
		return await readFile(kept, 'utf8');
	} catch {
		const code = await compile(source);
		await mkdir(folder, {recursive: true});
		// Others may write the same file: each moves a whole one into place.
		const own = new URL(`${kept.href}.${process.pid}.${performance.now()}`);
		await writeFile(own, code);
		await rename(own, kept);
		return code;
	}
}

/**
 * @param {string} url
 * @param {object} context
 * @param {(url: string, context: object) => unknown} next
 */
export async function load(url, context, next) {
	if (!/^file:[^?]*\.ts(\?|$)/.test(url)) return next(url, context);
	const source = await compiled(await readFile(fileURLToPath(url), 'utf8'));
	return {format: 'module', source, shortCircuit: true};
}
