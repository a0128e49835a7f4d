/*
 * The code in the documentation is compiled and run.
 *
 * Where it is found: every ```ts and ```js block of README.md and docs/*.md, and every `@example` in src.
 * What it may hold: a module, as a user would write it, with top-level await and 'pausable-signal' imports.
 *
 *   expression;          // => value           the expression has that value, or prints like it
 *   const x = await f(); // => value           so has x
 *   console.log(a, b);   // => text            that is what is printed
 *   await f();           // => throws text     it throws an error whose name, or `name: message`, is that
 *                                              (or any other reason: throws 'text', throws undefined)
 *
 *   A line that is reached several times lists what it saw: // => 0, 1, 2
 *   `…` stands for any text: // => [ 1, … ]            Prose may follow: // => true // still paused
 *   A comment that is never reached fails.
 *
 * Names that a block needs and a reader does not: a comment right above the block.
 *
 *   <!-- prelude
 *   const url = 'data:text/plain,hello';
 *   -->
 *
 * A block that begins with ```ts no-run is compiled only. An `@example` is complete in itself.
 * A ```sh block may name only npm scripts that exist. Other fences are left alone.
 *
 * Every extracted file keeps the line numbers of the page it came from, so that an error points at the page.
 */
import {parse} from '@babel/parser';
import type {Comment, Expression, Node, Statement} from '@babel/types';

export interface DocBlock {
	/** The page, relative to the root of the repository. */
	readonly page: string;
	/** The line of the first line of code, from 1. */
	readonly line: number;
	readonly language: 'ts' | 'js' | 'sh';
	readonly run: boolean;
	/** The code and its prelude, on the lines that they have on the page. */
	readonly code: string;
}

export interface ExpectedComment {
	readonly line: number;
	readonly text: string;
}

export interface RunnableExample {
	/** The code with a call of `recorder` in the place of each `// =>`. */
	readonly code: string;
	readonly expected: readonly ExpectedComment[];
}

