// Imports point one way, and a room is entered through its index.ts.
import {describe, expect, test} from '@jest/globals';
import {parse} from '@babel/parser';
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

/** What each room may import. A new room is one more line here. */
const rooms: Readonly<Record<string, readonly string[]>> = {
	core: [],
	time: ['core'],
	flow: ['core', 'time'],
	task: ['core', 'time', 'flow'],
	iterate: ['core', 'time', 'flow', 'task'],
	streams: ['core', 'time', 'flow', 'task', 'iterate'],
	fetch: ['core', 'time', 'flow', 'task', 'iterate', 'streams'],
	// map() reads its sources as pausable() does.
	queue: ['core', 'time', 'flow', 'task', 'iterate'],
	// The pool alone uses the queue.
	thread: ['core', 'time', 'flow', 'task', 'iterate', 'queue'],
	remote: ['core', 'time', 'flow', 'task'],
	bullmq: ['core', 'flow', 'task', 'remote'],
	testing: ['core', 'task'],
	process: ['core'],
};

/** The rooms that may use a dependency. */
const dependencies: Readonly<Record<string, readonly string[]>> = {
	'abort-controller-x': ['flow'],
	'p-queue': ['queue'],
	bullmq: ['bullmq'],
};

interface Import {
	/** Both relative to src, with slashes; a package keeps its name. */
	readonly from: string;
	readonly to: string;
	readonly typeOnly: boolean;
}

function roomOf(file: string): string {
	return file.includes('/') ? file.slice(0, file.indexOf('/')) : '';
}

function importsOf(file: string, source: string): Import[] {
	const imports: Import[] = [];
	const {program, tokens} = parse(source, {sourceType: 'module', plugins: ['typescript'], tokens: true});
	const add = (specifier: string, typeOnly: boolean): void => {
		const to = specifier.startsWith('.') ? path.posix.join(path.posix.dirname(file), specifier) : specifier;
		imports.push({from: file, to, typeOnly});
	};
	for (const node of program.body) {
		if (node.type === 'ImportDeclaration') add(node.source.value, node.importKind === 'type');
		if (node.type === 'ExportAllDeclaration') add(node.source.value, node.exportKind === 'type');
		if (node.type === 'ExportNamedDeclaration' && node.source)
			add(node.source.value, node.exportKind === 'type');
	}
	// import('…') in code and in types: the tokens find both, wherever they are.
	const words: {value?: unknown; type: {label: string}}[] = tokens!;
	for (const [at, {type}] of words.entries()) {
		const argument = words[at + 2];
		if (type.label === 'import' && words[at + 1]?.type.label === '(' && argument?.type.label === 'string') {
			add(String(argument.value), false);
		}
	}
	return imports;
}

/** Every rule that these imports break, in words. */
function faultsOf(imports: readonly Import[]): string[] {
	return [...imports.flatMap(faultOf), ...cyclesOf(imports.filter(({typeOnly}) => !typeOnly))];
}

function faultOf({from, to}: Import): string[] {
	const told = (why: string): string[] => [`${from} imports ${to}: ${why}`];
	const room = roomOf(from);
	if (!to.endsWith('.ts')) {
		if (to in dependencies && !dependencies[to]!.includes(room)) {
			return told(`${to} is for ${dependencies[to]!.join(', ')}`);
		}
		const known = to in dependencies || to.startsWith('node:');
		return known ? [] : told('it is not a dependency');
	}
	if (to.startsWith('../')) return told('it is outside src');
	if (to === 'index.ts') return told('src/index.ts is the door for users, not for rooms');
	const target = roomOf(to);
	if (room === target) return [];
	if (room === '' && from !== 'index.ts') return told('src/index.ts is the only file beside the rooms');
	if (!(target in rooms)) return told('it is not in a room that this test knows');
	if (room !== '' && !rooms[room]?.includes(target)) return told(`${room} may not know ${target}`);
	return to === `${target}/index.ts` ? [] : told('a room is entered through its index.ts');
}

