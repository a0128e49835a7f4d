import {reasonOf} from '../core/index.ts';
import {type DownloadOptions, type DownloadResult, expectJob} from './download-options.ts';

/**
 * Downloads a resource to a file, and continues where an earlier call stopped. Only in Node.
 *
 * Use it for downloads worth continuing when the program ends in the middle. The bytes go to
 * `<file>.part`, and the state to `<file>.part.json`, so that a later call for the same url and file
 * asks only for the missing bytes, even after a crash. `file` itself appears, or is replaced, when all
 * bytes are there. Pauses, lost connections and their options work as in {@link pausableFetch}.
 *
 * Resolves with the path, the size, and how many bytes an earlier call had brought. Rejects with a
 * {@link TransferError}; with Node's own error when the file cannot be written; with a `TypeError` or
 * `RangeError` on a bad option, before any request. On abort, paused or not, it closes the file and
 * then rejects with the signal's reason. A paused download keeps the process alive.
 *
 * It is a checkpoint at each request and each read. An abort loses up to 2 MiB that were read ahead and
 * not yet written, which the next call asks for again; with `keepPartial: false`, everything.
 *
 * @example
 * ```ts
 * import {rm} from 'node:fs/promises';
 * import {createServer} from 'node:http';
 * import type {AddressInfo} from 'node:net';
 * import {tmpdir} from 'node:os';
 * import {download} from 'pausable-signal/fetch';
 *
 * const server = createServer((_request, response) => response.end('some text')).listen(0, '127.0.0.1');
 * await new Promise((resolve) => server.once('listening', resolve));
 * const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
 *
 * const {file, size, resumedFrom} = await download(url, `${tmpdir()}/text-${process.pid}`);
 * size; // => 9
 * resumedFrom; // => 0
 * await rm(file);
 * server.close();
 * server.closeAllConnections();
 * ```
 */
export async function download(
	url: string | URL,
	file: string | URL,
	options?: DownloadOptions,
): Promise<DownloadResult> {
	const job = expectJob(url, file, options);
	if (job.signal.aborted && job.keepPartial) throw reasonOf(job.signal);
	// Imported only here: everything else of this entry also loads where there are no files.
	const {runDownload, openDisk} = await import('./download-node.ts');
	return runDownload(job, openDisk());
}
