// download() on a disk in memory, when the program or the power ends at any of its steps there.
import {describe, expect, test} from '@jest/globals';
import {PausableController} from 'pausable-signal';
import {runDownload} from '../../src/fetch/download-node.ts';
import {type DownloadOptions, expectJob} from '../../src/fetch/download-options.ts';
import {macrotask} from '../core/support.ts';
import {bytesOf} from '../support/hostile-server.ts';
import {FragileDisk} from './download-disk.ts';

const size = 10_000;
const interval = 3000;
const url = 'http://localhost/film.mkv';
const old = Buffer.from('the old file');
const versions = [bytesOf(1, size), bytesOf(2, size)] as const;
type Version = 0 | 1;

/** Numbers from 0 to 1, the same for the same seed. */
function dice(seed: number): () => number {
	let state = seed;
	return () => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return state / 2 ** 32;
	};
}

/** A server that has one version, and a connection that breaks after this many bytes. */
function serve(version: Version, limit: number): typeof fetch {
	const etag = `"version ${version}"`;
	return async (_input, init) => {
		const headers = new Headers(init?.headers);
		const isSame = [null, etag].includes(headers.get('if-range'));
		const first = isSame ? Number(/\d+/.exec(headers.get('range') ?? '')?.[0] ?? 0) : 0;
		if (first === size)
			return new Response(null, {status: 416, headers: {'content-range': `bytes */${size}`}});
		const range: [string, string][] =
			first > 0 ? [['content-range', `bytes ${first}-${size - 1}/${size}`]] : [];
		const head: [string, string][] = [
			['etag', etag],
			['accept-ranges', 'bytes'],
			['content-length', String(size - first)],
			...range,
		];
		return new Response(piecewise(versions[version].subarray(first, limit)), {
			status: first > 0 ? 206 : 200,
			headers: head,
		});
	};
}

function piecewise(bytes: Uint8Array): ReadableStream<Uint8Array> {
	let at = 0;
	return new ReadableStream({
		pull(stream) {
			if (at < bytes.length) stream.enqueue(new Uint8Array(bytes.subarray(at, (at += 700))));
			else stream.close();
		},
	});
}

function run(
	disk: FragileDisk,
	version: Version,
	options: DownloadOptions & {limit?: number} = {},
): Promise<unknown> {
	const {limit = size, ...rest} = options;
	return runDownload(expectJob(url, '/file', {fetch: serve(version, limit), ...rest}), disk, interval);
}

class PowerCut extends Error {}

/** A folder with an old file, and half of version 0 from an earlier call. */
async function begin(): Promise<FragileDisk> {
	const disk = new FragileDisk();
	disk.put('/file', old);
	await run(disk, 0, {limit: 5000, retry: {maxAttempts: 0}}).catch(() => {});
	expect(disk.names).toEqual(['/file', '/file.part', '/file.part.json']);
	return disk.crash();
}

/** The request that the server gets when the crash comes. */
interface Scenario {
	readonly version: Version;
	readonly method: string;
	readonly steps: readonly string[];
}

/** Does it until the step of that number, which is no more done. */
async function endAt(
	number: number,
	{version, method}: Scenario,
): Promise<{disk: FragileDisk; step: string | undefined}> {
	const disk = await begin();
	let count = 0;
	let step: string | undefined;
	disk.onStep = (name) => {
		if (count++ < number) return;
		step ??= name;
		throw new PowerCut();
	};
	await run(disk, version, {method}).catch((error: unknown) => {
		if (!(error instanceof PowerCut)) throw error;
	});
	return {disk, step};
}

async function forEachStep(
	scenario: Scenario,
	look: (disk: FragileDisk, number: number) => Promise<void>,
): Promise<string[]> {
	const steps: string[] = [];
	for (let number = 0; ; number++) {
		const {disk, step} = await endAt(number, scenario);
		await look(disk, number);
		if (step === undefined) return steps;
		steps.push(step);
	}
}

type Arm = (act: (step: string) => void) => void;

/** Runs what is given once for each step, on a disk that does, at that step, what `arm` was told. */
async function onEachStep(act: (disk: FragileDisk, arm: Arm) => Promise<void>): Promise<void> {
	for (let number = 0, isThere = true; isThere; number++) {
		isThere = false;
		const disk = await begin();
		const arm: Arm = (act) => {
			let count = 0;
			disk.onStep = (step) => {
				if (count++ !== number) return;
				isThere = true;
				act(step);
			};
		};
		await act(disk, arm);
	}
}