function cyclesOf(imports: readonly Import[]): string[] {
	const next = new Map<string, Import[]>();
	for (const one of imports) next.set(one.from, [...(next.get(one.from) ?? []), one]);
	const done = new Set<string>();
	const cycles: string[] = [];
	const walk = (file: string, trail: readonly string[]): void => {
		const begin = trail.indexOf(file);
		if (begin !== -1) cycles.push([...trail.slice(begin), file].join(' → '));
		if (begin !== -1 || done.has(file)) return;
		for (const {to} of next.get(file) ?? []) walk(to, [...trail, file]);
		done.add(file);
	};
	for (const file of next.keys()) walk(file, []);
	return cycles;
}

const src = fileURLToPath(new URL('../src', import.meta.url));
const files = readdirSync(src, {recursive: true, encoding: 'utf8'})
	.map((file) => file.replaceAll(path.sep, '/'))
	.filter((file) => file.endsWith('.ts'));

describe('src', () => {
	test('imports one way, through the doors, without cycles', () => {
		const imports = files.flatMap((file) => importsOf(file, readFileSync(path.join(src, file), 'utf8')));
		expect(faultsOf(imports)).toEqual([]);
	});

	test('is index.ts and rooms, each with an index.ts', () => {
		expect(files.filter((file) => roomOf(file) === '')).toEqual(['index.ts']);
		const found = new Set(files.map(roomOf).filter((room) => room !== ''));
		expect([...found].filter((room) => !(room in rooms))).toEqual([]);
		expect([...found].filter((room) => !files.includes(`${room}/index.ts`))).toEqual([]);
	});
});

describe('the rules', () => {
	const faults = (file: string, source: string): string[] => faultsOf(importsOf(file, source));

	test.each([
		['task/task.ts', "import {delay} from '../time/index.ts';"],
		['task/task.ts', "import {state} from './state.ts';"],
		['task/parts/a.ts', "import {state} from '../state.ts';"],
		['index.ts', "export {Gate} from './core/index.ts';"],
		['flow/all.ts', "import {all} from 'abort-controller-x';"],
		['fetch/download.ts', "const fs = await import('node:fs/promises');"],
	])('allow %s: %s', (file, source) => {
		expect(faults(file, source)).toEqual([]);
	});

	test.each([
		['core/gate.ts', "import {delay} from '../time/index.ts';", /core may not know time/],
		['core/gate.ts', "import type {Task} from '../task/index.ts';", /core may not know task/],
		['core/gate.ts', "let t: import('../task/index.ts').Task;", /core may not know task/],
		['thread/thread.ts', "export * from '../fetch/index.ts';", /thread may not know fetch/],
		['time/delay.ts', "import {Gate} from '../core/gate.ts';", /through its index/],
		['time/delay.ts', "import {Gate} from '../index.ts';", /door for users/],
		['index.ts', "export {Gate} from './core/gate.ts';", /through its index/],
		['extra.ts', "import {Gate} from './core/index.ts';", /only file beside/],
		['core/gate.ts', "import {all} from 'abort-controller-x';", /is for flow/],
		['core/gate.ts', "import ms from 'ms';", /not a dependency/],
		['core/gate.ts', "import {x} from '../../tests/x.ts';", /outside src/],
	])('refuse %s: %s', (file, source, fault) => {
		expect(faults(file, source)).toEqual([expect.stringMatching(fault)]);
	});

	test('refuse a cycle of values, not one of types', () => {
		const ring = [
			...importsOf('core/a.ts', "import {b} from './b.ts';"),
			...importsOf('core/b.ts', "import {c} from './c.ts';"),
		];
		const back = (words: string): Import[] => importsOf('core/c.ts', `${words} {a} from './a.ts';`);
		expect(faultsOf([...ring, ...back('import')])).toEqual(['core/a.ts → core/b.ts → core/c.ts → core/a.ts']);
		expect(faultsOf([...ring, ...back('import type')])).toEqual([]);
	});
});
