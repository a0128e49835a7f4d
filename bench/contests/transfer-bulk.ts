import {createWriteStream, mkdtempSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {Readable} from 'node:stream';
import type {ReadableStream as NodeStream} from 'node:stream/web';
import {pipeline} from 'node:stream/promises';
import {got} from 'got';
import {DownloaderHelper} from 'node-downloader-helper';
import {PausableController} from 'pausable-signal';
import {download, pausableFetch} from 'pausable-signal/fetch';
import {Agent, request, RetryAgent} from 'undici';
import type {Contest, Contestant} from '../contest.ts';
import {nsSince} from '../samples.ts';
import {serverOrigin} from '../start-server.ts';

const size = 300_000_000;
// Disks are slower.
const fileSize = 100_000_000;
// 0.9 times the throughput.
const ratioLimit = 1.11;

/** Costs of all bytes, from the call to the end. `bring` says how many it has seen. */
function brought(
	name: string,
	size: number,
	bring: (url: string) => Promise<number>,
	query: string = `bytes=${size}`,
): Contestant {
	return {
		name,
		async sample() {
			const url = `${await serverOrigin()}/?${query}`;
			const start = performance.now();
			const bytes = await bring(url);
			const ns = nsSince(start);
			if (bytes !== size) throw new Error(`${name}: ${bytes} bytes instead of ${size}`);
			return ns;
		},
	};
}

async function readAll({body}: Response): Promise<number> {
	const reader = (body as ReadableStream<Uint8Array>).getReader();
	let bytes = 0;
	for (;;) {
		const {done, value} = await reader.read();
		if (done) return bytes;
		bytes += value.byteLength;
	}
}

function countAll(readable: Readable): Promise<number> {
	return new Promise((resolve, reject) => {
		let bytes = 0;
		readable.on('data', (chunk: Buffer) => {
			bytes += chunk.length;
		});
		readable.once('end', () => resolve(bytes));
		readable.once('error', reject);
	});
}

export function transferRead(): Contest {
	// One round differs from the next by more than all of the difference that is to be measured.
	return {...transfer('300 MB read from loopback', size, ratioLimit), rounds: 21};
}

/** Small chunks of HTTP: what the platform joins on the way is joined for all. */
export function transferChunks(): Contest {
	const count = 100_000;
	return transfer('100,000 small chunks from loopback', 20 * count, 1.5, `chunks=${count}`);
}

function transfer(what: string, size: number, ratioLimit: number, query?: string): Contest {
	const {signal} = new PausableController();
	const dispatcher = new RetryAgent(new Agent());
	const contestant = (name: string, bring: (url: string) => Promise<number>): Contestant =>
		brought(name, size, bring, query);
	return {
		what,
		unit: 'ns',
		isHeavy: true,
		ours: contestant('pausableFetch', async (url) => readAll(await pausableFetch(url, {signal}))),
		peers: [
			{...contestant('fetch', async (url) => readAll(await fetch(url))), ratioLimit},
			contestant('got: `stream`', (url) => countAll(got.stream(url, {retry: {limit: 0}}))),
			contestant('undici: `request`, RetryAgent', async (url) =>
				countAll((await request(url, {dispatcher})).body),
			),
		],
	};
}

export function transferDownload(): Contest {
	const {signal} = new PausableController();
	const folder = mkdtempSync(path.join(tmpdir(), 'bench-'));
	process.once('exit', () => rmSync(folder, {recursive: true, force: true}));
	const file = path.join(folder, 'file');
	return {
		what: '100 MB brought into a file',
		unit: 'ns',
		isHeavy: true,
		ours: brought('download', fileSize, async (url) => (await download(url, file, {signal})).size),
		peers: [
			{
				...brought('fetch and `pipeline`', fileSize, async (url) => {
					const {body} = await fetch(url);
					await pipeline(Readable.fromWeb(body as NodeStream), createWriteStream(file));
					return statSync(file).size;
				}),
				ratioLimit: 1,
			},
			brought('got and `pipeline`', fileSize, async (url) => {
				await pipeline(got.stream(url, {retry: {limit: 0}}), createWriteStream(file));
				return statSync(file).size;
			}),
			brought('node-downloader-helper', fileSize, async (url) => {
				await new DownloaderHelper(url, folder, {fileName: 'file', override: true}).start();
				return statSync(file).size;
			}),
		],
	};
}
