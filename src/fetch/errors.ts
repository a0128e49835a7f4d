/** Why a transfer failed. */
export type TransferErrorCode =
	| 'ERR_CHANGED'
	| 'ERR_TRUNCATED'
	| 'ERR_BAD_RANGE'
	| 'ERR_STATUS'
	| 'ERR_IDLE_TIMEOUT'
	| 'ERR_CONNECTION_LOST';

/** The details of a {@link TransferError}. */
export interface TransferErrorDetails {
	readonly url: string;
	readonly offset: number;
	readonly total?: number | undefined;
	readonly status?: number | undefined;
	readonly cause?: unknown;
}

/**
 * A transfer that could not be finished. Look at `code`:
 *
 * - `ERR_CHANGED`: the resource has changed since the beginning.
 * - `ERR_TRUNCATED`: the server ended the body before all of it had come.
 * - `ERR_BAD_RANGE`: the server sent other bytes than the request asked for.
 * - `ERR_STATUS`: the server answered with a status, in `status`, that brings no bytes.
 * - `ERR_IDLE_TIMEOUT`: nothing came for `idleTimeout` milliseconds.
 * - `ERR_CONNECTION_LOST`: the connection broke and the transfer could not be resumed; `cause` is
 *   the network's error.
 *
 * A pause is never an error, and an abort rejects with the signal's reason itself.
 *
 * @example
 * ```ts
 * import {TransferError} from 'pausable-signal/fetch';
 *
 * const details = {url: 'http://localhost/film.mkv', offset: 1_000, total: 4_000};
 * const error = new TransferError('ERR_CHANGED', 'it has another ETag', details);
 * error.code; // => 'ERR_CHANGED'
 * error.message; // => 'http://localhost/film.mkv, at byte 1000 of 4000: it has another ETag'
 * ```
 */
export class TransferError extends Error {
	/** Why it failed. */
	readonly code: TransferErrorCode;
	/** The url of the request. */
	readonly url: string;
	/** Position in the resource up to which bytes were delivered. */
	readonly offset: number;
	/** Length of the whole resource, when known. */
	readonly total: number | undefined;
	/** The status of the answer, where that was the fault. */
	readonly status: number | undefined;

	/** The message is the url, the place and `fault`. */
	constructor(code: TransferErrorCode, fault: string, details: TransferErrorDetails) {
		const {url, offset, total, status, cause} = details;
		const place = total === undefined ? `at byte ${offset}` : `at byte ${offset} of ${total}`;
		super(`${url}, ${place}: ${fault}`, cause === undefined ? undefined : {cause});
		this.code = code;
		this.url = url;
		this.offset = offset;
		this.total = total;
		this.status = status;
	}

	static {
		Object.defineProperty(this.prototype, 'name', {
			value: 'TransferError',
			writable: true,
			configurable: true,
		});
	}
}
