/**
 * The real thing: nginx with Debian's configuration, a file of 300 MB, and a pause of 70 seconds,
 * which is longer than nginx waits for a client. `npm run test:nginx`; needs nginx on this machine.
 *
 * Three transfers are paused at the same time: one as it is by default, which gives its connection
 * back; one that holds it until nginx closes it; and the platform's own fetch, which shows that the
 * pause is long enough to matter.
 */
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {createCipheriv, createHash} from 'node:crypto';
import {once} from 'node:events';
import {createWriteStream} from 'node:fs';
import {chmod, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {setTimeout as sleep} from 'node:timers/promises';
import {PausableController} from 'pausable-signal';
import {pausableFetch, transferOf} from 'pausable-signal/fetch';

const size = 300_000_000;
const pauseMs = 70_000;

const folder = await mkdtemp(path.join(tmpdir(), 'pausable-nginx-'));
// nginx reads it as another user.
await chmod(folder, 0o755);
const port = await freePort();
const url = `http://127.0.0.1:${port}/film.bin`;
const expected = await writeFilm(path.join(folder, 'film.bin'));
const nginx = await startNginx();

try {
	const rows = await Promise.all([
		transfer('pausableFetch', {}),
		transfer('pausableFetch, holdMs: Infinity', {holdMs: Infinity}),
		plain(),
	]);
	console.table(Object.fromEntries(rows));
} finally {
	const closed = once(nginx, 'close');
	nginx.kill('SIGQUIT');
	await closed;
	await rm(folder, {recursive: true});
}

// ---- The transfers

type Row = [name: string, figures: Record<string, unknown>];

async function transfer(name: string, options: {holdMs?: number}): Promise<Row> {
	const controller = new PausableController();
	const states: string[] = [];
	const startedAt = performance.now();
	const response = await pausableFetch(url, {signal: controller.signal, ...options});
	const transfer = transferOf(response)!;
	transfer.addEventListener('statechange', () => states.push(transfer.state));
	const hash = createHash('sha256');
	let pausedFor = 0;
	let resumedAt = 0;
	let firstAfter = 0;
	for await (const chunk of response.body!) {
		hash.update(chunk);
		if (resumedAt > 0) firstAfter ||= performance.now() - resumedAt;
		if (pausedFor > 0 || transfer.offset < size / 3) continue;
		controller.pause();
		pausedFor = await during(() => sleep(pauseMs));
		controller.resume();
		resumedAt = performance.now();
	}
	const ms = performance.now() - startedAt - pausedFor;
	assert.equal(hash.digest('hex'), expected, `${name}: the bytes are not those of the file`);
	assert.equal(transfer.reconnects, 1, `${name}: one connection after the first`);
	assert.equal(transfer.state, 'completed');
	return [
		name,
		{
			hash: 'right',
			reconnects: transfer.reconnects,
			states: states.join(' '),
			'first byte after resume, ms': firstAfter.toFixed(1),
			'MB/s without the pause': (size / 1000 / ms).toFixed(0),
		},
	];
}

async function plain(): Promise<Row> {
	const response = await fetch(url, {headers: {'accept-encoding': 'identity'}});
	let offset = 0;
	let hasPaused = false;
	try {
		for await (const chunk of response.body!) {
			offset += chunk.byteLength;
			if (hasPaused || offset < size / 3) continue;
			hasPaused = true;
			await sleep(pauseMs);
		}
		return ['fetch', {hash: 'right'}];
	} catch (error) {
		return ['fetch', {hash: `none: ${String(error)} at ${offset}`}];
	}
}

async function during(work: () => Promise<unknown>): Promise<number> {
	const startedAt = performance.now();
	await work();
	return performance.now() - startedAt;
}

// ---- The file and the server

/** Any bytes that no other part of the file has, and their hash. */
async function writeFilm(file: string): Promise<string> {
	const hash = createHash('sha256');
	const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16));
	const zeros = Buffer.alloc(1_000_000);
	function* film(): Generator<Buffer> {
		for (let at = 0; at < size; at += zeros.length) {
			const piece = cipher.update(zeros);
			hash.update(piece);
			yield piece;
		}
	}
	await pipeline(Readable.from(film()), createWriteStream(file));
	return hash.digest('hex');
}

/** Debian's own configuration; only the root, the port and where its files lie are ours. */
async function startNginx(): Promise<ReturnType<typeof spawn>> {
	const original = await readFile('/etc/nginx/nginx.conf', 'utf8');
	const server = `server { listen 127.0.0.1:${port}; root ${folder}; }`;
	const config = original
		.replace(/^pid .*$/m, `pid ${folder}/nginx.pid;`)
		.replace(/^error_log .*$/m, '')
		.replace(/access_log .*$/m, `access_log ${folder}/access.log;`)
		.replace(/include .*sites-enabled.*$/m, server);
	assert(config.includes(server), 'the configuration of nginx has another form than expected');
	await writeFile(path.join(folder, 'nginx.conf'), config);
	const options = ['-e', `${folder}/error.log`, '-c', `${folder}/nginx.conf`, '-g', 'daemon off;'];
	const nginx = spawn('nginx', options, {stdio: 'inherit'});
	await once(nginx, 'spawn');
	for (;;) {
		const answer = await fetch(url, {method: 'HEAD'}).catch(() => undefined);
		if (answer?.ok) return nginx;
		assert.equal(nginx.exitCode, null, 'nginx did not start');
		await sleep(20);
	}
}

async function freePort(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	server.close();
	await once(server, 'close');
	assert(typeof address === 'object' && address !== null);
	return address.port;
}