/** What must hold of what a crash left. */
async function check(left: FragileDisk): Promise<void> {
	const isWhole = [old, ...versions].some((whole) => whole.equals(left.read('/file')!));
	expect(isWhole).toBe(true);
	// Whichever version the server has then, that one is brought, with no byte of the other.
	for (const version of [0, 1] as const) {
		const next = left.crash();
		await run(next, version);
		expect(next.read('/file')!.equals(versions[version])).toBe(true);
		expect(next.names).toEqual(['/file']);
	}
}

const saveSidecar = [
	'create /file.part.json.tmp',
	'write /file.part.json.tmp',
	'flush /file.part.json.tmp',
	'rename /file.part.json.tmp',
];
const record = ['write /file.part', 'flush /file.part', ...saveSidecar];
const forget = ['remove /file.part.json', 'remove /file.part.json.tmp'];
const publish = ['rename /file.part', 'flush /', 'remove /file.part.json'];

const scenarios: Readonly<Record<string, Scenario>> = {
	'the same version': {
		version: 0,
		method: 'GET',
		steps: ['cut /file.part', ...record, ...record, ...publish],
	},
	'another version': {
		version: 1,
		method: 'GET',
		steps: [
			...forget,
			'remove /file.part',
			...saveSidecar,
			'flush /',
			'create /file.part',
			...record,
			...record,
			...record,
			...record,
			...publish,
		],
	},
	'a resource that cannot be resumed': {
		version: 1,
		method: 'POST',
		steps: [...forget, 'flush /', 'empty /file.part', 'write /file.part', 'flush /file.part', ...publish],
	},
};

describe.each(Object.entries(scenarios))('with half of a file, a download of %s', (_name, scenario) => {
	const {version, method} = scenario;

	test('takes its steps in an order that a crash cannot spoil', async () => {
		const steps = await forEachStep(scenario, async () => {});
		expect(steps.filter((step, at) => step !== steps[at - 1])).toEqual(scenario.steps);
	});

	test.each([true, false])('can be aborted at each step, with keepPartial %s', async (keepPartial) => {
		await onEachStep(async (disk, arm) => {
			const controller = new AbortController();
			arm(() => controller.abort('enough'));
			const end = await run(disk, version, {method, keepPartial, signal: controller.signal}).catch(String);
			const isDone = disk.read('/file')!.equals(versions[version]);
			expect(end === 'enough').toBe(!isDone);
			const kept = isDone || !keepPartial ? [] : [['/file', '/file.part', '/file.part.json']];
			expect([['/file'], ...kept]).toContainEqual(disk.names);
			await check(disk);
		});
	});

	test('can be paused at each step, and does not touch the file before the resume', async () => {
		await onEachStep(async (disk, arm) => {
			const controller = new PausableController();
			let isLate = false;
			arm((step) => {
				isLate = publish.includes(step);
				controller.pause();
			});
			const end = run(disk, version, {method, signal: controller.signal});
			for (let turn = 0; turn < 5; turn++) await macrotask();
			if (controller.signal.paused && !isLate) expect(disk.read('/file')!.equals(old)).toBe(true);
			controller.resume();
			await end;
			expect(disk.read('/file')!.equals(versions[version])).toBe(true);
		});
	});

	test('fails if one step fails, and leaves no file with wrong contents', async () => {
		await onEachStep(async (disk, arm) => {
			const error = Object.assign(new Error('EIO: the disk is old'), {code: 'EIO'});
			arm(() => {
				throw error;
			});
			const end = await run(disk, version, {method}).catch((reason: unknown) => reason);
			const isDone = disk.read('/file')!.equals(versions[version]);
			expect(end === error).toBe(!isDone);
			expect(disk.names).not.toContain('/file.part.json.tmp');
			await check(disk);
		});
	});

	test('survives the end of the program at each step', async () => {
		await forEachStep(scenario, (disk) => check(disk.crash()));
	});

	test('survives a power cut at each step, with any part of the unflushed bytes', async () => {
		await forEachStep(scenario, async (disk, number) => {
			for (let seed = 0; seed < 4; seed++) await check(disk.crash(dice(number * 100 + seed)));
		});
	});
});
