// download() in processes of their own: killed at any point, paused with nothing else to do, out of room.
// DOWNLOAD_KILLS says how often, and DOWNLOAD_SEED where.
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals';
import {build} from 'esbuild';
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {cpSync, existsSync, readFileSync, rmSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {download} from 'pausable-signal/fetch';
import {HostileServer, sha256} from '../support/hostile-server.ts';
import {hashOf, Place} from './download-kit.ts';

const kills = Number(process.env['DOWNLOAD_KILLS'] ?? 6);
const seed = Number(process.env['DOWNLOAD_SEED'] ?? 1);
const size = 9_000_001;

let folder: string;
let program: string;

// As plain JavaScript it starts in no time.
beforeAll(async () => {
	folder = await mkdtemp(path.join(tmpdir(), 'download-child-'));
	program = path.join(folder, 'child.mjs');
	const entry = fileURLToPath(new URL('fixtures/download-child.ts', import.meta.url));
	const options = {bundle: true, platform: 'node', format: 'esm', target: 'es2022'} as const;
	await build({entryPoints: [entry], outfile: program, ...options});
});
afterAll(() => rm(folder, {recursive: true, force: true}));

interface Line {
	readonly offset?: number;
	readonly steps?: number;
	readonly result?: {readonly size: number; readonly resumedFrom: number};
	readonly error?: {readonly code?: string; readonly path?: string};
}

interface End {
	readonly signal: string | null;
	readonly code: number | null;
	readonly last: Line;
}

/** Runs the child to its end; `onLine` gets each line that it prints. */
async function run(
	command: readonly string[],
	onLine: (line: Line, child: ChildProcess) => void = () => {},
): Promise<End> {
	const [file = '', ...args] = command;
	const child = spawn(file, args, {stdio: ['ignore', 'pipe', 'inherit']});
	let last: Line = {};
	createInterface(child.stdout).on('line', (text) => {
		last = JSON.parse(text) as Line;
		onLine(last, child);
	});
	const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
	return {code, signal, last};
}

/** Numbers from 0 to 1, the same for the same seed. */
function createDice(): () => number {
	let state = seed;
	return () => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return state / 2 ** 32;
	};
}

/** The file is absent or one version, and what the sidecar says of the part is true. */
function expectTrue(server: HostileServer, place: Place): void {
	if (existsSync(place.file)) expect(server.versionOf(readFileSync(place.file))).toBeDefined();
	if (!existsSync(place.sidecar) || !existsSync(place.part)) return;
	const {offset, etag} = place.state;
	const part = readFileSync(place.part).subarray(0, offset);
	const version = server.versions.find((version) => version.etag === etag)!;
	expect(part.equals(version.content.subarray(0, part.length))).toBe(true);
	expect(part.length === offset || offset === 0).toBe(true);
}

/** Resumes a copy of the leftovers, to the end. */
async function finish(server: HostileServer, place: Place): Promise<number> {
	await using copy = await Place.create();
	cpSync(place.folder, copy.folder, {recursive: true});
	const {resumedFrom} = await download(server.url, copy.file);
	expect(hashOf(copy.file)).toBe(sha256(server.file.content));
	expect(copy.names).toEqual(['file']);
	return resumedFrom;
}

describe('a process that is killed', () => {
	test(`at ${kills} points: each time the right file in the end, and never half a file`, async () => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		const dice = createDice();
		const {last} = await run([process.execPath, program, server.url, place.file]);
		expect(last.result?.size).toBe(size);
		const allSteps = last.steps!;
		const seen = {kills: 0, ends: 0, resumed: 0, changes: 0};
		while (seen.kills < kills) {
			if (dice() < 0.3) {
				seen.changes++;
				server.change({size: size + Math.floor(dice() * 3) - 1});
			}
			const way = ['die before step', 'die during step', 'tell'][Math.floor(dice() * 3)]!;
			// The last steps are few, and of all kinds: half of the kills fall there.
			const step = Math.floor(dice() < 0.5 ? dice() * allSteps : allSteps - dice() * 25);
			const limit = dice() * size;
			const {signal} = await run(
				[process.execPath, program, server.url, place.file, way, String(step)],
				({offset = 0}, child) => {
					if (offset > limit) child.kill('SIGKILL');
				},
			);
			expectTrue(server, place);
			if (signal === 'SIGKILL') seen.kills++;
			else seen.ends++;
			if ((await finish(server, place)) > 0) seen.resumed++;
		}
		if (kills >= 30) console.info('killed', seen);
		expect(seen.resumed).toBeGreaterThan(0);
	}, 600_000);
});

describe('a process that has nothing else to do', () => {
	test('waits while its download is paused before the request', async () => {
		await using server = await HostileServer.start({size: 1000});
		await using place = await Place.create();
		const end = await run([process.execPath, program, server.url, place.file, 'start paused']);
		expect(end).toMatchObject({code: 0, last: {result: {size: 1000}}});
	});

	test('waits while its download is paused at one of the last steps on the disk', async () => {
		await using server = await HostileServer.start({size: 1000});
		await using place = await Place.create();
		const {last} = await run([process.execPath, program, server.url, place.file]);
		const steps = Array.from({length: last.steps!}, (_, step) => step);
		// The last ones: before, it is the transfer that waits.
		for (const step of steps.slice(-10)) {
			rmSync(place.file);
			const end = await run([
				process.execPath,
				program,
				server.url,
				place.file,
				'pause at step',
				String(step),
			]);
			expect(end).toMatchObject({code: 0, last: {result: {size: 1000}}});
			expect(hashOf(place.file)).toBe(sha256(server.file.content));
		}
	});
});

const hasLimits = process.platform !== 'win32';
(hasLimits ? describe : describe.skip)('a process that may write no large files', () => {
	test('fails with EFBIG, and continues once there is room', async () => {
		await using server = await HostileServer.start({size});
		await using place = await Place.create();
		const command = `ulimit -f 4000; exec "$0" "$@"`;
		const {code, last} = await run(['sh', '-c', command, process.execPath, program, server.url, place.file]);
		expect([code, last]).toMatchObject([0, {error: {code: 'EFBIG', path: place.part}}]);
		expect(place.names).toEqual(['.part', '.part.json']);
		expectTrue(server, place);
		const {resumedFrom} = await download(server.url, place.file);
		expect(resumedFrom).toBeGreaterThan(0);
		expect(hashOf(place.file)).toBe(sha256(server.file.content));
	});
});
