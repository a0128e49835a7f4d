import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import type {Readable} from 'node:stream';
import {setTimeout as sleep} from 'node:timers/promises';
import {got} from 'got';
import {DownloaderHelper} from 'node-downloader-helper';
import {PausableController} from 'pausable-signal';
import {pausableFetch} from 'pausable-signal/fetch';
import {Agent, request, RetryAgent} from 'undici';
import type {Contest, Contestant} from '../contest.ts';
import {nsSince} from '../samples.ts';
import {serverOrigin} from '../start-server.ts';

const calls = 10;
const reason = new Error('enough');
const ignore = (): void => {};

// `once()` would reject with the error before.
const whenClosed = (stream: Readable): Promise<unknown> =>
	new Promise((resolve) => stream.once('close', resolve));

/** A transfer that stands still, and what can be done with it then. */
interface Paused {
	/** What is measured; settles when it has had its effect. */
	act(): Promise<unknown>;
	end?(): unknown;
}

/** Costs of `act()`, each time with a transfer of its own. */
function acted(name: string, start: (url: string) => Promise<Paused>): Contestant {
	return {
		name,
		async sample() {
			const url = `${await serverOrigin()}/?bytes=300000000`;
			let ns = 0;
			for (let call = 0; call < calls; call++) {
				const {act, end} = await start(url);
				await comeToRest();
				const from = performance.now();
				await act();
				ns += nsSince(from);
				await end?.();
			}
			return ns / calls;
		},
	};
}

// What was on its way has arrived, and a connection that was given back is closed.
const comeToRest = (): Promise<void> => sleep(5);

/** `pausableFetch` paused, with a read pending. */
async function pauseOurs(url: string, holdMs?: number) {
	const controller = new PausableController();
	const {body} = await pausableFetch(url, {signal: controller.signal, ...(holdMs === 0 ? {holdMs} : {})});
	const reader = (body as ReadableStream<Uint8Array>).getReader();
	await reader.read();
	controller.pause();
	return {controller, next: reader.read()};
}

const abortOurs =
	(holdMs?: number) =>
	async (url: string): Promise<Paused> => {
		const {controller, next} = await pauseOurs(url, holdMs);
		const settled = next.catch(ignore);
		return {
			act() {
				controller.abort(reason);
				return settled;
			},
		};
	};

const resumeOurs =
	(holdMs?: number) =>
	async (url: string): Promise<Paused> => {
		const {controller, next} = await pauseOurs(url, holdMs);
		return {
			act() {
				controller.resume();
				return next;
			},
			end: () => controller.abort(reason),
		};
	};

/** `fetch` cannot be paused; one may leave its body alone. */
async function leaveAlone(url: string) {
	const controller = new AbortController();
	const {body} = await fetch(url, {signal: controller.signal});
	const reader = (body as ReadableStream<Uint8Array>).getReader();
	await reader.read();
	return {controller, reader};
}

async function pauseGot(url: string) {
	const stream = got.stream(url, {retry: {limit: 0}});
	stream.on('error', ignore);
	await once(stream, 'data');
	stream.pause();
	return stream;
}

const agent = new RetryAgent(new Agent());

async function pauseUndici(url: string) {
	const controller = new AbortController();
	const {body} = await request(url, {dispatcher: agent, signal: controller.signal});
	body.on('error', ignore);
	await once(body, 'data');
	body.pause();
	return {controller, body};
}

let folder: string | undefined;

function ownFolder(): string {
	if (folder !== undefined) return folder;
	const made = mkdtempSync(path.join(tmpdir(), 'bench-'));
	process.once('exit', () => rmSync(made, {recursive: true, force: true}));
	return (folder = made);
}

/** Its pause closes the connection. */
async function pauseHelper(url: string) {
	const helper = new DownloaderHelper(url, ownFolder(), {fileName: 'file', override: true});
	helper.on('error', ignore);
	helper.start().catch(ignore);
	// Its pause never settles if its file is not open yet.
	while (helper.getStats().downloaded < 1_000_000) await once(helper, 'progress');
	await helper.pause();
	return helper;
}

export function abortHeld(): Contest {
	return {
		what: 'abort while paused, until the read has ended: connection held',
		unit: 'ns',
		isHeavy: true,
		ours: acted('pausableFetch', abortOurs()),
		peers: [
			acted('fetch, not read from', async (url) => {
				const {controller, reader} = await leaveAlone(url);
				const settled = reader.closed.catch(ignore);
				return {
					act() {
						controller.abort(reason);
						return settled;
					},
				};
			}),
			acted('got: `pause()`, `destroy()`', async (url) => {
				const stream = await pauseGot(url);
				const closed = whenClosed(stream);
				return {
					act() {
						stream.destroy(reason);
						return closed;
					},
				};
			}),
			acted('undici: `request`, `pause()`, abort', async (url) => {
				const {controller, body} = await pauseUndici(url);
				const closed = whenClosed(body);
				return {
					act() {
						controller.abort(reason);
						return closed;
					},
				};
			}),
		],
	};
}

export function abortDropped(): Contest {
	return {
		what: 'the same, connection given back',
		unit: 'ns',
		isHeavy: true,
		ours: acted('pausableFetch', abortOurs(0)),
		peers: [
			acted('node-downloader-helper: `pause()`, `stop()`', async (url) => {
				const helper = await pauseHelper(url);
				return {act: () => helper.stop()};
			}),
		],
	};
}

export function resumeHeld(): Contest {
	return {
		what: 'resume, until the first byte: connection held',
		unit: 'ns',
		isHeavy: true,
		ours: acted('pausableFetch', resumeOurs()),
		peers: [
			acted('fetch, not read from: the next read', async (url) => {
				const {controller, reader} = await leaveAlone(url);
				return {act: () => reader.read(), end: () => controller.abort(reason)};
			}),
			acted('got: `pause()`, `resume()`', async (url) => {
				const stream = await pauseGot(url);
				return {
					act() {
						const data = once(stream, 'data');
						stream.resume();
						return data;
					},
					end: () => stream.destroy(),
				};
			}),
			acted('undici: `request`, `pause()`, `resume()`', async (url) => {
				const {body} = await pauseUndici(url);
				return {
					act() {
						const data = once(body, 'data');
						body.resume();
						return data;
					},
					end: () => body.destroy(),
				};
			}),
		],
	};
}

export function resumeDropped(): Contest {
	return {
		what: 'the same, connected again',
		unit: 'ns',
		isHeavy: true,
		ours: acted('pausableFetch', resumeOurs(0)),
		peers: [
			acted('fetch with `Range`', async (url) => {
				const first = await leaveAlone(url);
				first.controller.abort(reason);
				const {signal} = (first.controller = new AbortController());
				return {
					async act() {
						const {body} = await fetch(url, {signal, headers: {range: 'bytes=65536-'}});
						await (body as ReadableStream<Uint8Array>).getReader().read();
					},
					end: () => first.controller.abort(reason),
				};
			}),
			acted('node-downloader-helper: `pause()`, `resume()`', async (url) => {
				const helper = await pauseHelper(url);
				return {
					act() {
						const progress = once(helper, 'progress');
						void helper.resume();
						return progress;
					},
					end: () => helper.stop(),
				};
			}),
		],
	};
}
