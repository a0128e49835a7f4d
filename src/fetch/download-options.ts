import {
	expectBoolean,
	expectFunction,
	expectOneOf,
	expectOptions,
	outOfRange,
	wrongType,
} from '../core/index.ts';
import {expectSettings, type PausableInit, type Settings} from './options.ts';
import {Requester} from './requester.ts';
import type {Transfer} from './transfer.ts';

/** Options of {@link download}: those of {@link pausableFetch} except `from`, and some for the file. */
export interface DownloadOptions extends PausableInit {
	/**
	 * What to do when the resource has changed since the beginning: begin again, at most
	 * `retry.maxAttempts` times a call, or reject. Default: `'restart'`, except after an answer that names
	 * no version (such as the page of a captive portal): then it rejects and keeps the bytes so far,
	 * unless you ask for `'restart'`.
	 */
	readonly onChanged?: 'restart' | 'error' | undefined;
	/**
	 * Whether the bytes so far stay beside the file after an abort or a failure, if a later call can
	 * continue from them. Default: `true`.
	 */
	readonly keepPartial?: boolean | undefined;
	/**
	 * Called when the server has answered, and after each piece is written. An error that it throws fails
	 * the download.
	 */
	onProgress?(transfer: Transfer): void;
}

/** The result of a {@link download}. */
export interface DownloadResult {
	/** The absolute path of the file. */
	readonly file: string;
	/** Its length in bytes. */
	readonly size: number;
	/** How many of them an earlier call had brought. */
	readonly resumedFrom: number;
	/** Connections opened after the first. */
	readonly reconnects: number;
}

/** What a download needs to know. */
export interface DownloadJob {
	readonly url: string;
	/** As it was given. */
	readonly file: string | URL;
	/** The options of each request. */
	readonly init: PausableInit;
	readonly signal: AbortSignal;
	readonly maxRestarts: number;
	/** Whether to begin again even after an answer that names no version. */
	readonly restartsUnproven: boolean;
	readonly keepPartial: boolean;
	readonly onProgress: ((transfer: Transfer) => void) | undefined;
	/** Whether it can continue from the bytes of an earlier call: not where the caller asks for a range. */
	readonly canGoOn: boolean;
}

export function expectJob(url: unknown, file: unknown, options: DownloadOptions | undefined): DownloadJob {
	expectOptions('options', options);
	const resource = expectUrl(url);
	const target = expectFile(file);
	const settings = expectSettings(resource, options);
	const {onChanged = 'restart', keepPartial = true, onProgress, ...init} = options ?? {};
	expectOneOf('onChanged', ['restart', 'error'], onChanged);
	expectBoolean('keepPartial', keepPartial);
	if (onProgress !== undefined) expectFunction('onProgress', onProgress);
	if (init.from !== undefined) throw wrongType('from', 'nothing, as the state is beside the file', init.from);
	return {
		url: resource,
		file: target,
		init,
		signal: settings.signal,
		maxRestarts: onChanged === 'restart' ? settings.maxAttempts : 0,
		restartsUnproven: options?.onChanged === 'restart',
		keepPartial,
		onProgress,
		canGoOn: canGoOn(resource, init, settings),
	};
}

function canGoOn(url: string, init: PausableInit, settings: Settings): boolean {
	return new Requester(url, init, settings).canAskForRange;
}

function expectUrl(url: unknown): string {
	if (typeof url !== 'string' && !isUrl(url)) throw wrongType('url', 'a string or a URL', url);
	try {
		return new URL(url).href;
	} catch {
		throw wrongType('url', 'an absolute url', url);
	}
}

function expectFile(file: unknown): string | URL {
	if (isUrl(file)) {
		if (file.protocol === 'file:') return file;
		throw wrongType('file', 'a path or a url of a file', file.href);
	}
	if (typeof file !== 'string') throw wrongType('file', 'a path or a URL', file);
	if (file === '' || /[\\/]$/.test(file)) throw outOfRange('file', 'the path of a file', file);
	return file;
}

// By shape, as URLs of other realms are URLs too.
function isUrl(value: unknown): value is URL {
	return typeof value === 'object' && value !== null && typeof (value as URL).href === 'string';
}
