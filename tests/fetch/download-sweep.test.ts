// Downloads that are aborted and paused at every point: on a disk in memory, and from a server on loopback.
import {expect, test} from '@jest/globals';
import type {DownloadOptions} from 'pausable-signal/fetch';
import {sweep, type SweepContext, type SweepOptions} from 'pausable-signal/testing';
import {runDownload} from '../../src/fetch/download-node.ts';
import {expectJob} from '../../src/fetch/download-options.ts';
import {bytesOf, HostileServer} from '../support/hostile-server.ts';
import {FragileDisk} from './download-disk.ts';

// SWEEP_GAPS=1,3 also takes the later steps soon after the first: three times as long.
const gaps = (process.env['SWEEP_GAPS'] ?? '').split(',').filter(Boolean).map(Number);
const size = 5_000;
const interval = 2_000;
const content = bytesOf(1, size);
const old = Buffer.from('old');
const etag = '"one"';

/** Answers as a server would, in pieces of 700 bytes; the first answer breaks off after `limit`. */
function serveUpTo(limit: number): typeof fetch {
	let asked = 0;
	return async (_input, init) => {
		const first = Number(/\d+/.exec(new Headers(init?.headers).get('range') ?? '')?.[0] ?? 0);
		if (first === size)
			return new Response(null, {status: 416, headers: {'content-range': `bytes */${size}`}});
		const end = asked++ === 0 ? limit : size;
		let at = first;
		const body = new ReadableStream<Uint8Array>({
			pull(stream) {
				if (at < end) stream.enqueue(new Uint8Array(content.subarray(at, (at = Math.min(at + 700, end)))));
				else if (end < size) stream.error(new Error('the connection broke'));
				else stream.close();
			},
		});
		const headers = new Headers({etag, 'accept-ranges': 'bytes', 'content-length': String(size - first)});
		if (first > 0) headers.set('content-range', `bytes ${first}-${size - 1}/${size}`);
		return new Response(body, {status: first > 0 ? 206 : 200, headers});
	};
}

/** The file is old or whole, what onProgress told was written, and the next call brings the rest. */
function downloadOf(
	url: string,
	whole: Buffer,
	optionsOf: () => DownloadOptions,
	laterOptions: DownloadOptions = {},
): (context: SweepContext) => Promise<void> {
	return async ({signal, check}) => {
		const disk = new FragileDisk();
		disk.put('/file', old);
		const told: [offset: number, inPart: number][] = [];
		check(async ({aborted, outcome}) => {
			for (const [offset, inPart] of told) expect(offset).toBe(inPart);
			const isWhole = disk.read('/file')!.equals(whole);
			expect(isWhole).toBe(outcome.status === 'fulfilled');
			expect(isWhole || (aborted && disk.read('/file')!.equals(old))).toBe(true);
			expect(disk.names).not.toContain('/file.part.json.tmp');
			await runDownload(expectJob(url, '/file', laterOptions), disk, interval);
			expect(disk.read('/file')!.equals(whole)).toBe(true);
			expect(disk.names).toEqual(['/file']);
		});
		const onProgress: DownloadOptions['onProgress'] = ({offset}) => {
			told.push([offset, disk.read('/file.part')?.length ?? 0]);
		};
		await runDownload(expectJob(url, '/file', {...optionsOf(), signal, onProgress}), disk, interval);
	};
}

test.each([
	['in one go', size, 25_000],
	['in one go, with the connection given back in each pause', size, 0],
	['over a connection that breaks', 3_000, 25_000],
	['over a connection that breaks, and is given back in each pause', 3_000, 0],
])(
	'a download %s survives every interruption at every point',
	async (_name, limit, holdMs) => {
		const program = downloadOf('http://localhost/file', content, () => ({fetch: serveUpTo(limit), holdMs}), {
			fetch: serveUpTo(size),
		});
		const options: SweepOptions = {gaps, settleWithin: 400, maxRuns: 10_000};
		const report = await sweep(program, options);
		expect([report.isEndless, report.isSample, report.points > 150]).toEqual([false, false, true]);
	},
	300_000,
);

test('a download from a server survives every interruption at every point', async () => {
	await using server = await HostileServer.start({size: 300_000});
	const program = downloadOf(server.url, server.file.content, () => ({holdMs: 0}));
	const report = await sweep(program, {time: 'real', gaps: [0, 1], timeout: 60_000});
	expect([report.isEndless, report.isSample, report.points > 5]).toEqual([false, false, true]);
}, 300_000);
