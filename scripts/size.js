// What an entry adds to a user's page: bundled, minified and gzipped, without its dependencies.
import {readFileSync} from 'node:fs';
import {gzipSync} from 'node:zlib';
import {build} from 'esbuild';

/** Bytes that each entry may take. An entry without a budget fails. */
const budgets = {
	'.': 15_500,
	'./queue': 22_000,
	'./streams': 8_000,
	'./remote': 20_000,
	'./fetch': 16_500,
	'./thread': 29_500,
	'./testing': 14_500,
};

const {exports: entries, dependencies} = JSON.parse(readFileSync('package.json', 'utf8'));

/** @param {string} entry */
async function measure(entry) {
	const {outputFiles} = await build({
		entryPoints: [entry],
		bundle: true,
		minify: true,
		format: 'esm',
		target: 'es2022',
		external: [...Object.keys(dependencies), 'node:*'],
		write: false,
	});
	return gzipSync(outputFiles[0].contents, {level: 9}).length;
}

for (const [name, target] of Object.entries(entries)) {
	if (name === './package.json') continue;
	const size = await measure(typeof target === 'string' ? target : target.default);
	const budget = budgets[name] ?? 0;
	const verdict = size <= budget ? 'ok' : 'TOO BIG';
	console.log(`${name}: ${size} of ${budget} bytes, ${verdict}`);
	if (size > budget) process.exitCode = 1;
}