/** The code blocks of a Markdown page. */
export function blocksOfPage(page: string, markdown: string): DocBlock[] {
	const lines = markdown.split('\n');
	const blocks: DocBlock[] = [];
	let prelude: LineRange | undefined;
	for (let at = 0; at < lines.length; at++) {
		const line = lines[at]!;
		const fence = /^(\s*)(`{3,})(\w*)(.*)$/.exec(line);
		if (fence) {
			const end = lineOf(lines, at + 1, (text) => text.trim() === fence[2]);
			const info = fence[4]!.trim();
			const language = languageOf(fence[3]!);
			if (language) {
				const code = keepLines(lines, [prelude, {from: at + 1, to: end}]);
				blocks.push({page, line: at + 2, language, run: info !== 'no-run', code});
			}
			prelude = undefined;
			at = end;
		} else if (line.trim() === '<!-- prelude') {
			const end = lineOf(lines, at + 1, (text) => text.trim() === '-->');
			prelude = {from: at + 1, to: end};
			at = end;
		} else if (line.trim() !== '') {
			prelude = undefined;
		}
	}
	return blocks;
}

/** The `@example`s in the docstrings of a source file, fenced or bare. */
export function blocksOfSource(page: string, source: string): DocBlock[] {
	const lines = source.split('\n');
	const blocks: DocBlock[] = [];
	let example: number | undefined;
	let inDocstring = false;
	for (const [at, line] of lines.entries()) {
		inDocstring ||= line.trimStart().startsWith('/**');
		const ends = line.includes('*/');
		if (example !== undefined && (ends || /^\s*\* @\w/.test(line))) {
			blocks.push(exampleBlock(page, lines, example, at));
			example = undefined;
		}
		if (inDocstring && /^\s*\* @example\b/.test(line)) example = at + 1;
		if (ends) inDocstring = false;
	}
	return blocks;
}

/** Puts a call of the recorder, a variable of that name, in the place of every `// =>`. */
export function makeRunnable(code: string, recorder: string): RunnableExample {
	const {program, comments} = parse(code, {
		sourceType: 'module',
		plugins: ['typescript', 'explicitResourceManagement'],
	});
	const statements = allStatements(program);
	const expected: ExpectedComment[] = [];
	const edits: Edit[] = [];
	for (const comment of comments ?? []) {
		const text = expectedText(comment);
		if (text === undefined) continue;
		const line = comment.loc!.start.line;
		const statement = statementBefore(statements, comment);
		if (!statement) throw new SyntaxError(`Line ${line}: there is no statement before // => ${text}`);
		edits.push(...record(statement, recorder, expected.length, text, line));
		expected.push({line, text});
	}
	return {code: applyEdits(code, edits), expected};
}

interface LineRange {
	from: number;
	/** The line after the last one. */
	to: number;
}

interface Edit {
	at: number;
	remove: number;
	insert: string;
}

function languageOf(tag: string): DocBlock['language'] | undefined {
	if (tag === 'ts' || tag === 'typescript') return 'ts';
	if (tag === 'js' || tag === 'javascript') return 'js';
	if (tag === 'sh' || tag === 'bash') return 'sh';
	return undefined;
}

function lineOf(lines: readonly string[], from: number, matches: (line: string) => boolean): number {
	const found = lines.findIndex((line, index) => index >= from && matches(line));
	if (found === -1) throw new SyntaxError(`Line ${from}: what begins here has no end`);
	return found;
}

function keepLines(lines: readonly string[], ranges: readonly (LineRange | undefined)[]): string {
	const kept = (at: number): boolean => ranges.some((range) => range && at >= range.from && at < range.to);
	return lines.map((line, at) => (kept(at) ? line : '')).join('\n');
}

function exampleBlock(page: string, lines: readonly string[], from: number, to: number): DocBlock {
	const code = keepLines(lines, [{from, to}])
		.split('\n')
		.map((line) => line.replace(/^\s*\* ?/, '').replace(/^```.*$/, ''))
		.join('\n');
	return {page, line: from + 1, language: 'ts', run: true, code};
}

function expectedText(comment: Comment): string | undefined {
	if (comment.type !== 'CommentLine') return undefined;
	const text = /^\s*=>(.*)$/.exec(comment.value)?.[1];
	return text?.split(' // ')[0]!.trim();
}

function allStatements(root: Node): Statement[] {
	const found: Statement[] = [];
	const visit = (value: unknown): void => {
		if (Array.isArray(value)) {
			for (const item of value) visit(item);
		} else if (isNode(value)) {
			if (value.type === 'ExpressionStatement' || value.type === 'VariableDeclaration') found.push(value);
			for (const [key, child] of Object.entries(value)) if (!key.endsWith('Comments')) visit(child);
		}
	};
	visit(root);
	return found;
}

function isNode(value: unknown): value is Node {
	return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** The innermost statement that ends on the comment's line: the one that begins last. */
function statementBefore(statements: readonly Statement[], comment: Comment): Statement | undefined {
	const {line} = comment.loc!.start;
	const candidates = statements.filter(({loc, end}) => loc!.end.line === line && end! <= comment.start!);
	return candidates.toSorted((a, b) => b.start! - a.start!)[0];
}

function record(statement: Statement, recorder: string, index: number, text: string, line: number): Edit[] {
	if (statement.type === 'VariableDeclaration') {
		const [{id} = {}, more] = statement.declarations;
		if (id?.type !== 'Identifier' || more) throw new SyntaxError(`Line ${line}: // => needs one plain name`);
		return [{at: statement.end!, remove: 0, insert: ` ${recorder}.value(${index}, ${id.name});`}];
	}
	if (statement.type !== 'ExpressionStatement') return [];
	const {expression} = statement;
	if (/^(throws|rejects)\b/.test(text)) return recordThrow(expression, recorder, index, text);
	if (isConsoleLog(expression)) {
		const {start, end} = expression.callee;
		return [{at: start!, remove: end! - start!, insert: `${recorder}.printed(${index})`}];
	}
	return wrap(expression, `${recorder}.value(${index}, (`, '))');
}

function recordThrow(expression: Expression, recorder: string, index: number, text: string): Edit[] {
	const waits = expression.type === 'AwaitExpression' || text.startsWith('rejects');
	return waits
		? wrap(expression, `await ${recorder}.rejects(${index}, async () => (`, '))')
		: wrap(expression, `${recorder}.throws(${index}, () => (`, '))');
}

function isConsoleLog(expression: Expression): expression is Extract<Expression, {type: 'CallExpression'}> {
	if (expression.type !== 'CallExpression' || expression.callee.type !== 'MemberExpression') return false;
	const {object, property} = expression.callee;
	return object.type === 'Identifier' && object.name === 'console' && property.type === 'Identifier';
}

function wrap({start, end}: Node, before: string, after: string): Edit[] {
	return [
		{at: start!, remove: 0, insert: before},
		{at: end!, remove: 0, insert: after},
	];
}

function applyEdits(code: string, edits: readonly Edit[]): string {
	let result = code;
	for (const {at, remove, insert} of edits.toSorted((a, b) => b.at - a.at)) {
		result = result.slice(0, at) + insert + result.slice(at + remove);
	}
	return result;
}
