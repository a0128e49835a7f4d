// What the documentation promises about itself; its code is checked by docs.test.ts.
import {describe, expect, test} from '@jest/globals';
import {parse} from '@babel/parser';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const pages = [
	'README.md',
	'CONTRIBUTING.md',
	'SECURITY.md',
	'examples/README.md',
	...readdirSync(path.join(root, 'docs')).map((file) => path.posix.join('docs', file)),
].filter((file) => file.endsWith('.md'));

function exportedNames(index: string): string[] {
	const {program} = parse(read(index), {sourceType: 'module', plugins: ['typescript']});
	return program.body.flatMap((node) => {
		if (node.type !== 'ExportNamedDeclaration') throw new Error(`${index}: a ${node.type}`);
		return node.specifiers.map(({exported}) => ('name' in exported ? exported.name : exported.value));
	});
}

const {exports} = JSON.parse(read('package.json')) as {exports: Record<string, unknown>};

/** The source of each entry that a user can import. */
const entries = Object.keys(exports)
	.filter((entry) => entry !== './package.json')
	.map((entry) => path.posix.join('src', entry, 'index.ts'));

describe('docs/api.md names every export', () => {
	test.each(entries)('of %s', (index) => {
		const page = read('docs/api.md');
		const missing = exportedNames(index).filter((name) => !new RegExp(`\`(new )?${name}\\b`).test(page));
		expect(missing).toEqual([]);
	});
});

describe('README.md', () => {
	const lines = read('README.md').split('\n');

	test('shows code early and stays short', () => {
		expect(lines.findIndex((line) => line.includes('gate.wait()'))).toBeLessThan(20);
		expect(lines.length).toBeLessThan(250);
	});
});

/** The anchors of a page, as they are made from its headings. */
function anchorsOf(page: string): Set<string> {
	const headings = page.replaceAll(/^```.*?^```/gms, '').matchAll(/^#+ (.*)$/gm);
	return new Set(
		[...headings].map(([, text]) =>
			text!
				.toLowerCase()
				.replaceAll(/[^\w\- ]/g, '')
				.replaceAll(' ', '-'),
		),
	);
}

describe('links', () => {
	test.each(pages)('of %s lead somewhere', (page) => {
		const targets = [...read(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, target]) => target!);
		const broken = targets.filter((target) => {
			const [file = '', anchor] = target.split('#');
			const linked = file === '' ? page : path.posix.join(path.posix.dirname(page), file);
			if (!existsSync(path.join(root, linked))) return true;
			return anchor !== undefined && !anchorsOf(read(linked)).has(anchor);
		});
		expect(broken).toEqual([]);
	});
});
