// pausable-signal/fetch is bundled for browsers as it is, and knows nothing of Node before download() is called.
import {expect, test} from '@jest/globals';
import {build} from 'esbuild';
import {fileURLToPath} from 'node:url';
import {runInNewContext} from 'node:vm';

const entry = fileURLToPath(new URL('../../src/fetch/index.ts', import.meta.url));
const common = {bundle: true, platform: 'browser', target: 'es2022', write: false} as const;
// Only what the standard library of the language lacks, and every browser has.
const web = {AbortController, AbortSignal, DOMException, Event, EventTarget, Headers, Request, Response, URL};
const timers = {setTimeout, clearTimeout, setInterval, clearInterval, fetch, performance, ReadableStream};

test('D7: a browser bundle mentions no Node module, and has no import() that a bundler cannot follow', async () => {
	const {warnings, metafile} = await build({...common, entryPoints: [entry], format: 'esm', metafile: true});
	expect(warnings).toEqual([]);
	const imports = Object.values(metafile.inputs).flatMap(({imports}) => imports.map(({path}) => path));
	expect(imports.filter((path) => path.startsWith('node:'))).toEqual([]);
	const [output] = (await build({...common, entryPoints: [entry], format: 'esm', minify: true})).outputFiles;
	expect(output!.text).not.toMatch(/\bimport\(/);
});

test('with code splitting, the part for files is a separate chunk', async () => {
	const options = {...common, format: 'esm', splitting: true, outdir: '/out', metafile: true} as const;
	const {metafile} = await build({...options, entryPoints: [entry]});
	const outputs = Object.values(metafile.outputs);
	const ofFiles = outputs.filter(({inputs}) => 'src/fetch/part-node.ts' in inputs);
	expect(ofFiles.map(({inputs}) => Object.keys(inputs).toSorted())).toEqual([
		[
			'src/fetch/download-node.ts',
			'src/fetch/part-disk.ts',
			'src/fetch/part-node.ts',
			'src/fetch/pieces.ts',
			'src/fetch/stem.ts',
		],
	]);
});

test('D7: the bundle loads without Node, and download() says that it needs Node', async () => {
	const {outputFiles} = await build({...common, entryPoints: [entry], format: 'iife', globalName: 'library'});
	const library = runInNewContext(`${outputFiles[0]!.text}; library`, {...web, ...timers}) as {
		pausableFetch(url: string): Promise<Response>;
		download(url: string, file: string): Promise<unknown>;
	};
	const response = await library.pausableFetch('data:text/plain,hello');
	expect(await response.text()).toBe('hello');
	await expect(library.download('http://localhost/', '/tmp/file')).rejects.toThrow(/needs the files of Node/);
});
