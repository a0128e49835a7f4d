/**
 * What keeps src easy to live in: small classes, short files, no circles. Whoever needs an exception
 * writes it into one of the lists below, and takes it out when the reason is gone.
 */
import {describe, expect, test} from '@jest/globals';
import {parse, type ParserPlugin} from '@babel/parser';
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const mostMethods = 25;
const mostFields = 15;
const mostLines = 400;
const mostFilesInCircle = 2;

/** Classes whose methods carry the names of p-queue or of the platform: 35. */
const faces = new Set(['PausableQueue', 'PausableSignal', 'Task', 'TaskGroup']);
const mostMethodsOfFace = 35;

/** Classes that may have more fields: the heart, and those that are to be split. */
const fieldLimits: Readonly<Record<string, number>> = {
	PauseNode: 24,
	Run: 16,
	PausableWorker: 16,
};

/** Setters that are to become methods. */
const knownBlindSetters = new Set(['Job.grace']);

/** Files that are to be split. */
const longFiles = new Set<string>();

/** Rooms whose circle of types is to be opened. */
const roomsWithCircle = new Set(['thread']);

interface Class {
	readonly name: string;
	readonly methods: number;
	readonly fields: number;
	/** Setters without a getter of the same name. */
	readonly blindSetters: readonly string[];
}

interface Node {
	readonly type: string;
	readonly [key: string]: unknown;
}

const plugins: ParserPlugin[] = ['typescript'];

function isNode(value: unknown): value is Node {
	return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}

function* nodesOf(root: Node): Iterable<Node> {
	yield root;
	for (const value of Object.values(root))
		for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) yield* nodesOf(child);
}

function nameOf(key: unknown): string {
	const {name, id, value} = key as {name?: string; id?: {name: string}; value?: string};
	return name ?? (id === undefined ? String(value) : `#${id.name}`);
}

function classOf(node: Node): Class {
	const members = (node['body'] as {body: Node[]}).body;
	const methods = members.filter(({type}) => type === 'ClassMethod' || type === 'ClassPrivateMethod');
	const named = (kind: string): string[] =>
		methods.filter((method) => method['kind'] === kind).map((method) => nameOf(method['key']));
	const getters = new Set(named('get'));
	return {
		name: (node['id'] as {name: string} | null)?.name ?? 'anonymous',
		methods: methods.length,
		// `declare` makes none.
		fields: members.filter(
			(member) =>
				(member.type === 'ClassProperty' || member.type === 'ClassPrivateProperty') &&
				member['declare'] !== true &&
				member['static'] !== true,
		).length,
		blindSetters: named('set').filter((name) => !getters.has(name)),
	};
}

function classesOf(source: string): Class[] {
	const {program} = parse(source, {sourceType: 'module', plugins});
	return [...nodesOf(program as unknown as Node)]
		.filter(({type}) => type === 'ClassDeclaration' || type === 'ClassExpression')
		.map(classOf);
}

function faultsOf({name, methods, fields, blindSetters}: Class): string[] {
	const methodLimit = faces.has(name) ? mostMethodsOfFace : mostMethods;
	const fieldLimit = fieldLimits[name] ?? mostFields;
	return [
		...(methods > methodLimit ? [`${name} has ${methods} methods, of ${methodLimit}`] : []),
		...(fields > fieldLimit ? [`${name} has ${fields} fields, of ${fieldLimit}`] : []),
		...blindSetters
			.map((setter) => `${name}.${setter}`)
			.filter((setter) => !knownBlindSetters.has(setter))
			.map((setter) => `${setter} can be set and not read`),
	];
}

type Graph = ReadonlyMap<string, readonly string[]>;

/** The files that each file imports from its own room, types included. */
function graphOf(sources: ReadonlyMap<string, string>): Graph {
	return new Map(
		[...sources].map(([file, source]) => {
			const {program} = parse(source, {sourceType: 'module', plugins});
			const targets = program.body.flatMap((node) =>
				'source' in node && node.source != null ? [node.source.value] : [],
			);
			const local = targets.filter((target) => target.startsWith('.'));
			return [file, local.map((target) => path.posix.join(path.posix.dirname(file), target))] as const;
		}),
	);
}

/** The circles of files, each in alphabetical order: all that reach each other. */
function circlesOf(graph: Graph): string[][] {
	const reach = new Map([...graph.keys()].map((file) => [file, reachedFrom(graph, file)] as const));
	const circles = new Set<string>();
	for (const [file, reached] of reach) {
		const circle = [...reached].filter((other) => reach.get(other)?.has(file) === true);
		if (circle.length > 1) circles.add(circle.toSorted().join());
	}
	return [...circles].map((circle) => circle.split(','));
}

function reachedFrom(graph: Graph, file: string): Set<string> {
	const reached = new Set(graph.get(file));
	for (const at of reached) for (const next of graph.get(at) ?? []) reached.add(next);
	return reached;
}

const src = fileURLToPath(new URL('../src', import.meta.url));
const sources = new Map(
	readdirSync(src, {recursive: true, encoding: 'utf8'})
		.map((file) => file.replaceAll(path.sep, '/'))
		.filter((file) => file.endsWith('.ts'))
		.map((file) => [file, readFileSync(path.join(src, file), 'utf8')] as const),
);

describe('src', () => {
	test('has no class with more than 25 methods or 15 fields, and no setter without a getter', () => {
		expect([...sources.values()].flatMap((source) => classesOf(source).flatMap(faultsOf))).toEqual([]);
	});

	test('has no file of more than 400 lines', () => {
		const long = [...sources].filter(([, source]) => source.trimEnd().split('\n').length > mostLines);
		expect(long.map(([file]) => file).filter((file) => !longFiles.has(file))).toEqual([]);
	});

	test('has no circle of imports with more than two files, types included', () => {
		const circles = circlesOf(graphOf(sources)).filter((circle) => circle.length > mostFilesInCircle);
		const roomOf = ([first = '']: readonly string[]): string => first.slice(0, first.indexOf('/'));
		expect(circles.filter((circle) => !roomsWithCircle.has(roomOf(circle)))).toEqual([]);
	});
});

describe('the rules', () => {
	test('count methods, accessors and fields, private ones included', () => {
		const source = `class A {
			a = 1; #b; static c; declare d: string;
			constructor() {} e() {} #f() {} get g() { return 1; } set h(value) {} static i() {}
			j(): void; j(k?: number): void {}
		}`;
		expect(classesOf(source)).toEqual([{name: 'A', methods: 7, fields: 2, blindSetters: ['h']}]);
	});

	test('refuse too many of them', () => {
		const many = {name: 'A', methods: 26, fields: 16, blindSetters: []};
		expect(faultsOf(many)).toEqual(['A has 26 methods, of 25', 'A has 16 fields, of 15']);
		expect(faultsOf({...many, name: 'Task', fields: 15})).toEqual([]);
	});

	test('find circles of types as well', () => {
		const graph = graphOf(
			new Map([
				['a/a.ts', "import {b} from './b.ts';"],
				['a/b.ts', "import type {C} from './c.ts';"],
				['a/c.ts', "export type {A} from './a.ts'; import {d} from './d.ts';"],
				['a/d.ts', "import 'elsewhere';"],
			]),
		);
		expect(circlesOf(graph)).toEqual([['a/a.ts', 'a/b.ts', 'a/c.ts']]);
	});
});
