// Each numbered example is run as a user would run it, and must print what its last comment says.
import {describe, expect, test} from '@jest/globals';
import {execFile} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = path.join(root, 'examples');
const examples = readdirSync(folder)
	.filter((file) => /^\d\d-.*\.ts$/.test(file))
	.toSorted();

/** What the comment below `// Prints:`, at the end of the file, says. */
function promised(source: string): string {
	const [, comment = ''] = source.split('// Prints:\n');
	const lines = comment.trimEnd().split('\n');
	return lines.map((line) => `${line.replace(/^\/\/ ?/, '')}\n`).join('');
}

describe('a numbered example prints the output in its comment', () => {
	// A few at a time: each is a process that mostly starts.
	test.concurrent.each(examples)(
		'%s',
		async (file) => {
			const source = readFileSync(path.join(folder, file), 'utf8');
			// The second loads the modules of threads on Node 20.
			const loaders = ['--import', 'tsx', '--import', './scripts/typescript-loader.js'];
			const args = [...loaders, path.join('examples', file)];
			const {stdout, stderr} = await promisify(execFile)(process.execPath, args, {cwd: root});
			expect(stdout).toBe(promised(source));
			expect(stderr).toBe('');
		},
		240_000,
	);
});

describe('the numbered examples', () => {
	test('show one behaviour each, numbered without a gap', () => {
		const numbers = examples.map((file) => Number(file.slice(0, 2)));
		expect(numbers).toEqual(Array.from({length: Math.max(9, numbers.length)}, (_, index) => index + 1));
	});

	test.each(examples)('%s is short, and imports the package by its name', (file) => {
		const source = readFileSync(path.join(folder, file), 'utf8');
		const [program = ''] = source.split('// Prints:');
		expect(program.split('\n').length).toBeLessThanOrEqual(50);
		expect(program).toContain("from 'pausable-signal'");
	});

	test('are listed in the README beside them', () => {
		const readme = readFileSync(path.join(folder, 'README.md'), 'utf8');
		const listed = [...readme.matchAll(/\]\((\d\d-[\w-]+\.ts)\)/g)].map(([, file]) => file);
		expect(listed).toEqual(examples);
	});
});
