// The runner of the documentation's code must be able to fail.
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals';
import {blocksOfPage, blocksOfSource, makeRunnable} from './support/doc-examples.ts';
import type {DocBlock} from './support/doc-examples.ts';
import {DocRunner} from './support/doc-runner.ts';

const fence = '```';

function page(...lines: string[]): string {
	return lines.join('\n');
}

function blockOf(...lines: string[]): DocBlock {
	const [block] = blocksOfPage(`fixture${blockOf.count++}.md`, page('', `${fence}ts`, ...lines, fence));
	return block!;
}
blockOf.count = 0;

describe('finding the code', () => {
	test('a block keeps the line numbers of its page', () => {
		const [block] = blocksOfPage('a.md', page('# Title', '', `${fence}ts`, 'one();', 'two();', fence, 'end'));
		expect(block).toMatchObject({page: 'a.md', line: 4, language: 'ts', run: true});
		expect(block!.code.split('\n')).toEqual(['', '', '', 'one();', 'two();', '', '']);
	});

	test('a prelude belongs to the block right below it alone', () => {
		const prelude = ['<!-- prelude', 'const a = 1;', '-->'];
		const block = [`${fence}ts`, 'a;', fence];
		const [first, second] = blocksOfPage('a.md', page(...prelude, ...block, ...block));
		expect(first!.code).toContain('const a = 1;');
		expect(second!.code).not.toContain('const a');
		const [apart] = blocksOfPage('a.md', page(...prelude, 'Some prose.', ...block));
		expect(apart!.code).not.toContain('const a');
	});

	test('no-run, js and sh are told apart, other fences are left alone', () => {
		const text = ['ts no-run', 'js', 'sh', 'text', 'mermaid', 'json'].map(
			(info) => `${fence}${info}\nx\n${fence}`,
		);
		const found = blocksOfPage('a.md', text.join('\n')).map(({language, run}) => [language, run]);
		expect(found).toEqual([
			['ts', false],
			['js', true],
			['sh', true],
		]);
	});

	test('a block without an end fails', () => {
		expect(() => blocksOfPage('a.md', page(`${fence}ts`, 'x'))).toThrow(/no end/);
	});

	test('examples in docstrings, bare and fenced', () => {
		const source = page(
			'/**',
			' * What it does.',
			' * @example',
			' * one();',
			' *   two();',
			' * @example',
			` * ${fence}ts`,
			' * three();',
			` * ${fence}`,
			' */',
			'four();',
		);
		const found = blocksOfSource('a.ts', source);
		expect(found.map(({line}) => line)).toEqual([4, 7]);
		expect(found.map(({code}) => code.trim())).toEqual(['one();\n  two();', 'three();']);
		expect(found[1]!.code.split('\n')[7]).toBe('three();');
	});

	test('a comment without a statement fails', () => {
		expect(() => makeRunnable('\n// => 1', 'doc')).toThrow(/no statement before/);
	});
});

describe('compiling the code', () => {
	const runner = new DocRunner();
	afterAll(() => runner[Symbol.dispose]());

	const right = blockOf('const n: number = 1;');
	const wrong = blockOf('', "const n: number = '1';");
	let faults: Map<DocBlock, string[]>;

	beforeAll(async () => {
		faults = await runner.check([right, wrong]);
	}, 120_000);

	test('an error of type is told with the line of the page', () => {
		expect(faults.get(right)).toEqual([]);
		expect(faults.get(wrong)).toEqual([expect.stringMatching(/^fixture\d+\.md\(4,\d+\): error TS2322/)]);
	});
});

describe('running the code', () => {
	const runner = new DocRunner();
	afterAll(() => runner[Symbol.dispose]());

	test.each([
		['a value', '1 + 1; // => 2'],
		['a value over several lines', '[\n1,\n2,\n].length; // => 2'],
		['a string, in quotes', "'a' + 'b'; // => 'ab'"],
		['an object, in any way of writing it', '({a: [1], b: undefined}); // => {a: [1], b: undefined}'],
		['a declaration', 'const x = await Promise.resolve(3); // => 3'],
		['what is printed', "console.log('state', [1], true); // => state [ 1 ] true"],
		['a string that is printed', "console.log('paused'); // => paused"],
		['some of what is printed', 'console.log([1, 2, 3]); // => [ 1, … ]'],
		['prose after it', 'false; // => false // timed out'],
		['a promise that rejects', "await Promise.reject(new TypeError('bad')); // => throws TypeError: bad"],
		['the name of the error alone', "await Promise.reject(new TypeError('bad')); // => throws TypeError"],
		['a reason that is no error', "await Promise.reject('enough'); // => throws 'enough'"],
		['a call that throws', "JSON.parse('{'); // => throws SyntaxError: …"],
		['a DOMException', 'AbortSignal.abort().throwIfAborted(); // => throws AbortError: …'],
		['lines that are reached often', 'for (let i = 0; i < 3; i++) {\nconsole.log(i); // => 0, 1, 2\n}'],
		['a callback that runs later', 'setTimeout(() => {\nconsole.log(7); // => 7\n}, 5);'],
		['the package by its name', "import * as all from 'pausable-signal';\ntypeof all; // => 'object'"],
		['syntax that Node 20 has not', '{\nusing x = {[Symbol.dispose]() {}};\ntypeof x; // => "object"\n}'],
	])('passes: %s', async (_name, code) => {
		expect(await runner.run(blockOf(...code.split('\n')))).toEqual([]);
	});

	test.each([
		['a value', '1 + 1; // => 3', 'line 3: expected 3 but saw 2'],
		['a value of another type', '1; // => true', 'line 3: expected true but saw 1'],
		['a declaration', 'const x = 3; // => 4', 'line 3: expected 4 but saw 3'],
		['what is printed', "console.log('a'); // => b", 'line 3: expected b but saw a'],
		['a name that is not known', '1; // => one', 'line 3: expected one but saw 1'],
		[
			'no error',
			'await Promise.resolve(); // => throws TypeError',
			'line 3: expected throws TypeError but saw it',
		],
		[
			'another error',
			"JSON.parse('{'); // => throws TypeError",
			'line 3: expected throws TypeError but saw throws S',
		],
		['one value of many', 'for (const i of [1, 2]) {\ni; // => 1\n}', 'line 4: expected 1 but saw 1, 2'],
	])('fails: %s', async (_name, code, fault) => {
		expect(await runner.run(blockOf(...code.split('\n')))).toEqual([expect.stringContaining(fault)]);
	});

	test('fails: a line that is never reached', async () => {
		const block = blockOf('if (false as boolean) {', '1; // => 1', '}');
		expect(await runner.run(block)).toEqual(['line 4: // => 1 was never reached']);
	});

	test('fails: what the code itself throws', async () => {
		await expect(runner.run(blockOf("throw new RangeError('mine');"))).rejects.toThrow('mine');
	});
});
