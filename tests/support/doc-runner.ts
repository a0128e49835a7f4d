import {execFile} from 'node:child_process';
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {makeRunnable} from './doc-examples.ts';
import type {DocBlock} from './doc-examples.ts';
import {DocRecorder} from './doc-recorder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Where a running block finds its recorder: an import of ours would be one that the page does not show. */
const registry = '__docRecorders';
const recorders = new Map<string, DocRecorder>();
Object.assign(globalThis, {[registry]: recorders});

/** Compiles and runs documentation blocks in a folder of its own, inside the repository so that imports resolve. */
export class DocRunner {
	// Two runs of the tests at once must not delete each other's files.
	readonly #folder = path.join(root, 'build', `docs-${process.pid}`);

	/** Compiles all blocks at once: the errors of each, with the lines of the page. */
	async check(blocks: readonly DocBlock[]): Promise<Map<DocBlock, string[]>> {
		const folder = path.join(this.#folder, 'check');
		mkdirSync(folder, {recursive: true});
		const config = {
			extends: path.join(root, 'tsconfig.json'),
			compilerOptions: {allowJs: true, checkJs: true, declaration: false, isolatedDeclarations: false},
			include: ['./*'],
		};
		writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(config));
		for (const block of blocks) writeFileSync(path.join(folder, fileOf(block)), block.code);
		const output = blocks.length === 0 ? '' : await compile(folder);
		const lines = output.split('\n');
		// Errors in src are told by `npm run check`; one in the settings must not pass for a success.
		if (/^error/m.test(output)) throw new Error(`tsc could not compile the documentation:\n${output}`);
		return new Map(blocks.map((block) => [block, faultsOf(block, lines)] as const));
	}

	/** Runs one block: what its `// =>` lines found wrong. Rejects with what the block itself throws. */
	async run(block: DocBlock): Promise<string[]> {
		const {code, expected} = makeRunnable(block.code, '__doc');
		const file = path.join(this.#folder, 'run', fileOf({...block, language: 'ts'}));
		const recorder = new DocRecorder(expected);
		recorders.set(file, recorder);
		mkdirSync(path.dirname(file), {recursive: true});
		writeFileSync(file, `${header(file)}${code}\nexport {};\n`);
		await import(pathToFileURL(file).href);
		await reached(recorder);
		return recorder.faults;
	}

	[Symbol.dispose](): void {
		rmSync(this.#folder, {recursive: true, force: true});
	}
}

/** On the first line, which is always the page's own or the opening fence: the lines of the code do not move. */
function header(file: string): string {
	return `const __doc = globalThis.${registry}.get(${JSON.stringify(file)}), console = __doc.console;`;
}

function fileOf({page, line, language}: DocBlock): string {
	return `${page.replaceAll(/[^\w-]+/g, '_')}-L${line}.${language}`;
}

function compile(folder: string): Promise<string> {
	const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
	return new Promise((resolve, reject) => {
		execFile(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], (error, stdout, stderr) => {
			if (error && stdout === '') reject(new Error(`tsc failed: ${stderr}`, {cause: error}));
			else resolve(stdout);
		});
	});
}

function faultsOf(block: DocBlock, lines: readonly string[]): string[] {
	const prefix = `${fileOf(block)}(`;
	return lines
		.filter((line) => line.includes(prefix))
		.map((line) => `${block.page}(${line.slice(line.indexOf(prefix) + prefix.length)}`);
}

/** A callback may run after the block's own last line; what is never reached is told of after two seconds. */
async function reached(recorder: DocRecorder): Promise<void> {
	for (let turn = 0; turn < 400 && !recorder.complete; turn++) await wait(5);
}
