/**
 * What lives short leaves nothing on what lives long: no listener, no timer, no entry, no memory.
 *
 * 120,000 pieces in all; `LEAK_PIECES=100000 npm test -- tests/leaks` makes that many of every kind,
 * which takes a quarter of an hour, and finds a leak of a few bytes.
 */
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals';
import {execFile} from 'node:child_process';
import {mkdirSync, rmSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {kinds, leaks, pausingKinds} from './kinds.ts';
import {fewBytes, type Leftovers, type Reports} from './leftovers.ts';

const pieces = process.env['LEAK_PIECES'] ?? '750';
const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = path.join(root, 'build', `leaks-${process.pid}`);
const reports: Record<string, Reports> = {};

// The compiler would come and go in the heap that is measured.
const flags = ['--expose-gc', '--no-opt', '--no-flush-bytecode'];

async function bundle(): Promise<string> {
	const file = path.join(folder, 'measure.mjs');
	mkdirSync(folder, {recursive: true});
	await run(path.join(root, 'node_modules/.bin/esbuild'), [
		fileURLToPath(new URL('measure.ts', import.meta.url)),
		'--bundle',
		'--platform=node',
		'--format=esm',
		// Node 20 knows no `using`.
		'--target=node20',
		`--outfile=${file}`,
	]);
	return file;
}

beforeAll(async () => {
	const file = await bundle();
	const measure = async (signal: string): Promise<void> => {
		const {stdout} = await run(process.execPath, [...flags, file, signal, pieces], {cwd: root});
		reports[signal] = JSON.parse(stdout) as Reports;
	};
	await Promise.all([measure('plain'), measure('pausable')]);
}, 3_600_000);

afterAll(() => rmSync(folder, {recursive: true, force: true}));

/** Such a figure may be a little above zero: the last piece may survive in a register. */
const few = 3;

/** The figures that tell of a leak. */
function leaking({mostListeners: _most, bytes, ...counts}: Leftovers): string[] {
	const names = Object.entries(counts).flatMap(([name, count]) => (count > few ? [name] : []));
	return bytes > fewBytes(Number(pieces)) ? [...names, 'bytes'] : names;
}

describe.each(['plain', 'pausable'])('on a long-lived %s signal', (signal) => {
	function leftBy(kind: string): Leftovers {
		return reports[signal]![kind]!;
	}

	const all = signal === 'plain' ? kinds : {...kinds, ...pausingKinds};

	test.each(Object.keys(all))('nothing is left of %s', (kind) => {
		const left = leftBy(kind);
		expect({leaking: leaking(left), ...left}).toEqual({leaking: [], ...left});
		expect(left.listeners).toBe(0);
	});

	test.each(Object.entries(leaks))('the measure finds %s', (kind, {shows}) => {
		expect(leaking(leftBy(kind))).toContain(shows);
	});
});

test('a plain signal has one listener of ours at most, whatever is under way', () => {
	const most = Object.keys(kinds).map((kind) => reports['plain']![kind]!.mostListeners);
	expect(Math.max(...most)).toBe(1);
});
