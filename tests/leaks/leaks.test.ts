/**
 * What lives short leaves nothing on what lives long: no listener, no timer, no entry, no memory.
 *
 * More than 100,000 pieces in all; `LEAK_PIECES=100000 npm test -- tests/leaks` makes that many of
 * every kind, which takes half an hour, and finds a leak of a few bytes.
 */
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals';
import {execFile} from 'node:child_process';
import {mkdirSync, rmSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {kinds, leaks, pausingKinds} from './kinds.ts';
import {leakIn, type Report} from './leftovers.ts';

const pieces = Number(process.env['LEAK_PIECES'] ?? 750);
// It takes seconds, but all on a machine that does a lot beside, or that finds a leak.
const timeLimit = Math.max(300_000, 40 * pieces);
const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = path.join(root, 'build', `leaks-${process.pid}`);

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

async function measure(file: string, kindOfSignal: string): Promise<Report> {
	// The compiler would come and go in the heap that is measured.
	const flags = ['--expose-gc', '--no-opt', '--no-flush-bytecode'];
	const args = [...flags, file, kindOfSignal, String(pieces)];
	const {stdout} = await run(process.execPath, args, {timeout: timeLimit});
	return JSON.parse(stdout) as Report;
}

const signals = ['plain', 'pausable'];
const measured = new Map<string, Promise<Report>>();

beforeAll(async () => {
	const file = await bundle();
	for (const signal of signals) measured.set(signal, measure(file, signal));
	// Each test tells of its own failure.
	await Promise.allSettled(measured.values());
}, timeLimit + 60_000);

afterAll(() => rmSync(folder, {recursive: true, force: true}));

describe.each(signals)('on a long-lived %s signal', (signal) => {
	test('nothing is left of anything', async () => {
		const report = await measured.get(signal)!;
		const leaking = Object.entries(report.kinds)
			.map(([kind, left]) => ({kind, ...leakIn(left, pieces)}))
			.filter((leak) => Object.keys(leak).length > 1);
		expect(leaking).toEqual([]);
		const names = Object.keys(signal === 'plain' ? kinds : {...kinds, ...pausingKinds});
		expect(Object.keys(report.kinds)).toEqual(names);
	});

	test('what is known to leave something is found', async () => {
		const report = await measured.get(signal)!;
		const missed = Object.entries(leaks).filter(
			([kind, {shows}]) => !(shows in leakIn(report.leaks[kind]!, pieces)),
		);
		expect(missed).toEqual([]);
	});
});

test('a plain signal has one listener of ours, whatever is under way', async () => {
	const report = await measured.get('plain')!;
	expect(report.mostListeners).toBe(1);
});
