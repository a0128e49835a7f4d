import {
	NativeController,
	expectBytes,
	expectCount,
	expectFunction,
	expectMilliseconds,
	expectOptions,
	expectSignal,
	isAbortSignal,
	outOfRange,
	wrongType,
} from '../core/index.ts';
import {hintAtRequest} from './hint.ts';
import type {TransferState} from './transfer.ts';
import {type Version, validatorsOf} from './version.ts';

/** How often, and how soon, a lost connection is replaced. */
export interface TransferRetryOptions {
	/**
	 * Attempts to continue after the connection was lost. The first comes at once; one new byte starts
	 * the count again. 0: a lost connection is a failure. Default: 3.
	 */
	readonly maxAttempts?: number | undefined;
	/** Milliseconds of active time before the second attempt, doubled for each one after it. Default: 500. */
	readonly baseMs?: number | undefined;
	/** The most milliseconds between two attempts. Default: 30 000. */
	readonly maxDelayMs?: number | undefined;
}

/** Options of {@link pausableFetch}: those of `fetch`, and how the body survives a pause. */
export interface PausableInit extends Omit<RequestInit, 'dispatcher' | 'signal'> {
	/**
	 * Pauses and aborts the request and its body; a plain signal only aborts them. A `Request` does not
	 * keep the signal that it was made with: pass it here again, or no pause reaches the request.
	 */
	signal?: AbortSignal | null;
	/**
	 * Milliseconds of a pause after which the connection is closed, if the transfer can be resumed.
	 * 0: at once. `Infinity`: never. Default: 25 000, which is less than servers wait.
	 */
	readonly holdMs?: number | undefined;
	/** Bytes that are read ahead during a pause. Default: 0. */
	readonly buffer?: number | undefined;
	/**
	 * Milliseconds of active time without a byte, while a reader waits for one, after which the
	 * connection counts as lost. `Infinity`: never. Default: 300 000.
	 */
	readonly idleTimeout?: number | undefined;
	/** How a lost connection is replaced. */
	readonly retry?: TransferRetryOptions | undefined;
	/** The state of an earlier transfer: continues where that one stopped. */
	readonly from?: TransferState | undefined;
	/** Called instead of the global `fetch`: to sign urls, or for tests. */
	readonly fetch?: typeof fetch | undefined;
	/** For Node's fetch only: what sends the requests. */
	readonly dispatcher?: unknown;
}

/** The settings of a transfer. */
export interface Settings {
	readonly signal: AbortSignal;
	readonly holdMs: number;
	readonly buffer: number;
	readonly idleTimeout: number;
	readonly maxAttempts: number;
	readonly baseMs: number;
	readonly maxDelayMs: number;
	readonly from: TransferState | undefined;
	readonly fetch: typeof fetch | undefined;
}

export function expectSettings(input: unknown, init: PausableInit | undefined): Settings {
	expectOptions('init', init);
	const {holdMs = 25_000, buffer = 0, idleTimeout = 300_000, retry, from, fetch} = init ?? {};
	expectOptions('retry', retry, '{maxAttempts}');
	const {maxAttempts = 3, baseMs = 500, maxDelayMs = 30_000} = retry ?? {};
	if (fetch !== undefined) expectFunction('fetch', fetch);
	return {
		signal: expectSignalOf(input, init?.signal),
		holdMs: expectMilliseconds('holdMs', holdMs),
		buffer: expectBytes('buffer', buffer),
		idleTimeout: expectMilliseconds('idleTimeout', idleTimeout),
		maxAttempts: expectCount('retry.maxAttempts', maxAttempts, 0),
		baseMs: expectMilliseconds('retry.baseMs', baseMs),
		maxDelayMs: expectMilliseconds('retry.maxDelayMs', maxDelayMs),
		from: from === undefined ? undefined : expectFrom(from),
		fetch,
	};
}

// As in fetch, `null` means no signal, even if the request has one.
function expectSignalOf(input: unknown, signal: unknown): AbortSignal {
	if (signal !== undefined && signal !== null) return expectSignal('signal', signal);
	const own = (input as {signal?: unknown} | null)?.signal;
	if (signal === null || !isAbortSignal(own)) return new NativeController().signal;
	if (!('paused' in own)) hintAtRequest();
	return own;
}

function expectFrom(from: unknown): TransferState {
	const state = readState('from', from);
	if (state.offset > 0 && !isUsable(state))
		throw outOfRange('from', 'a state with a strong ETag or a certain date', from);
	return state;
}

/** Checks that a value is the JSON of a transfer, and fills in missing fields. */
export function readState(name: string, value: unknown): TransferState {
	if (typeof value !== 'object' || value === null)
		throw wrongType(name, "the JSON of a transfer's state", value);
	const {url, offset, total, etag, lastModified} = value as {[K in keyof TransferState]?: unknown};
	if (typeof url !== 'string') throw wrongType(`${name}.url`, 'a string', url);
	return {
		url,
		offset: expectPosition(`${name}.offset`, offset, 0),
		total: total == null ? null : expectPosition(`${name}.total`, total, offset as number),
		etag: expectText(`${name}.etag`, etag),
		lastModified: expectText(`${name}.lastModified`, lastModified),
	};
}

function expectPosition(name: string, value: unknown, least: number): number {
	const position = expectCount(name, value, least);
	if (!Number.isSafeInteger(position)) throw outOfRange(name, 'a position in a resource', value);
	return position;
}

function expectText(name: string, value: unknown): string | null {
	if (value === undefined || value === null) return null;
	if (typeof value !== 'string') throw wrongType(name, 'a string or null', value);
	return value;
}

/** The version that a state names; it has a date only if that is certain. */
export function versionIn({etag, lastModified}: TransferState): Version {
	return {etag, lastModified, isDateStrong: lastModified !== null};
}

/** Whether the state says which version its bytes are from. */
export function isUsable(state: TransferState): boolean {
	return validatorsOf(versionIn(state)).length > 0;
}
