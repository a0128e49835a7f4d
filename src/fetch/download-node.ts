import {isPaused, outOfRange, type PausableSignal, reasonOf} from '../core/index.ts';
import {throwIfAborted} from '../flow/index.ts';
import {keepAlive} from '../task/index.ts';
import type {DownloadJob, DownloadResult} from './download-options.ts';
import {TransferError} from './errors.ts';
import {isUnproven} from './failure.ts';
import type {Head} from './first-request.ts';
import {openTransfer} from './open-transfer.ts';
import type {PausableInit} from './options.ts';
import type {Disk} from './part-disk.ts';
import {Part} from './part-node.ts';
import {readPieces} from './pieces.ts';
import type {TransferState} from './transfer.ts';

export {openDisk} from './part-disk.ts';

/** Statuses that refuse the caller, and say nothing about the resource. */
const denials: readonly (number | undefined)[] = [401, 403];

const ignore = (): void => {};

/** Bytes between two writes of the sidecar. */
const defaultInterval = 4 * 1024 * 1024;

/** Does a download on that disk. */
export async function runDownload(
	job: DownloadJob,
	disk: Disk,
	interval: number = defaultInterval,
): Promise<DownloadResult> {
	const {file, signal, keepPartial} = job;
	const path = disk.resolve(typeof file === 'string' ? file : disk.fileURLToPath(file));
	await expectPlace(disk, path);
	const part = new Part(disk, path, interval);
	try {
		return await bringTo(part, job);
	} catch (error) {
		const isAborted = signal.aborted;
		await part.leave(keepPartial && (isAborted || !isForGood(error)));
		throw isAborted ? reasonOf(signal) : error;
	}
}

/** Whether the bytes so far are useless after this error. */
function isForGood(error: unknown): boolean {
	if (!(error instanceof TransferError)) return false;
	const {code, status, offset} = error;
	if (code === 'ERR_CHANGED') return !isUnproven(error);
	// In the middle of a download, a status is more likely trouble at the server than the end of the resource.
	if (code === 'ERR_STATUS') return offset === 0 && !denials.includes(status);
	return code === 'ERR_BAD_RANGE';
}

// Now, and not when all bytes have come: it would be a pity to fail at the rename.
async function expectPlace(disk: Disk, path: string): Promise<void> {
	// The slash at the end makes stat() refuse what is not a folder.
	await disk.stat(`${disk.dirname(path)}/`);
	const there = await disk.stat(path).catch(ignore);
	// A folder cannot be opened for appending: this throws Node's own error.
	if (there?.isDirectory()) await (await disk.open(path, 'a')).close();
	// The rename would replace the device by a file.
	else if (there?.isFile() === false) throw outOfRange('file', 'the path of a regular file', path);
}

async function bringTo(part: Part, job: DownloadJob): Promise<DownloadResult> {
	const {signal} = job;
	const counter = new ConnectionCounter(job.init);
	throwIfAborted(signal);
	const resumedFrom = await fill(part, job, {...counter.init, signal});
	await part.seal();
	await whenResumed(signal);
	await part.publish();
	const {file, size} = part;
	return {file, size, resumedFrom, reconnects: Math.max(0, counter.count - 1)};
}

/** Brings all bytes into the part; resolves with the number that were there before. */
async function fill(part: Part, job: DownloadJob, init: PausableInit): Promise<number> {
	const {url, signal, canGoOn, maxRestarts} = job;
	let from = canGoOn ? await part.find(url) : undefined;
	for (let restarts = 0; ; restarts++) {
		try {
			await transfer(part, job, {...init, from});
			return from?.offset ?? 0;
		} catch (error) {
			if (!callsForRestart(error, job) || signal.aborted || restarts >= maxRestarts) throw error;
			from = undefined;
			await part.discard();
		}
	}
}

function callsForRestart(error: unknown, {restartsUnproven}: DownloadJob): boolean {
	const isChanged = error instanceof TransferError && error.code === 'ERR_CHANGED';
	return isChanged && (restartsUnproven || !isUnproven(error));
}

/** Sends the request, and writes the bytes to the part. */
async function transfer(part: Part, {url, onProgress}: DownloadJob, init: PausableInit): Promise<void> {
	const open = await openTransfer(url, init);
	const {source} = open;
	const {view} = source;
	try {
		expectOk(url, open.head);
		const state = view.resumable ? view.toJSON() : undefined;
		await (init.from === undefined ? part.begin(state) : part.goOn(state as TransferState));
		onProgress?.(view);
		for await (const pieces of readPieces(open)) {
			await part.write(pieces);
			source.delivered(pieces.byteLength);
			onProgress?.(view);
		}
		source.finish('completed');
	} catch (error) {
		source.finish('failed');
		throw error;
	}
}

// An answer to a request for a range has been checked already.
function expectOk(url: string, {kind, response}: Head): void {
	if (kind !== 'plain' || response?.ok !== false) return;
	const {status, statusText} = response;
	const fault = `the server answered ${status} ${statusText}`.trimEnd();
	throw new TransferError('ERR_STATUS', fault, {url, offset: 0, status});
}

// The file must not change during a pause either.
async function whenResumed(signal: AbortSignal): Promise<void> {
	const letProcessEnd = keepAlive();
	try {
		if (isPaused(signal)) await (signal as PausableSignal).checkpoint();
		throwIfAborted(signal);
	} finally {
		letProcessEnd();
	}
}

/** Counts the connections of all transfers of one call, including those that never became a response. */
class ConnectionCounter {
	count = 0;
	readonly init: PausableInit;

	constructor(init: PausableInit) {
		const counted: typeof fetch = async (input, options) => {
			const response = await (init.fetch ?? globalThis.fetch)(input, options);
			this.count++;
			return response;
		};
		this.init = {...init, fetch: counted};
	}
}
