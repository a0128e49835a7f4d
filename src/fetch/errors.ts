/** Why a transfer failed. */
export type TransferErrorCode =
	| 'ERR_CHANGED'
	| 'ERR_TRUNCATED'
	| 'ERR_BAD_RANGE'
	| 'ERR_STATUS'
	| 'ERR_IDLE_TIMEOUT'
	| 'ERR_CONNECTION_LOST';

/** What a {@link TransferError} tells beside its message. */
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
 * - `ERR_CHANGED`: the resource is another one than at the beginning.
 * - `ERR_TRUNCATED`: the server ended the body before all of it had come.
 * - `ERR_BAD_RANGE`: the server answered with other bytes than it was asked for.
 * - `ERR_STATUS`: it answered with a status, in `status`, that gives no bytes.
 * - `ERR_IDLE_TIMEOUT`: nothing came for `idleTimeout` milliseconds.
 * - `ERR_CONNECTION_LOST`: the connection broke and could not be taken up again; `cause` is the
 *   network's error.
 *
 * A pause never is an error, and an abort is the signal's reason, never wrapped.
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
	/** The url that was asked. */
	readonly url: string;
	/** Position in the resource up to which bytes were delivered. */
	readonly offset: number;
	/** Length of the whole resource, when known. */
	readonly total: number | undefined;
	/** The status that the server answered with, where that was the fault. */
	readonly status: number | undefined;

	/** `fault` becomes the message, behind the url and the place. */
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
