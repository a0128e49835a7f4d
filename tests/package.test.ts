// What is published: package.json names the entries, and dist has just what they export.
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals';
import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync, rmSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {pinned} from './support/pinned-exports.ts';

interface Manifest {
	readonly exports: Readonly<Record<string, unknown>>;
	readonly main: string;
	readonly types: string;
	readonly dependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const entries = Object.keys(manifest.exports).filter((name) => name !== './package.json');
const dist = path.resolve(`build/dist-${process.pid}`);

beforeAll(() => void execFileSync(process.execPath, ['scripts/build.js', dist], {stdio: 'pipe'}));
afterAll(() => rmSync(dist, {recursive: true, force: true}));

const roomOf = (entry: string): string => entry.replace(/^\.\/?/, '');
const fileOf = (entry: string): string => roomOf(entry) || 'index';

describe.each(entries)('the entry %s', (entry) => {
	test('is an ES module for import, and for require where that can load one, else CommonJS', () => {
		const esm = {types: `./dist/esm/${fileOf(entry)}.d.ts`, default: `./dist/esm/${fileOf(entry)}.js`};
		const cjs = {types: `./dist/cjs/${fileOf(entry)}.d.ts`, default: `./dist/cjs/${fileOf(entry)}.js`};
		const conditions = {import: esm, 'module-sync': esm, require: cjs};
		expect(manifest.exports[entry]).toEqual(conditions);
		expect(Object.keys(manifest.exports[entry] as object)).toEqual(Object.keys(conditions));
	});

	test('C8: exports from dist what its room exports, and nothing else', async () => {
		const room = roomOf(entry);
		const source = Object.keys((await import(`pausable-signal${room && `/${room}`}`)) as object);
		const file = `${fileOf(entry)}.js`;
		const esm = (await import(pathToFileURL(path.join(dist, 'esm', file)).href)) as object;
		const cjs = createRequire(import.meta.url)(path.join(dist, 'cjs', file)) as object;
		expect(source.toSorted()).toEqual(pinned[entry]);
		expect(Object.keys(esm).toSorted()).toEqual(source.toSorted());
		expect(Object.keys(cjs).toSorted()).toEqual(source.toSorted());
	});

	test('has types in both forms', () => {
		for (const format of ['esm', 'cjs'])
			expect(existsSync(path.join(dist, format, `${fileOf(entry)}.d.ts`))).toBe(true);
	});
});

test('old tools find the root entry', () => {
	expect([manifest.main, manifest.types]).toEqual(['./dist/cjs/index.js', './dist/cjs/index.d.ts']);
});

test('one dependency is installed with it', () => {
	expect(Object.keys(manifest.dependencies)).toEqual(['abort-controller-x']);
});
