// How code in the documentation is marked up is told at the top of support/doc-examples.ts.
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {blocksOfPage, blocksOfSource} from './support/doc-examples.ts';
import type {DocBlock} from './support/doc-examples.ts';
import {DocRunner} from './support/doc-runner.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

function filesIn(folder: string, extension: string): string[] {
	if (!existsSync(path.join(root, folder))) return [];
	return readdirSync(path.join(root, folder), {recursive: true, encoding: 'utf8'})
		.filter((file) => file.endsWith(extension))
		.map((file) => path.posix.join(folder, file.replaceAll(path.sep, '/')))
		.toSorted();
}

function read(page: string): string {
	return readFileSync(path.join(root, page), 'utf8');
}

const pages = ['README.md', ...filesIn('docs', '.md')];
const blocks = [
	...pages.flatMap((page) => blocksOfPage(page, read(page))),
	...filesIn('src', '.ts').flatMap((page) => blocksOfSource(page, read(page))),
];
const code = blocks.filter(({language}) => language !== 'sh');
const shell = blocks.filter(({language}) => language === 'sh');
const named = (list: readonly DocBlock[]): [string, DocBlock][] =>
	list.map((block) => [`${block.page}:${block.line}`, block]);

describe('shell blocks name scripts that exist', () => {
	const {scripts} = JSON.parse(read('package.json')) as {scripts: Record<string, string>};

	test.each(named(shell))('%s', (_name, block) => {
		const called = [...block.code.matchAll(/npm (?:run )?([\w:-]+)/g)].map(([, script]) => script!);
		const builtIn = new Set(['ci', 'i', 'install', 'run', 'exec']);
		const missing = called.filter((script) => !builtIn.has(script) && !(script in scripts));
		expect(missing).toEqual([]);
	});
});

test('the README sets up and runs, and sets up and tests, in one line each', () => {
	const lines = blocksOfPage('README.md', read('README.md')).map((block) => block.code.trim());
	expect(lines).toEqual(expect.arrayContaining(['npm ci && npm start', 'npm ci && npm test']));
});

// A describe without tests is an error, so the pages may have no code.
(code.length > 0 ? describe : describe.skip)('code blocks compile and run', () => {
	const runner = new DocRunner();
	let faults: Map<DocBlock, string[]>;

	beforeAll(async () => {
		faults = await runner.check(code);
	}, 120_000);
	afterAll(() => runner[Symbol.dispose]());

	test.each(named(code))('%s compiles', (_name, block) => {
		expect(faults.get(block)).toEqual([]);
	});

	test.each(named(code.filter(({run}) => run)))('%s runs', async (_name, block) => {
		expect(await runner.run(block)).toEqual([]);
	});

	test('nearly every block runs', () => {
		const notRun = code.filter(({run}) => !run);
		expect(notRun.length).toBeLessThanOrEqual(Math.max(2, code.length / 5));
	});
});
