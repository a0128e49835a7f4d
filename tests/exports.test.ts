// C8: what a user can import is this, and no more: asked of the package as it is built.
import {afterAll, beforeAll, expect, test} from '@jest/globals';
import {execFile} from 'node:child_process';
import {mkdir, readFile, rm} from 'node:fs/promises';
import path from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {promisify} from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
// In here, so that the dependencies are found.
const out = path.join(root, 'node_modules', '.cache', `exports-${process.pid}`);

/** The values that each entry exports. A new export is a promise: it stands here, too. */
const pinned: Readonly<Record<string, readonly string[]>> = {
	'.': [
		'AbortError',
		'Gate',
		'PausableController',
		'PausableSignal',
		'StopTimeoutError',
		'Task',
		'abortable',
		'all',
		'catchAbortError',
		'deadline',
		'delay',
		'execute',
		'forever',
		'interval',
		'isAbortError',
		'isAbortOf',
		'pausable',
		'proactiveRetry',
		'race',
		'rethrowAbortError',
		'retry',
		'run',
		'shield',
		'spawn',
		'stopwatch',
		'throwIfAborted',
		'waitForEvent',
	],
	'./queue': ['PausableQueue', 'PriorityQueue', 'TaskSet', 'TimeoutError'],
	'./streams': ['pausableStream'],
	'./fetch': ['TransferError', 'download', 'pausableFetch', 'transferOf'],
	'./thread': [
		'SignalLostError',
		'Thread',
		'ThreadExitError',
		'ThreadPool',
		'ThreadSignal',
		'defineThread',
		'receiveSignal',
		'transferSignal',
	],
	'./remote': [
		'RemoteController',
		'fileStore',
		'followRemote',
		'memoryStore',
		'postgresStore',
		'postgresStoreMigration',
		'redisStore',
	],
	'./testing': ['SweepError', 'VirtualTime', 'leftOn', 'sequence', 'sweep', 'virtualTime', 'whenParked'],
};

interface Entry {
	readonly default: string;
}

async function entriesOf(): Promise<[string, Entry][]> {
	const text = await readFile(path.join(root, 'package.json'), 'utf8');
	const {exports} = JSON.parse(text) as {exports: Record<string, string | Entry>};
	return Object.entries(exports).flatMap(([name, target]) =>
		typeof target === 'string' ? [] : [[name, target]],
	);
}

async function namesIn(file: string): Promise<string[]> {
	const url = pathToFileURL(path.join(out, path.relative('dist', file))).href;
	const program = `console.log(JSON.stringify(Object.keys(await import('${url}'))))`;
	const {stdout} = await run(process.execPath, ['--input-type=module', '-e', program]);
	return (JSON.parse(stdout) as string[]).toSorted();
}

beforeAll(async () => {
	await mkdir(out, {recursive: true});
	const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
	await run(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', out], {cwd: root});
}, 120_000);

afterAll(() => rm(out, {recursive: true, force: true}));

test('C8: each entry exports what is pinned here', async () => {
	const entries = await entriesOf();
	const found = await Promise.all(
		entries.map(async ([name, target]) => [name, await namesIn(target.default)] as const),
	);
	expect(Object.fromEntries(found)).toEqual(pinned);
});
